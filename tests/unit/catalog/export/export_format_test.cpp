// Exports of earlier programs stay readable, and what is written does not drift from them
// unnoticed.
#include <fstream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "catalog/export/export_folder.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path fixture() {
  return fs::path(CHANGELING_SOURCE_DIR) / "tests/data/exports/fixture-1.0.0";
}

/// "a", "a.b", "a[].c": every member of a value; keys of `counts` and `masks` are no members.
void collect(const json& value, const std::string& at, std::set<std::string>& members) {
  if (value.is_array()) {
    for (const json& element : value) {
      collect(element, at + "[]", members);
    }
  } else if (value.is_object() && at != "counts" && at != "masks") {
    for (const auto& [name, member] : value.items()) {
      const std::string path = at.empty() ? name : at + "." + name;
      members.insert(path);
      collect(member, path, members);
    }
  }
}

std::set<std::string> members_of_lines(const fs::path& file) {
  std::set<std::string> members;
  std::ifstream lines(file);
  std::string line;
  while (std::getline(lines, line)) {
    collect(json::parse(line), "", members);
  }
  return members;
}

TEST(OldExport, AnExportOfAnEarlierProgramVerifies) {
  const TempDir no_keys;
  const ExportVerifyReport report = verify_export(fixture(), KeyRing(no_keys.path()));
  EXPECT_EQ(report.faults, std::vector<std::string>{});
  EXPECT_EQ(report.key_id, "ac3ddc0ce9432d44");
  EXPECT_FALSE(report.key_is_known) << "its key was thrown away";
  EXPECT_EQ(report.items, 4);
}

TEST(OldExport, ASwappedLabelInAnEarlierExportIsCaught) {
  const TempDir folder;
  fs::copy(fixture(), folder / "copy", fs::copy_options::recursive);
  std::string items = read_file(folder / "copy/items.jsonl");
  const std::string label = R"("label":"fake","label_number")";  // the item's, not a face's
  items.replace(items.find(label), label.size(), R"("label":"real","label_number")");
  write_file_atomically(folder / "copy/items.jsonl", items);
  EXPECT_NE(faults_of(folder / "copy", KeyRing(folder / "keys")).find("Merkle root"),
            std::string::npos);
}

TEST(OldExport, AnExportOfTodayHasTheMembersOfTheFixture) {
  const TempDir folder;
  ExportCatalog catalog(folder.path());
  const fs::path today = export_into(catalog, folder.path() / "out", small_spec()).folder;
  for (const char* file : {"dataset.json", "items.jsonl", "manifests.jsonl"}) {
    EXPECT_EQ(members_of_lines(today / file), members_of_lines(fixture() / file))
        << file << ": see tests/data/exports/README.md";
  }
  EXPECT_EQ(json::parse(read_file(today / "dataset.json")).at("schema_version"),
            json::parse(read_file(fixture() / "dataset.json")).at("schema_version"));
}

}  // namespace
}  // namespace changeling
