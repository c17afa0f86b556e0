#include "catalog/corpora/celebdf.h"

#include <optional>
#include <set>
#include <sstream>

#include "catalog/corpora/fake_corpus_scan.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr const char* kListName = "List_of_testing_videos.txt";

MethodRow synthesis() {
  return {"celebdf_synthesis", false, "compositeWithTrainedAlgorithmicMedia"};
}

class CelebDfScan {
 public:
  CelebDfScan(const CorpusFiles& files, std::string release, const CorpusTerms& terms)
      : files_(files), release_(std::move(release)), scan_(terms) {}

  CorpusScan run() {
    read_test_list();
    for (const std::string& path : files_.files()) {
      if (path.compare(0, release_.size(), release_) == 0 && has_video_suffix(path)) {
        add_video(path, path.substr(release_.size()));
      }
    }
    for (const std::string& path : test_) {
      if (seen_.count(path) == 0) {
        scan_.problems().add(ScanProblemKind::kMissingFile, "'" + path + "'");
      }
    }
    return scan_.finish();
  }

 private:
  void read_test_list() {
    if (files_.files().count(release_ + kListName) == 0) {
      return;
    }
    std::istringstream lines(read_file(files_.root() / (release_ + kListName)));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
      const std::string place = std::string(kListName) + " line " + std::to_string(number);
      if (!line.empty() && line.back() == '\r') {
        line.pop_back();
      }
      if (line.empty()) {
        continue;
      }
      if (line.size() < 3 || (line[0] != '0' && line[0] != '1') || line[1] != ' ') {
        scan_.problems().add(ScanProblemKind::kBadRow, place);
        continue;
      }
      const std::string path = line.substr(2);
      const bool is_real = line[0] == '1';
      if (is_real != (path.rfind("Celeb-synthesis/", 0) != 0)) {
        scan_.problems().add(ScanProblemKind::kBadValue,
                             place + ": the label contradicts the folder of '" + path + "'");
      }
      test_.insert(path);
    }
  }

  void add_video(const std::string& path, const std::string& below) {
    seen_.insert(below);
    const std::string folder = below.substr(0, below.find('/'));
    const std::vector<std::string> name = split_text(stem_of(path), '_');
    const std::string part = test_.count(below) > 0 ? "test" : "train";
    if (folder == "Celeb-real" && name.size() == 2) {
      scan_.add_real(path, name[0], "celeb:" + stem_of(path));
      place(name[0], part);
    } else if (folder == "YouTube-real" && name.size() == 1) {
      scan_.add_real(path, "youtube_" + name[0], "youtube:" + name[0]);
      place("youtube_" + name[0], part);
    } else if (folder == "Celeb-synthesis") {
      const bool is_named = name.size() == 3;
      if (!is_named) {
        scan_.problems().add(ScanProblemKind::kBadValue, "'" + path + "' names no two people");
      }
      MediaRow& medium =
          scan_.add_fake(path, synthesis(), is_named ? name[0] : "", is_named ? name[1] : "");
      if (is_named) {
        medium.source_clip = "celeb:" + name[0] + "_" + name[2];
        place(name[0], part);
        place(name[1], part);
      }
    } else {
      scan_.problems().add(ScanProblemKind::kNoSubjectRow, "'" + path + "'");
    }
  }

  /// Without the list nothing is said about parts.
  void place(const std::string& person, const std::string& part) {
    if (!test_.empty()) {
      scan_.set_part(person, part);
    }
  }

  const CorpusFiles& files_;
  std::string release_;
  FakeCorpusScan scan_;
  std::set<std::string> test_, seen_;
};

}  // namespace

CorpusDescription CelebDfCorpus::describe() const {
  return {"celebdf",
          "Celeb-DF v2 with its fakes",
          {"Celeb-DF: terms of use, non-commercial research", "public-research", false},
          false};
}

CorpusScan CelebDfCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  for (const char* folder : {"Celeb-real", "Celeb-synthesis"}) {
    if (const std::optional<std::string> release = parent_of(files, folder)) {
      return CelebDfScan(files, *release, describe().terms).run();
    }
  }
  throw Error(ErrorKind::kInput, "'" + root.string() +
                                     "' has neither Celeb-real nor Celeb-synthesis up to three "
                                     "folders below it");
}

}  // namespace changeling
