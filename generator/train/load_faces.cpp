#include "generator/train/load_faces.h"

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/log.h"

namespace changeling {
namespace {

constexpr int kLandmarks = 68;

void check_sets(const std::vector<FrameSet>& sets) {
  std::map<std::string, std::string> part_of;
  for (const FrameSet& set : sets) {
    const PackLayout& first = sets.front().layout;
    if (set.layout.landmarks != kLandmarks) {
      throw Error(ErrorKind::kInput, "'" + set.folder.string() + "' has " +
                                         std::to_string(set.layout.landmarks) +
                                         " landmarks; training takes 68");
    }
    if (set.layout.resolution_px != first.resolution_px ||
        set.layout.crop_scale != first.crop_scale) {
      throw Error(ErrorKind::kInput, "'" + set.folder.string() + "' and '" +
                                         sets.front().folder.string() +
                                         "' differ in resolution or crop scale");
    }
    for (const FrameSetEntry& pack : set.packs) {
      for (const std::string& person : pack.subjects) {
        const auto [found, is_new] = part_of.emplace(person, pack.part);
        if (!is_new && found->second != pack.part) {
          throw Error(ErrorKind::kInput, "'" + person + "' is in part " + found->second +
                                             " of one set and in " + pack.part + " of another");
        }
      }
    }
  }
}

/// Joins what packs hold beside pixels into one set.
class Joiner {
 public:
  /// `crops` > 0: those of all packs that will be added.
  explicit Joiner(std::int64_t crops) {
    set_.landmarks = at::empty({crops, kLandmarks, 2}, at::TensorOptions().dtype(at::kFloat));
    set_.sequence.reserve(static_cast<std::size_t>(crops));
    set_.person.reserve(static_cast<std::size_t>(crops));
  }

  void add(const FramePack& pack) {
    const auto first = static_cast<std::int64_t>(set_.sequence.size());
    CHANGELING_REQUIRE(first + pack.frame_count() <= set_.landmarks.size(0),
                       "more crops than announced");
    std::memcpy(set_.landmarks[first].data_ptr(), pack.landmarks.data(),
                pack.landmarks.size() * sizeof(float));
    for (const PackSequence& sequence : pack.sequences) {
      const std::int64_t video = number(videos_, sequence.subject + "\n" + sequence.video);
      const std::int64_t person = number(people_, sequence.subject);
      const auto frames = static_cast<std::size_t>(sequence.frames);
      set_.sequence.insert(set_.sequence.end(), frames, video);
      set_.person.insert(set_.person.end(), frames, person);
    }
  }

  FaceSet finish(std::shared_ptr<const CropRows> crops) {
    set_.crops = std::move(crops);
    return std::move(set_);
  }

 private:
  static std::int64_t number(std::map<std::string, std::int64_t>& numbers,
                             const std::string& name) {
    return numbers.emplace(name, static_cast<std::int64_t>(numbers.size())).first->second;
  }

  FaceSet set_;
  std::map<std::string, std::int64_t> videos_, people_;
};

/// The packs of a part, one after another. What was checked is saved now and then: a process that
/// is stopped while it checks many packs has not begun in vain.
class PackLoop {
 public:
  PackLoop(const std::vector<FrameSet>& sets, const std::string& part, CheckedPacks& checked)
      : checked_(checked), part_(part) {
    for (const FrameSet& set : sets) {
      for (const FrameSetEntry& entry : set.packs) {
        if (entry.part == part) {
          packs_.emplace_back(&set, &entry);
        }
      }
    }
  }

  template <typename Act>
  void run(const Act& act, const std::function<bool()>& stop_requested) const {
    for (std::size_t i = 0; i < packs_.size(); ++i) {
      if (i > 0 && i % kPacksPerSave == 0 && checked_.save()) {
        log_info("packs_checked", {{"part", part_}, {"packs", done(i)}});
        if (stop_requested && stop_requested()) {
          throw Error(ErrorKind::kCancelled, "stopped after " + done(i) + " were checked");
        }
      }
      act(*packs_[i].first, *packs_[i].second);
    }
    (void)checked_.save();
  }

 private:
  static constexpr std::size_t kPacksPerSave = 16;  ///< 1 GB at most: some seconds

  [[nodiscard]] std::string done(std::size_t count) const {
    return std::to_string(count) + " of " + std::to_string(packs_.size()) + " packs";
  }

  CheckedPacks& checked_;
  const std::string& part_;
  std::vector<std::pair<const FrameSet*, const FrameSetEntry*>> packs_;
};

}  // namespace

PartSize size_of_part(const std::vector<FrameSet>& sets, const std::string& part) {
  PartSize size;
  std::set<std::string> people;
  for (const FrameSet& set : sets) {
    const std::int64_t side = set.layout.resolution_px;
    const int channels = set.layout.mask_source == "none" ? 3 : 4;
    constexpr std::int64_t kRowBytes = kLandmarks * 2 * sizeof(float) + 2 * sizeof(std::int64_t);
    for (const FrameSetEntry& pack : set.packs) {
      if (pack.part == part) {
        size.crops += pack.frames;
        size.bytes += pack.frames * side * side * channels;
        size.memory_bytes += pack.frames * kRowBytes;
        people.insert(pack.subjects.begin(), pack.subjects.end());
      }
    }
  }
  size.people = static_cast<std::int64_t>(people.size());
  return size;
}

FaceSet load_faces(const std::vector<FrameSet>& sets, const std::string& part,
                   CheckedPacks& checked, const std::function<bool()>& stop_requested) {
  CHANGELING_REQUIRE(!sets.empty(), "at least one frame set");
  check_sets(sets);
  const std::int64_t crops = size_of_part(sets, part).crops;
  FaceSet faces;
  if (crops > 0) {
    Joiner joiner(crops);
    std::deque<PackRows> packs;
    const auto add = [&joiner](const FramePack& pack) { joiner.add(pack); };
    const PackLoop loop(sets, part, checked);
    loop.run([&](const FrameSet& set,
                 const FrameSetEntry& entry) { packs.emplace_back(set, entry, checked, add); },
             stop_requested);
    faces = joiner.finish(crops_in_packs(std::move(packs), sets.front().layout.resolution_px));
  }
  faces.crop_scale = sets.front().layout.crop_scale;
  require_face_set(faces, part.c_str());
  return faces;
}

}  // namespace changeling
