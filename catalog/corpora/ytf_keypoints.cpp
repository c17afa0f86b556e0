#include "catalog/corpora/ytf_keypoints.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "catalog/corpora/corpus_files.h"
#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/listed_files.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::string_view kListName = "training_frames_keypoints.csv";
constexpr std::size_t kLandmarks = 68;

/// "First_Last_21.jpg" -> person First_Last, clip First_Last_2.
struct FrameName {
  std::string person;
  std::string clip;
};

std::optional<FrameName> parse_name(const std::string& file) {
  const std::size_t dot = file.rfind(".jpg");
  const bool fits = dot != std::string::npos && dot + 4 == file.size() && dot >= 4 &&
                    file[dot - 3] == '_' && std::isdigit(file[dot - 2]) != 0 &&
                    std::isdigit(file[dot - 1]) != 0;
  if (!fits) {
    return std::nullopt;
  }
  return FrameName{file.substr(0, dot - 3), file.substr(0, dot - 1)};
}

/// The list gives coordinates with pixel centres at whole numbers.
std::optional<std::vector<PointF>> parse_points(const CsvRow& row) {
  std::vector<PointF> points;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const CsvNumber x = parse_csv_number(row.fields[1 + 2 * i]);
    const CsvNumber y = parse_csv_number(row.fields[2 + 2 * i]);
    if (!x.value || !y.value) {
      return std::nullopt;
    }
    points.push_back({static_cast<float>(*x.value + 0.5), static_cast<float>(*y.value + 0.5)});
  }
  return points;
}

/// The usable rows of the list, by file name.
std::map<std::string, std::vector<PointF>> read_list(const CorpusFiles& files,
                                                     ProblemCounter& problems) {
  if (files.files().count(kListName) == 0) {
    throw Error(ErrorKind::kInput,
                "'" + files.root().string() + "' has no " + std::string(kListName));
  }
  CsvReader reader(files.root() / std::string(kListName));
  if (reader.header().size() != 1 + 2 * kLandmarks) {
    throw Error(ErrorKind::kInput, std::string(kListName) + ": " +
                                       std::to_string(reader.header().size()) +
                                       " columns, expected a name and 136 coordinates");
  }
  std::map<std::string, std::vector<PointF>> points;
  while (const std::optional<CsvRow> row = reader.next()) {
    const std::string place = std::string(kListName) + " line " + std::to_string(row->line);
    if (!reader.fits(*row)) {
      problems.add(ScanProblemKind::kBadRow, place);
      continue;
    }
    const CheckedPath path = files.check(row->fields.front());
    std::optional<std::vector<PointF>> parsed = parse_points(*row);
    if (path.check != PathCheck::kFound) {
      add_path_problem(path.check, place + ": '" + row->fields.front().substr(0, 200) + "'",
                       problems);
    } else if (!parsed || !parse_name(path.rel_path)) {
      problems.add(ScanProblemKind::kBadValue, place);
    } else if (!points.emplace(path.rel_path, std::move(*parsed)).second) {
      problems.add(ScanProblemKind::kRepeatedAnnotation, place);
    }
  }
  return points;
}

MediaRow picture(const std::string& rel_path, const std::string& clip) {
  MediaRow medium;
  medium.rel_path = rel_path;
  medium.kind = "image";
  medium.source_clip = clip;
  return medium;
}

ScannedSighting sighting(const std::string& rel_path, const std::string& person) {
  ScannedSighting seen;
  seen.rel_path = rel_path;
  seen.subject = person;
  seen.values.ext_sighting_id = std::string(kListName);
  seen.values.frame = -1;
  return seen;
}

}  // namespace

CorpusDescription YtfKeypointsCorpus::describe() const {
  return {"ytf_keypoints",
          "Frames of YouTube Faces with 68 landmarks (udacity/P1_Facial_Keypoints, training)",
          {"YouTube Faces: research use", "public-research", false},
          false};
}

CorpusScan YtfKeypointsCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  ProblemCounter problems;
  CorpusScan scan;
  scan.terms = describe().terms;
  std::set<std::string> people;
  const std::map<std::string, std::vector<PointF>> list = read_list(files, problems);
  for (const auto& [rel_path, points] : list) {
    const FrameName name = *parse_name(rel_path);
    scan.media.push_back(picture(rel_path, name.clip));
    scan.sightings.push_back(sighting(rel_path, name.person));
    people.insert(name.person);
  }
  for (const std::string& person : people) {
    SubjectRow subject;
    subject.ext_id = person;
    scan.subjects.push_back(subject);
  }
  for (const std::string& path : files.files()) {
    if (parse_name(path) && list.count(path) == 0) {
      problems.add(ScanProblemKind::kNoSubjectRow, "'" + path + "'");
    }
  }
  scan.problems = problems.problems();
  return scan;
}

std::vector<StillAnnotation> YtfKeypointsCorpus::annotations(
    const std::filesystem::path& root) const {
  ProblemCounter ignored;  // a scan counts them
  std::vector<StillAnnotation> all;
  for (auto& [rel_path, points] : read_list(CorpusFiles(root), ignored)) {
    StillAnnotation annotation;
    annotation.rel_path = rel_path;
    annotation.landmarks_px = points;
    all.push_back(std::move(annotation));
  }
  return all;
}

}  // namespace changeling
