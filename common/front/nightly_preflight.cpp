#include "common/front/nightly_preflight.h"

#include <algorithm>
#include <iostream>
#include <system_error>

#include <unistd.h>

#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/usable_pairs.h"
#include "common/base/error.h"
#include "common/front/dispatch.h"
#include "common/media/video_reader.h"
#include "generator/options/generate_options.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Check check_device(const Night& night) {
  const std::string device = night.config.get_string("device");
  const std::optional<fs::path> program = find_program("changeling-generate");
  const std::optional<std::string> text =
      program ? output_of(*program, {"--self-report"}) : std::nullopt;
  const json report = text ? json::parse(*text, nullptr, false) : json();
  const json devices = report.is_object() ? report.value("devices", json::array()) : json::array();
  const bool is_there = std::find(devices.begin(), devices.end(), device) != devices.end();
  return {"device", is_there ? CheckStatus::kOk : CheckStatus::kFail,
          device + (is_there ? "" : " is not among " + devices.dump())};
}

/// Whether `generate run` makes a job of the pair.
bool is_made(const PairRow& pair, const std::vector<std::string>& methods) {
  return std::any_of(methods.begin(), methods.end(), [&pair](const std::string& method) {
    return takes_self_pairs(method) == is_self_pair(pair);
  });
}

/// The checks that ask the catalog, which is read once.
class CatalogChecks {
 public:
  explicit CatalogChecks(const Night& night) : night_(night) {
    std::error_code failed;
    if (fs::exists(night.catalog, failed)) {
      database_.emplace(Database::open_reader(night.catalog));
      read_pairs();
    }
  }

  /// The first clip of the frozen list must decode: a corpus that is not mounted shows here, not
  /// after hours.
  Check decode() {
    if (!database_) {
      return {"decode", CheckStatus::kOk, "no catalog yet"};
    }
    if (!pairs_ || pairs_->empty()) {
      return {"decode", CheckStatus::kOk, "no pair"};
    }
    try {
      const CorpusStore corpora(*database_);
      const MediaRow media = corpora.media_by_id(pairs_->front().target_media);
      const fs::path root =
          CorpusRoots(night_.catalog).resolve(corpora.corpus(media.corpus_id).root_alias);
      const bool decodes = VideoReader(root / media.rel_path).next_batch(1).has_value();
      return {"decode", decodes ? CheckStatus::kOk : CheckStatus::kFail, media.rel_path};
    } catch (const Error& error) {
      return {"decode", CheckStatus::kFail, error.what()};
    }
  }

  /// See check_pairs.
  Check pairs() {
    if (!database_) {
      return {"pairs", CheckStatus::kOk, "no catalog yet"};
    }
    const RefusedPairs refused =
        pairs_ ? refused_pairs(CorpusStore(*database_), *pairs_) : RefusedPairs();
    if (refused.pairs == 0) {
      return {"pairs", CheckStatus::kOk, "all can be swapped"};
    }
    const double share = static_cast<double>(refused.pairs) / static_cast<double>(pairs_->size());
    return {"pairs",
            share > night_.config.get_double("run.max_failed_share") ? CheckStatus::kFail
                                                                     : CheckStatus::kWarn,
            words_for(refused, pairs_->size(), night_.config.get_string("nightly.pairs")) +
                " (nightly.pairs, nightly.suite)"};
  }

  /// A detector that is not there, or has no clip it may score, shows here, not after hours.
  Check detectors() {
    const std::vector<std::string> names = night_.config.get_list("nightly.detectors");
    if (names.empty()) {
      return {"detectors", CheckStatus::kOk, "none"};
    }
    if (!database_) {
      return {"detectors", CheckStatus::kFail, "a catalog that is yet to be made has no detector"};
    }
    for (const std::string& name : names) {
      if (!find_detector(DetectorStore(*database_), name)) {
        return {"detectors", CheckStatus::kFail,
                "no detector '" + name +
                    "' in this catalog (make one with 'changeling detector train')"};
      }
    }
    const bool can_score =
        !pairs_ || std::any_of(pairs_->begin(), pairs_->end(), [](const PairRow& pair) {
          return pair.part == part_of(DetectorRole::kScore);
        });
    return {"detectors", can_score ? CheckStatus::kOk : CheckStatus::kFail,
            can_score ? std::to_string(names.size())
                      : "the pairs have none of part test, which detectors score"};
  }

 private:
  void read_pairs() {
    const PairStore store(*database_);
    const auto list = store.find_pair_list(night_.config.get_string("nightly.pairs"));
    if (!list) {
      return;
    }
    const std::vector<std::string> methods = night_.config.get_list("generate.method");
    pairs_ = usable_pairs(CorpusStore(*database_), store.pairs(list->id));
    pairs_->erase(
        std::remove_if(pairs_->begin(), pairs_->end(),
                       [&methods](const PairRow& pair) { return !is_made(pair, methods); }),
        pairs_->end());
  }

  const Night& night_;
  std::optional<Database> database_;  ///< nullopt = no catalog yet
  /// Those of the list that `generate run` makes. nullopt before the first night, which draws it.
  std::optional<std::vector<PairRow>> pairs_;
};

}  // namespace

Check check_pairs(const Night& night) {
  return CatalogChecks(night).pairs();
}

Check check_corpus(const Night& night) {
  if (!night.config.is_set("nightly.corpus")) {
    return {"corpus", CheckStatus::kOk, "none to add"};
  }
  if (!night.config.is_set("corpus.root")) {
    return {"corpus", CheckStatus::kFail,
            "nightly.corpus is added from a folder: set corpus.root, or leave nightly.corpus out"};
  }
  const fs::path root = night.config.get_path("corpus.root");
  std::error_code failed;
  const bool is_there = fs::is_directory(root, failed);
  return {"corpus", is_there ? CheckStatus::kOk : CheckStatus::kFail,
          root.string() +
              (is_there ? "" : " does not exist or is no folder: mount it, or set corpus.root")};
}

Check check_out(const Night& night) {
  const fs::path folder = existing_folder(night.out / "RUN");
  std::error_code failed;
  const bool takes_files = fs::is_directory(folder, failed) && ::access(folder.c_str(), W_OK) == 0;
  return {"out", takes_files ? CheckStatus::kOk : CheckStatus::kFail,
          takes_files ? night.out.string()
                      : folder.string() +
                            " is no folder that this user may write to: set "
                            "nightly.out"};
}

Check check_room(const Night& night) {
  std::error_code failed;
  const auto free_bytes = fs::space(existing_folder(night.catalog), failed).available;
  const std::int64_t wanted = night.config.get_int("nightly.min_free_gib");
  const bool enough = !failed && free_bytes >= static_cast<std::uintmax_t>(wanted) << 30;
  return {"room", enough ? CheckStatus::kOk : CheckStatus::kFail,
          std::to_string(free_bytes >> 20) + " MiB free, nightly.min_free_gib is " +
              std::to_string(wanted)};
}

std::optional<ModelRow> find_detector(const DetectorStore& store, const std::string& detector) {
  const std::string name = detector.substr(0, detector.find('@'));
  for (const ModelRow& model : store.detectors(name)) {
    if (detector == name || detector == model.name + "@" + model.version) {
      return model;
    }
  }
  return std::nullopt;
}

void preflight(Night& night) {
  std::vector<Check> checks = check_programs();
  for (const Check& check : check_models(night.config.get_path("models.dir"))) {
    checks.push_back(check);
  }
  for (const Check& check : check_codecs()) {
    checks.push_back(check);
  }
  const Check catalog = check_catalog(night.catalog);
  for (const Check& check : {check_sqlite(), catalog, check_corpus(night), check_out(night),
                             check_room(night), check_device(night)}) {
    checks.push_back(check);
  }
  if (catalog.status != CheckStatus::kFail) {  // else these could not read it
    CatalogChecks known(night);
    checks.push_back(known.decode());
    const Check pairs = known.pairs();
    checks.push_back(pairs);
    if (pairs.status == CheckStatus::kWarn) {
      std::cerr << "changeling: preflight: " << pairs.name << ": " << pairs.detail << "\n";
    }
    checks.push_back(known.detectors());
  }
  std::string failed;
  for (const Check& check : checks) {
    if (check.status == CheckStatus::kFail) {
      failed += (failed.empty() ? "" : "; ") + check.name + ": " + check.detail;
    }
  }
  if (!failed.empty()) {
    throw Error(ErrorKind::kResource, "preflight: " + failed);
  }
  night.steps.push_back({{"step", "preflight"}, {"checks", checks.size()}, {"exit_code", 0}});
}

}  // namespace changeling
