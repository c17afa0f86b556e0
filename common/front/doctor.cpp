#include "common/front/doctor.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <cstdint>
#include <optional>
#include <system_error>

#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "catalog/store/database.h"
#include "catalog/store/integrity.h"
#include "common/base/error.h"
#include "common/front/dispatch.h"
#include "common/weights/model_import.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// First SQLite in which a commit cannot race with a checkpoint of another connection.
constexpr int kWalRaceFixed = 3'051'003;
constexpr std::uintmax_t kFewBytes = 5ULL << 30;
constexpr std::uintmax_t kTooFewBytes = 200ULL << 20;

/// The first line of LibTorch's build summary that names the BLAS.
std::string blas_line(const std::string& summary) {
  for (const char* name : {"BLAS_INFO=", "BLAS:", "Math Kernel Library", "BLAS"}) {
    const std::size_t at = summary.find(name);
    if (at != std::string::npos) {
      return summary.substr(at, summary.find_first_of(",\n", at) - at);
    }
  }
  return "BLAS unknown";
}

/// `missing`: the status of a program that does not start.
Check describe_program(const std::string& name, const fs::path& file, CheckStatus missing) {
  const std::optional<std::string> text = output_of(file, {"--self-report"});
  const nlohmann::json report =
      text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  if (!report.is_object()) {
    return {name, missing,
            file.string() +
                " does not start, or is of another version: build it anew (script/build " + name +
                ")"};
  }
  std::string detail;
  const nlohmann::json versions = report.value("versions", nlohmann::json::object());
  for (const auto& [library, version] : versions.items()) {
    detail += (detail.empty() ? "" : ", ") + library + " " +
              (version.is_string() ? version.get<std::string>() : version.dump());
  }
  const std::string summary = report.value("torch_build", "");
  if (!summary.empty()) {
    detail += ", " + blas_line(summary);
  }
  return {name, CheckStatus::kOk, detail};
}

Check check_codec(const char* name, bool encoder, bool required, const char* use) {
  const AVCodec* codec =
      encoder ? avcodec_find_encoder_by_name(name) : avcodec_find_decoder_by_name(name);
  const std::string title = std::string(encoder ? "encoder " : "decoder ") + name;
  if (codec != nullptr) {
    return {title, CheckStatus::kOk, use};
  }
  return {title, required ? CheckStatus::kFail : CheckStatus::kWarn,
          std::string("missing in this FFmpeg: ") + use};
}

std::string gibibytes(std::uintmax_t bytes) {
  return std::to_string(bytes >> 30) + "." + std::to_string(((bytes >> 20) & 1023) * 10 / 1024) +
         " GiB free";
}

}  // namespace

std::string to_string(CheckStatus status) {
  return status == CheckStatus::kOk ? "ok" : status == CheckStatus::kWarn ? "warn" : "fail";
}

std::vector<Check> check_programs() {
  std::vector<Check> checks;
  for (const char* name : kHeavyPrograms) {
    const std::optional<fs::path> file = find_program(name);
    const CheckStatus missing =
        name == std::string("changeling-train") ? CheckStatus::kWarn : CheckStatus::kFail;
    checks.push_back(file ? describe_program(name, *file, missing)
                          : Check{name, missing,
                                  "not installed: build it (script/build " + std::string(name) +
                                      "), or set CHANGELING_EXEC_PATH"});
  }
  return checks;
}

Check check_blas() {
  // Debian's LibTorch reports "generic"; what it loads is whatever this link points to.
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}) {
    std::error_code failed;
    const fs::path library = fs::canonical(fs::path(folder) / "libblas.so.3", failed);
    if (failed) {
      continue;
    }
    const bool is_reference = library.string().find("/blas/") != std::string::npos;
    return {
        "blas", is_reference ? CheckStatus::kWarn : CheckStatus::kOk,
        library.string() +
            (is_reference ? " is the slow reference library: install libopenblas0-pthread" : "")};
  }
  return {"blas", CheckStatus::kOk, "no system libblas.so.3; LibTorch brings its own"};
}

std::vector<Check> check_models(const fs::path& models_dir) {
  std::vector<Check> checks;
  for (const ModelEntry& entry : ModelManifest::builtin().entries()) {
    Check check{"model " + entry.id, CheckStatus::kOk, entry.licence};
    switch (import_state(entry, models_dir)) {
      case ImportState::kImported:
        break;
      case ImportState::kMissing:
        check.status = CheckStatus::kFail;
        check.detail = "missing in " + models_dir.string() + ": run 'changeling models fetch'";
        break;
      case ImportState::kDamaged:
        check.status = CheckStatus::kFail;
        check.detail = "damaged in " + models_dir.string() + ": run 'changeling models import'";
        break;
    }
    checks.push_back(check);
  }
  return checks;
}

std::vector<Check> check_codecs() {
  return {check_codec("libx264", true, true, "fakes and controls"),
          check_codec("ffv1", true, true, "masks and lossless fakes"),
          check_codec("png", true, true, "pictures of reports"),
          check_codec("mjpeg", true, true, "pictures of reports"),
          check_codec("h264", false, true, "corpora and the fakes themselves"),
          check_codec("ffv1", false, true, "masks"),
          check_codec("png", false, true, "still pictures"),
          check_codec("mjpeg", false, true, "still pictures"),
          check_codec("mpeg4", false, false, "older corpora"),
          check_codec("hevc", false, false, "newer corpora"),
          check_codec("vp9", false, false, "web video"),
          check_codec("libdav1d", false, false, "web video (AV1)")};
}

fs::path existing_folder(const fs::path& file) {
  fs::path folder = fs::absolute(file).parent_path();
  std::error_code failed;
  while (!fs::exists(folder, failed) && folder != folder.root_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

Check check_disk(const fs::path& catalog) {
  const fs::path folder = existing_folder(catalog);
  std::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  if (failed) {
    return {"disk", CheckStatus::kWarn,
            "cannot ask for the space of " + folder.string() + ": " + failed.message()};
  }
  const std::string detail = gibibytes(space.available) + " in " + folder.string();
  if (space.available < kTooFewBytes) {
    return {"disk", CheckStatus::kFail, detail + ": make room"};
  }
  return {"disk", space.available < kFewBytes ? CheckStatus::kWarn : CheckStatus::kOk, detail};
}

Check check_sqlite() {
  std::string detail = sqlite3_libversion();
  if (sqlite3_threadsafe() == 0) {
    return {"sqlite", CheckStatus::kFail, detail + " is built without threads"};
  }
  detail += sqlite3_libversion_number() >= kWalRaceFixed
                ? ", without the race between commit and checkpoint"
                : ", has the race between commit and checkpoint of two connections: harmless here, "
                  "one connection does both";
  return {"sqlite", CheckStatus::kOk, detail};
}

Check check_catalog(const fs::path& catalog) {
  std::error_code failed;
  if (!fs::exists(catalog, failed)) {
    return {"catalog", CheckStatus::kOk, catalog.string() + " is not made yet"};
  }
  try {
    Database database = Database::open_reader(catalog);
    const std::vector<std::string> faults = check_catalog_file(database);
    if (!faults.empty()) {
      return {"catalog", CheckStatus::kFail,
              std::to_string(faults.size()) + " faults, the first: " + faults.front()};
    }
    return {"catalog", CheckStatus::kOk,
            catalog.string() + ", schema " + std::to_string(database.schema_version()) +
                " (every blob: 'changeling catalog verify')"};
  } catch (const Error& error) {
    return {"catalog", CheckStatus::kFail, error.what()};
  }
}

}  // namespace changeling
