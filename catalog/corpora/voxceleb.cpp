#include "catalog/corpora/voxceleb.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/fake_corpus_scan.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {
namespace {

bool is_person_id(std::string_view text) {
  return text.size() > 2 && text.substr(0, 2) == "id" &&
         std::all_of(text.begin() + 2, text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The first column whose name contains `word`.
std::optional<std::size_t> column_with(const CsvReader& reader, std::string_view word) {
  for (std::size_t i = 0; i < reader.header().size(); ++i) {
    if (to_lower_ascii(reader.header()[i]).find(word) != std::string::npos) {
      return i;
    }
  }
  return std::nullopt;
}

void read_meta(const CorpusFiles& files, const std::string& path, FakeCorpusScan& scan) {
  std::string text = read_file(files.root() / path);
  std::replace(text.begin(), text.end(), '\t', ',');
  CsvReader reader(std::move(text), path);
  const std::optional<std::size_t> id = column_with(reader, "voxceleb");
  const std::optional<std::size_t> gender = column_with(reader, "gender");
  const std::optional<std::size_t> set = column_with(reader, "set");
  if (!id) {
    throw Error(ErrorKind::kInput, "'" + path + "' has no column of VoxCeleb ids");
  }
  while (const std::optional<CsvRow> row = reader.next()) {
    const std::string place = path + " line " + std::to_string(row->line);
    if (!reader.fits(*row)) {
      scan.problems().add(ScanProblemKind::kBadRow, place);
      continue;
    }
    const std::string person(trim_blanks(row->fields[*id]));
    if (!is_person_id(person)) {
      scan.problems().add(ScanProblemKind::kBadValue, place + ": no id");
      continue;
    }
    if (gender) {
      scan.set_gender(person, std::string(trim_blanks(row->fields[*gender])));
    }
    const std::string part(set ? trim_blanks(row->fields[*set]) : std::string_view());
    if (part == "dev" || part == "test") {
      scan.set_part(person, part == "dev" ? "train" : "test");
    }
  }
}

}  // namespace

CorpusDescription VoxCelebCorpus::describe() const {
  return {"voxceleb",
          "VoxCeleb1, VoxCeleb2 and sets laid out like them: person/recording/clip",
          {"VoxCeleb: footage of YouTube, research", "public-research", false},
          false};
}

CorpusScan VoxCelebCorpus::scan(const std::filesystem::path& root) const {
  const CorpusFiles files(root);
  FakeCorpusScan scan(describe().terms);
  bool has_clips = false;
  for (const std::string& path : files.files()) {
    const std::vector<std::string> parts = split_text(path, '/');
    if (!has_video_suffix(path)) {
      continue;
    }
    if (parts.size() < 3 || !is_person_id(parts[parts.size() - 3])) {
      scan.problems().add(ScanProblemKind::kNoSubjectRow,
                          "a video below no folder idNNNNN (the id is not repeated here)");
      continue;
    }
    has_clips = true;
    scan.add_real(path, parts[parts.size() - 3], "youtube:" + parts[parts.size() - 2]);
  }
  if (!has_clips) {
    throw Error(ErrorKind::kInput, "'" + root.string() + "' has no video idNNNNN/RECORDING/CLIP");
  }
  for (const std::string& path : files.files()) {
    const std::string name =
        path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
    if (name == "vox1_meta.csv" || name == "vox2_meta.csv") {
      read_meta(files, path, scan);
    }
  }
  return scan.finish();
}

}  // namespace changeling
