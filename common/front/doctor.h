// common/front/doctor.h: checks what a run on this machine needs. Layer 7.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

enum class CheckStatus { kOk, kWarn, kFail };

/// "ok", "warn", "fail".
[[nodiscard]] std::string to_string(CheckStatus status);

struct Check {
  std::string name;  ///< "model lmk68"
  CheckStatus status = CheckStatus::kOk;
  std::string detail;  ///< what was found and, unless ok, what to do
};

/// The heavy programs, and what they say of LibTorch, BLAS and devices. Only a warning where the
/// one that trains is missing or does not start.
[[nodiscard]] std::vector<Check> check_programs();

/// The library behind libblas.so.3: with the reference BLAS the networks run some thirty times
/// slower.
[[nodiscard]] Check check_blas();

/// Every network of the manifest: imported and intact.
[[nodiscard]] std::vector<Check> check_models(const std::filesystem::path& models_dir);

/// Encoders and decoders of the FFmpeg libraries that are loaded.
[[nodiscard]] std::vector<Check> check_codecs();

/// Folder of a file that may not exist yet, or the nearest one above it that does.
[[nodiscard]] std::filesystem::path existing_folder(const std::filesystem::path& file);

/// Free space where the catalog and its objects lie.
[[nodiscard]] Check check_disk(const std::filesystem::path& catalog);

/// SQLite's version, with a verdict on the race between commit and checkpoint in WAL mode.
[[nodiscard]] Check check_sqlite();

/// Opens the catalog and checks structure, references and audit log; a catalog that does not exist
/// yet is no fault.
[[nodiscard]] Check check_catalog(const std::filesystem::path& catalog);

}  // namespace changeling
