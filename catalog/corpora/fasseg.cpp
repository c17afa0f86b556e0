#include "catalog/corpora/fasseg.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>

#include "catalog/corpora/corpus_files.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::array<std::string_view, 4> kUnequalSizes = {
    "multipose01_test_yaw+30_personne15248p0p30.jpg",
    "multipose01_test_yaw+60_personne10250p0p60.jpg",
    "multipose01_test_yaw+60_personne11250p0p60.jpg",
    "multipose01_test_yaw+60_personne12250p0p60.jpg",
};

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

/// The person of a picture; nullopt for a file of another kind.
std::optional<std::string> person_of(const std::string& path) {
  if (path.size() < 4 || path.compare(path.size() - 4, 4, ".jpg") != 0) {
    return std::nullopt;
  }
  const std::string stem = path.substr(0, path.size() - 4);
  if (starts_with(path, "frontal02_")) {
    return stem;
  }
  constexpr std::string_view kMarker = "_personne";
  const std::size_t at = stem.find(kMarker);
  const std::size_t digits = at + kMarker.size();
  if (!starts_with(path, "multipose01_") || at == std::string::npos || stem.size() < digits + 2 ||
      std::isdigit(stem[digits]) == 0 || std::isdigit(stem[digits + 1]) == 0) {
    return std::nullopt;
  }
  return "multipose01_" + stem.substr(digits, 2);
}

std::string label_of(const std::string& path) {
  return path.substr(0, path.size() - 4) + "_cls.png";
}

/// A picture with its person and its labels.
struct LabelledPicture {
  std::string path;
  std::string person;
};

std::vector<LabelledPicture> pictures_below(const CorpusFiles& files, ProblemCounter& problems) {
  std::vector<LabelledPicture> pictures;
  for (const std::string& path : files.files()) {
    const std::optional<std::string> person = person_of(path);
    if (!person) {
      continue;
    }
    if (files.files().count(label_of(path)) == 0) {
      problems.add(ScanProblemKind::kMissingFile, "'" + label_of(path) + "'");
    } else if (std::find(kUnequalSizes.begin(), kUnequalSizes.end(), path) != kUnequalSizes.end()) {
      problems.add(ScanProblemKind::kBadValue, "'" + path + "': its labels had another size");
    } else {
      pictures.push_back({path, *person});
    }
  }
  if (pictures.empty()) {
    throw Error(ErrorKind::kInput, "'" + files.root().string() +
                                       "' holds no FASSEG picture with labels ('*_cls.png')");
  }
  return pictures;
}

}  // namespace

CorpusDescription FassegCorpus::describe() const {
  return {"fasseg",
          "Faces with hand-labelled pixels (FASSEG frontal02 and multipose01)",
          {"FASSEG: research use, cite Khan et al. 2015 and 2017", "public-research", false},
          false};
}

CorpusScan FassegCorpus::scan(const std::filesystem::path& root) const {
  ProblemCounter problems;
  CorpusScan scan;
  scan.terms = describe().terms;
  std::set<std::string> people;
  for (const LabelledPicture& picture : pictures_below(CorpusFiles(root), problems)) {
    MediaRow medium;
    medium.rel_path = picture.path;
    medium.kind = "image";
    scan.media.push_back(medium);
    ScannedSighting sighting;
    sighting.rel_path = picture.path;
    sighting.subject = picture.person;
    sighting.values.ext_sighting_id = "file name";
    sighting.values.frame = -1;
    scan.sightings.push_back(sighting);
    people.insert(picture.person);
  }
  for (const std::string& person : people) {
    SubjectRow subject;
    subject.ext_id = person;
    scan.subjects.push_back(subject);
  }
  scan.problems = problems.problems();
  return scan;
}

std::vector<StillAnnotation> FassegCorpus::annotations(const std::filesystem::path& root) const {
  ProblemCounter ignored;  // a scan counts them
  std::vector<StillAnnotation> all;
  for (const LabelledPicture& picture : pictures_below(CorpusFiles(root), ignored)) {
    StillAnnotation annotation;
    annotation.rel_path = picture.path;
    annotation.label_path = label_of(picture.path);
    annotation.label_parts = {FacePart::kBackground, FacePart::kHair,    FacePart::kSkin,
                              FacePart::kFeature,    FacePart::kFeature, FacePart::kFeature};
    all.push_back(std::move(annotation));
  }
  return all;
}

}  // namespace changeling
