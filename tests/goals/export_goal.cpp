// Measures the export of data sets for script/goal X3:
//   export_goal catalog DIR REPEATS [PEOPLE]   makes a catalog of ten people, or PEOPLE in each of
//                                     two parts, with 10 + 10 REPEATS fakes
//   export_goal speed DIR [disk|encoder|decoder]   copies, crops and checks beside what disk,
//   encoder
//                                     and decoder can do at most; exits 0 when each reaches 80 %,
//                                     else 4
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "catalog/export/clip_probes.h"
#include "catalog/export/export_folder.h"
#include "catalog/export/export_format.h"
#include "catalog/export/export_gate.h"
#include "catalog/export/face_frames.h"
#include "common/base/even_spread.h"
#include "common/media/image_codec.h"
#include "common/media/video_reader.h"
#include "tests/support/export_catalog.h"
#include "tests/support/taken_time.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

constexpr double kBar = 0.8;
constexpr int kDiskRounds = 8;
constexpr int kCpuRounds = 2;  // CPU time hardly hangs on what else runs

const std::vector<std::string> kCopyingFormats = {"webdataset", "videofolder", "ffpp", "dfdc",
                                                  "celebdf"};
const std::vector<std::string> kPictureFormats = {"deepfakebench", "frames"};

ExportCatalogSpec ten_people() {
  ExportCatalogSpec spec;
  spec.parts = {"train", "test"};
  spec.people_per_part = 5;
  return spec;
}

void sync_disk(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::syncfs(fd);
  ::close(fd);
}

/// The set of a catalog as an export writes it.
class Speed {
 public:
  explicit Speed(const fs::path& folder)
      : folder_(folder),
        catalog_(folder / "catalog", big_clips()),
        key_(catalog_.keys().signing_key()),
        loader_(catalog_.database(), catalog_.blobs(), catalog_.roots(), key_) {
    spec_.name = "faces";
    spec_.version = "1.0.0";
    spec_.limits.codec_auc = spec_.limits.background_auc = 1;  // ten people may differ by chance
    spec_.limits.box_auc = 1;
    selection_ = select_clips(catalog_.database(), spec_);
    for (const SelectedClip& clip : selection_.clips) {
      entries_.push_back(
          {clip.artifact, clip.key, clip.part, clip.label, clip.control_key, 0, clip.job});
    }
  }

  /// `what` is empty for all three.
  bool run(const std::string& what) {
    bool holds = true;
    if (what.empty() || what == "disk") {
      holds = measure_copies();
    }
    if (what.empty() || what == "encoder") {
      holds = measure_pictures() && holds;
    }
    if (what.empty() || what == "decoder") {
      holds = measure_checks() && holds;
    }
    return holds;
  }

 private:
  static ExportCatalogSpec big_clips() {
    ExportCatalogSpec spec = ten_people();
    spec.n_frames = 48;
    spec.crf = 4;  // megabytes a clip, as long clips have
    spec.width_px = 640;
    spec.height_px = 480;
    return spec;
  }

  void write(const std::vector<std::string>& formats, const std::string& name) {
    spec_.formats = formats;
    const ExportSet set(spec_, loader_, entries_);
    ExportFolder out(folder_ / name);
    for (const std::string& format : formats) {
      (void)find_format(format).write(set, out);
    }
    out.end_sums();
    out.publish("2026-01-31");
  }

  /// Rounds in turns, now one side first, now the other; the best of each counts: what else a
  /// machine does, and a disk that pays for its last burst, only ever add time.
  static bool compare(const std::string& what, const std::function<double()>& limit,
                      const std::function<double()>& ours, int rounds) {
    double limit_seconds = limit(), our_seconds = ours();
    for (int i = 0; i < rounds; ++i) {
      if (i % 2 == 0) {
        limit_seconds = std::min(limit_seconds, limit());
        our_seconds = std::min(our_seconds, ours());
      } else {
        our_seconds = std::min(our_seconds, ours());
        limit_seconds = std::min(limit_seconds, limit());
      }
    }
    const double share = limit_seconds / our_seconds;
    std::printf("%s: %.3f s of %.3f s, %.0f %% of the limit\n", what.c_str(), limit_seconds,
                our_seconds, 100 * share);
    return share >= kBar;
  }

  /// The disk's limit: the same files, copied by the kernel and nothing else.
  bool measure_copies() {
    const fs::path sample = folder_ / "sample", copy = folder_ / "copy";
    write(kCopyingFormats, "sample");
    std::vector<fs::path> files;
    std::int64_t bytes = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(sample)) {
      if (entry.is_regular_file()) {
        files.push_back(fs::relative(entry.path(), sample));
        bytes += static_cast<std::int64_t>(entry.file_size());
      }
    }
    const auto plain = [&] {
      fs::remove_all(copy);
      sync_disk(folder_);
      return wall_seconds_of([&] {
        for (const fs::path& file : files) {
          fs::create_directories((copy / file).parent_path());
          fs::copy_file(sample / file, copy / file);
        }
        sync_disk(folder_);
      });
    };
    const auto ours = [&] {
      fs::remove_all(folder_ / "written");
      sync_disk(folder_);
      return wall_seconds_of([&] { write(kCopyingFormats, "written"); });
    };
    std::printf("%zu files, %.1f MB\n", files.size(), static_cast<double>(bytes) / 1e6);
    return compare("disk: five formats against plain copies, wall time", plain, ours, kDiskRounds);
  }

  /// What no program can do without: decode up to the last frame, encode each picture once.
  bool measure_pictures() {
    struct Work {
      fs::path video, mask;
      std::vector<std::int64_t> indices;
      std::vector<FaceFrame> crops;
    };

    spec_.formats = kPictureFormats;
    const ExportSet set(spec_, loader_, entries_);
    std::vector<Work> works;
    for (const SetEntry& entry : set.entries()) {
      const ExportItem item = set.load(entry);
      Work work{item.video.path, {}, {}, face_frames(set, item)};
      if (item.masks.count("changed") > 0) {
        work.mask = item.masks.at("changed").path;
      }
      for (const FaceFrame& frame : work.crops) {
        work.indices.push_back(frame.frame_index);
      }
      works.push_back(std::move(work));
    }
    const auto limit = [&] {
      return cpu_seconds_of([&] {
        for (const Work& work : works) {
          decode(work.video, work.indices);
          if (!work.mask.empty()) {
            decode(work.mask, work.indices);
          }
          for (const FaceFrame& frame : work.crops) {
            (void)encode_png(frame.picture);
            if (frame.mask) {
              (void)encode_png(*frame.mask);
            }
          }
        }
      });
    };
    const auto ours = [&] {
      fs::remove_all(folder_ / "pictures");
      return cpu_seconds_of([&] { write(kPictureFormats, "pictures"); });
    };
    return compare("encoder: deepfakebench and frames against decoding and encoding, CPU time",
                   limit, ours, kCpuRounds);
  }

  static void decode(const fs::path& file, const std::vector<std::int64_t>& indices) {
    VideoReader reader(file);
    for (const std::int64_t index : indices) {
      reader.seek(index);
      (void)reader.next_batch(1);
    }
  }

  /// What the checks cannot do without: the frames they hash of each real clip, and those of each
  /// fake, its control and its mask whose pixels they probe.
  bool measure_checks() {
    std::map<std::string, const SelectedClip*> by_key;
    for (const SelectedClip& clip : selection_.clips) {
      by_key[clip.key] = &clip;
    }
    const auto limit = [&] {
      return cpu_seconds_of([&] {
        for (const SelectedClip& clip : selection_.clips) {
          const ExportItem item = loader_.load(clip.artifact, clip.part);
          if (!item.is_fake()) {
            decode(item.video.path, even_spread(item.n_frames, 8));
            continue;
          }
          const SelectedClip& control = *by_key.at(clip.control_key);
          const std::vector<std::int64_t> probed = even_spread(item.n_frames, kProbedFrames);
          decode(item.video.path, probed);
          decode(loader_.load(control.artifact, control.part).video.path, probed);
          decode(item.masks.at("alpha").path, probed);
        }
      });
    };
    const auto ours = [&] {
      return cpu_seconds_of([&] {
        const GateReport report =
            check_selection({catalog_.database(), catalog_.blobs(), loader_, spec_, selection_});
        if (!report.findings.empty()) {
          std::cerr << report.findings.front().check << ": " << report.findings.front().offender
                    << "\n";
          std::exit(1);
        }
      });
    };
    return compare("decoder: checks before an export against decoding, CPU time", limit, ours,
                   kCpuRounds);
  }

  fs::path folder_;
  ExportCatalog catalog_;
  SigningKey key_;
  ItemLoader loader_;
  DatasetSpec spec_;
  Selection selection_;
  std::vector<SetEntry> entries_;
};

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "catalog" && (argc == 4 || argc == 5)) {
    changeling::ExportCatalogSpec spec = changeling::ten_people();
    spec.repeats = std::atoi(argv[3]);
    spec.people_per_part = argc == 5 ? std::atoi(argv[4]) : spec.people_per_part;
    const changeling::ExportCatalog catalog(argv[2], spec);
    return 0;
  }
  if (mode == "speed" && (argc == 3 || argc == 4)) {
    return changeling::Speed(argv[2]).run(argc == 4 ? argv[3] : "") ? 0 : 4;
  }
  std::cerr
      << "usage: export_goal catalog DIR REPEATS [PEOPLE] | speed DIR [disk|encoder|decoder]\n";
  return 2;
}
