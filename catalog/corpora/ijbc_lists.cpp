#include "catalog/corpora/ijbc_lists.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/listed_files.h"
#include "common/base/error.h"
#include "common/base/geometry.h"

namespace fs = std::filesystem;

namespace changeling {
namespace {

constexpr int kOcclusionCells = 18;
constexpr float kSameFaceIou = 0.5F;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Lists whose columns are known: without SUBJECT_ID and FILENAME they are broken, not foreign.
bool must_hold_annotations(const std::string& path) {
  const std::string name = to_lower_ascii(fs::path(path).filename().string());
  return name.rfind("ijbc_metadata", 0) == 0 || name.rfind("ijbc_1n_", 0) == 0 ||
         name.rfind("gallery_g", 0) == 0 || name == "probes.csv" ||
         ends_with(name, "_templates.csv") || ends_with(name, "_probe_reference.csv");
}

BBox to_bbox(const std::array<double, 4>& box) {
  return {static_cast<float>(box[0]), static_cast<float>(box[1]), static_cast<float>(box[2]),
          static_cast<float>(box[3])};
}

/// Names files once: a missing file that three lists mention is one problem.
class NameResolver {
 public:
  NameResolver(const IjbcFiles& files, ProblemCounter& problems)
      : files_(files), problems_(problems) {}

  std::optional<std::string> find(const std::string& listed_name) {
    const auto known = names_.find(listed_name);
    const CheckedPath& path = known != names_.end()
                                  ? known->second
                                  : names_.emplace(listed_name, look_up(listed_name)).first->second;
    return path.check == PathCheck::kFound ? std::make_optional(path.rel_path) : std::nullopt;
  }

 private:
  CheckedPath look_up(const std::string& listed_name) {
    CheckedPath path = files_.resolve(listed_name);
    if (path.check != PathCheck::kFound) {
      add_path_problem(path.check, "'" + listed_name.substr(0, 200) + "'", problems_);
    }
    return path;
  }

  const IjbcFiles& files_;
  ProblemCounter& problems_;
  std::map<std::string, CheckedPath> names_;
};

/// Typed fields of the current row of one list; unreadable numbers are counted and absent.
class RowValues {
 public:
  RowValues(const CsvReader& reader, std::string list, ProblemCounter& problems)
      : reader_(reader), list_(std::move(list)), problems_(problems) {}

  /// False when the row does not fit the header.
  bool set_row(CsvRow row) {
    row_ = std::move(row);
    if (!reader_.fits(row_)) {
      problems_.add(ScanProblemKind::kBadRow, place());
      return false;
    }
    return true;
  }

  [[nodiscard]] std::string text(const std::string& column) const {
    const std::optional<std::size_t> index = reader_.find_column(column);
    return index ? std::string(trim_blanks(row_.fields[*index])) : std::string();
  }

  [[nodiscard]] std::optional<std::string> id(const std::string& column) const {
    return parse_csv_id(text(column));
  }

  std::optional<double> number(const std::string& column) {
    const CsvNumber parsed = parse_csv_number(text(column));
    if (!parsed.is_valid) {
      count_bad(column);
    }
    return parsed.value;
  }

  std::optional<int> integer(const std::string& column) {
    const std::optional<double> value = number(column);
    if (value && (std::floor(*value) != *value || std::abs(*value) > 1e9)) {
      count_bad(column);
      return std::nullopt;
    }
    return value ? std::make_optional(static_cast<int>(*value)) : std::nullopt;
  }

  std::optional<std::array<double, 4>> box(const std::array<std::string, 4>& columns) {
    std::array<double, 4> box{};
    for (std::size_t i = 0; i < 4; ++i) {
      const std::optional<double> value = number(columns[i]);
      if (!value) {
        return std::nullopt;
      }
      box[i] = *value;
    }
    return box[2] > 0 && box[3] > 0 ? std::make_optional(box) : std::nullopt;
  }

  /// "protocols/list.csv line 7"
  [[nodiscard]] std::string place() const { return list_ + " line " + std::to_string(row_.line); }

  void count_bad(const std::string& column) {
    problems_.add(ScanProblemKind::kBadValue,
                  place() + ", column '" + column + "': '" + text(column).substr(0, 60) + "'");
  }

 private:
  const CsvReader& reader_;
  std::string list_;
  ProblemCounter& problems_;
  CsvRow row_;
};

std::optional<int> occlusion_mask(RowValues& row) {
  std::optional<int> mask;
  for (int cell = 1; cell <= kOcclusionCells; ++cell) {
    const std::optional<double> value = row.number("OCC" + std::to_string(cell));
    if (value) {
      mask = mask.value_or(0) | (*value != 0 ? 1 << (cell - 1) : 0);
    }
  }
  return mask;
}

IjbcAnnotation read_annotation(RowValues& row, std::string file) {
  IjbcAnnotation annotation;
  annotation.file = std::move(file);
  annotation.subject = row.id("SUBJECT_ID");
  annotation.sighting = row.id("SIGHTING_ID");
  annotation.frame_number = row.integer("FRAME_NUM");
  annotation.box_px = row.box({"FACE_X", "FACE_Y", "FACE_WIDTH", "FACE_HEIGHT"});
  annotation.yaw_deg = row.number("YAW");
  annotation.roll_deg = row.number("ROLL");
  annotation.occ_mask = occlusion_mask(row);
  annotation.facial_hair = row.integer("FACIAL_HAIR");
  annotation.indoor = row.integer("INDOOR_OUTDOOR");
  annotation.gender = row.integer("GENDER");
  annotation.skintone = row.integer("SKINTONE");
  annotation.age = row.integer("AGE");
  return annotation;
}

template <typename T>
void fill(std::optional<T>& known, const std::optional<T>& given) {
  known = known ? known : given;
}

void fill_gaps(IjbcAnnotation& known, const IjbcAnnotation& given) {
  fill(known.sighting, given.sighting);
  fill(known.frame_number, given.frame_number);
  fill(known.box_px, given.box_px);
  fill(known.yaw_deg, given.yaw_deg);
  fill(known.roll_deg, given.roll_deg);
  fill(known.occ_mask, given.occ_mask);
  fill(known.facial_hair, given.facial_hair);
  fill(known.indoor, given.indoor);
  fill(known.gender, given.gender);
  fill(known.skintone, given.skintone);
  fill(known.age, given.age);
}

/// False when both are known and differ.
template <typename T>
bool agree(const std::optional<T>& a, const std::optional<T>& b) {
  return !a || !b || *a == *b;
}

/// Where in its file an annotation is: only a video has places, told by FRAME_NUM.
std::optional<std::int64_t> place_in(const IjbcAnnotation& annotation, bool is_video) {
  return is_video ? annotation.frame_number : std::nullopt;
}

/// Whether rows of one person in one file say the same, or one of them what the other leaves open.
/// A box without a place is not put at the place of a row without a box.
bool say_the_same(const IjbcAnnotation& a, const IjbcAnnotation& b, bool is_video) {
  const std::optional<std::int64_t> place_a = place_in(a, is_video);
  const std::optional<std::int64_t> place_b = place_in(b, is_video);
  const bool is_box_apart_from_place = place_a.has_value() != place_b.has_value() &&
                                       a.box_px.has_value() != b.box_px.has_value() &&
                                       place_a.has_value() != a.box_px.has_value();
  return agree(a.sighting, b.sighting) && agree(place_a, place_b) && agree(a.box_px, b.box_px) &&
         !is_box_apart_from_place;
}

/// Unites rows of all lists.
class AnnotationTable {
 public:
  AnnotationTable(const IjbcFiles& files, ProblemCounter& problems)
      : files_(files), problems_(problems) {}

  void add(const IjbcAnnotation& given) {
    const bool is_video = files_.is_video(given.file);
    std::vector<IjbcAnnotation>& known =
        annotations_[{given.file, !given.subject, given.subject.value_or("")}];
    for (IjbcAnnotation& annotation : known) {
      if (say_the_same(annotation, given, is_video)) {
        fill_gaps(annotation, given);
        return;
      }
    }
    const auto is_at_its_place = [&](const IjbcAnnotation& annotation) {
      return agree(annotation.sighting, given.sighting) &&
             place_in(annotation, is_video) == place_in(given, is_video);
    };
    if (given.subject && std::any_of(known.begin(), known.end(), is_at_its_place)) {
      count_repeat(given);
    } else {
      known.push_back(given);
    }
  }

  /// Drops faces that belong to two people, and unknown people whose box a known one has.
  std::vector<IjbcAnnotation> resolved() const {
    std::vector<IjbcAnnotation> all;
    for (const auto& entry : annotations_) {
      all.insert(all.end(), entry.second.begin(), entry.second.end());
    }
    std::map<Face, std::set<std::string>> owners;
    for (const IjbcAnnotation& annotation : all) {
      if (annotation.subject && annotation.box_px) {
        owners[face_of(annotation)].insert(*annotation.subject);
      }
    }
    std::vector<IjbcAnnotation> kept;
    for (const IjbcAnnotation& annotation : all) {
      const auto found = annotation.box_px ? owners.find(face_of(annotation)) : owners.end();
      const std::size_t n_owners = found == owners.end() ? 0 : found->second.size();
      if (annotation.subject && n_owners > 1) {
        problems_.add(
            ScanProblemKind::kConflictingSubject,
            "'" + annotation.file + "': one box, " + std::to_string(n_owners) + " people");
      } else if (!annotation.subject && n_owners > 0) {
        count_repeat(annotation);
      } else {
        kept.push_back(annotation);
      }
    }
    return kept;
  }

 private:
  using Person = std::tuple<std::string, bool, std::string>;  ///< file, is unknown, subject
  using Face =
      std::tuple<std::string, std::optional<std::int64_t>, std::array<double, 4>>;  ///< file, place

  [[nodiscard]] Face face_of(const IjbcAnnotation& annotation) const {
    return {annotation.file, place_in(annotation, files_.is_video(annotation.file)),
            *annotation.box_px};
  }

  void count_repeat(const IjbcAnnotation& given) const {
    problems_.add(ScanProblemKind::kRepeatedAnnotation,
                  "'" + given.subject.value_or("unknown") + "' in '" + given.file + "'");
  }

  const IjbcFiles& files_;
  ProblemCounter& problems_;
  std::map<Person, std::vector<IjbcAnnotation>> annotations_;
};

/// False when the list is of another kind.
bool read_list(const CorpusFiles& all, const std::string& path, NameResolver& names,
               AnnotationTable& table, ProblemCounter& problems) {
  CsvReader reader(all.root() / path);
  if (must_hold_annotations(path)) {
    reader.require_columns({"SUBJECT_ID", "FILENAME"});
  } else if (!reader.find_column("SUBJECT_ID") || !reader.find_column("FILENAME")) {
    return false;
  }
  RowValues values(reader, path, problems);
  while (std::optional<CsvRow> row = reader.next()) {
    if (!values.set_row(std::move(*row))) {
      continue;
    }
    const std::string name = values.text("FILENAME");
    if (name.empty() || to_lower_ascii(name) == "nan") {
      values.count_bad("FILENAME");
      continue;
    }
    const std::optional<std::string> file = names.find(name);
    if (!file) {
      continue;
    }
    const IjbcAnnotation annotation = read_annotation(values, *file);
    if (annotation.subject || annotation.box_px) {
      table.add(annotation);
    } else {
      problems.add(ScanProblemKind::kNobodySeen, values.place());
    }
  }
  return true;
}

/// Boxes of the detection ground truth that no annotation explains, in files that show somebody
/// known: bystanders.
std::vector<IjbcAnnotation> unexplained_faces(const IjbcFiles& files, const std::string& list,
                                              const std::vector<IjbcAnnotation>& known,
                                              NameResolver& names, ProblemCounter& problems) {
  std::map<std::string, std::vector<BBox>> boxes;
  for (const IjbcAnnotation& annotation : known) {
    std::vector<BBox>& of_file = boxes[annotation.file];
    if (annotation.box_px) {
      of_file.push_back(to_bbox(*annotation.box_px));
    }
  }
  CsvReader reader(files.all().root() / list);
  reader.require_columns({"FILENAME", "X", "Y", "W", "H"});
  RowValues values(reader, list, problems);
  std::vector<IjbcAnnotation> unexplained;
  while (std::optional<CsvRow> row = reader.next()) {
    if (!values.set_row(std::move(*row)) || values.number("IGNORE").value_or(0) != 0) {
      continue;
    }
    IjbcAnnotation face;
    face.file = names.find(values.text("FILENAME")).value_or("");
    face.box_px = values.box({"X", "Y", "W", "H"});
    const auto of_file = boxes.find(face.file);
    if (!face.box_px || of_file == boxes.end()) {
      continue;
    }
    const bool is_explained = std::any_of(
        of_file->second.begin(), of_file->second.end(),
        [&face](const BBox& box) { return iou(box, to_bbox(*face.box_px)) >= kSameFaceIou; });
    if (!is_explained) {
      unexplained.push_back(face);
    }
  }
  return unexplained;
}

/// Whoever is seen in a picture is seen at its FRAME_NUM, also where only another's row tells it.
void share_frame_numbers(const IjbcFiles& files, std::vector<IjbcAnnotation>& annotations) {
  std::map<std::string, std::int64_t> numbers;
  for (const IjbcAnnotation& annotation : annotations) {
    if (annotation.frame_number && !files.is_video(annotation.file)) {
      numbers.emplace(annotation.file, *annotation.frame_number);
    }
  }
  for (IjbcAnnotation& annotation : annotations) {
    const auto number = numbers.find(annotation.file);
    if (!annotation.frame_number && number != numbers.end()) {
      annotation.frame_number = number->second;
    }
  }
}

}  // namespace

std::vector<IjbcAnnotation> read_ijbc_annotations(const IjbcFiles& files,
                                                  ProblemCounter& problems) {
  NameResolver names(files, problems);
  AnnotationTable table(files, problems);
  bool has_list = false;
  std::string unreadable;
  for (const std::string& list : files.annotation_lists()) {
    try {
      has_list = read_list(files.all(), list, names, table, problems) || has_list;
    } catch (const Error& error) {
      if (must_hold_annotations(list) || error.kind() != ErrorKind::kInput) {
        throw;
      }
      problems.add(ScanProblemKind::kUnreadableList, list + ": " + error.what());
      unreadable += std::string("; ") + error.what();
    }
  }
  if (!has_list) {
    throw Error(ErrorKind::kInput, "'" + files.all().root().string() +
                                       "' has no list with the columns SUBJECT_ID and FILENAME "
                                       "(is protocols/ijbc_metadata.csv complete?)" +
                                       unreadable);
  }
  std::vector<IjbcAnnotation> annotations = table.resolved();
  if (const std::optional<std::string> list = files.face_list()) {
    const std::vector<IjbcAnnotation> more =
        unexplained_faces(files, *list, annotations, names, problems);
    annotations.insert(annotations.end(), more.begin(), more.end());
    std::stable_sort(annotations.begin(), annotations.end(),
                     [](const IjbcAnnotation& a, const IjbcAnnotation& b) {
                       return std::make_tuple(a.file, !a.subject) <
                              std::make_tuple(b.file, !b.subject);
                     });
  }
  share_frame_numbers(files, annotations);
  return annotations;
}

}  // namespace changeling
