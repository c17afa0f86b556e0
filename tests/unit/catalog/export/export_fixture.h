// tests/unit/catalog/export/export_fixture.h: one small catalog for a suite, and copies of exports.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/export/export_run.h"
#include "catalog/export/export_verify.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/video_reader.h"
#include "tests/support/export_catalog.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {

/// A catalog without footage, and a key to sign with.
class EmptyCatalog : public testing::Test {
 protected:
  EmptyCatalog()
      : database_(Database::create(folder_ / "catalog.db")),
        blobs_(objects_folder(folder_ / "catalog.db")),
        roots_(folder_ / "catalog.db"),
        keys_(folder_ / "keys") {
    keys_.make(false);
  }

  TempDir folder_;
  Database database_;
  BlobStore blobs_;
  CorpusRoots roots_;
  KeyRing keys_;
};

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    lines.push_back(line);
  }
  return lines;
}

/// What an exported clip is called by.
inline std::string stream_key(const std::filesystem::path& video) {
  return video_stream_sha256(video).hex().substr(0, 16);
}

inline DatasetSpec small_spec(const std::string& version = "1.0.0") {
  DatasetSpec spec;
  spec.name = "faces";
  spec.version = version;
  spec.formats = {"webdataset", "videofolder"};
  return spec;
}

/// Exports into `out`; throws as run_export.
inline ExportResult export_into(ExportCatalog& catalog, const std::filesystem::path& out,
                                const DatasetSpec& spec) {
  ExportRequest request;
  request.spec = spec;
  request.out = out;
  return run_export(catalog.database(), catalog.blobs(), catalog.roots(), catalog.keys(), request);
}

/// A suite over one export of small_spec, which its tests read, or copy and change.
class ExportSuite : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = new TempDir;
    catalog_ = new ExportCatalog(base_->path());
    result_ = new ExportResult(export_into(*catalog_, base_->path() / "out", small_spec()));
  }

  static void TearDownTestSuite() {
    delete result_;
    delete catalog_;
    delete base_;
  }

  inline static TempDir* base_ = nullptr;
  inline static ExportCatalog* catalog_ = nullptr;
  inline static ExportResult* result_ = nullptr;
  TempDir copy_;
};

/// The message of the Error that `action` throws; empty with a test failure when it throws none.
template <typename Action>
std::string message_of(Action&& action) {
  std::string message;
  (void)kind_thrown_by(action, &message);
  return message;
}

/// All faults on lines of their own.
inline std::string faults_of(const std::filesystem::path& folder, const KeyRing& keys) {
  std::string text;
  for (const std::string& fault : verify_export(folder, keys).faults) {
    text += fault + "\n";
  }
  return text;
}

}  // namespace changeling
