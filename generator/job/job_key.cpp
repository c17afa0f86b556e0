#include "generator/job/job_key.h"

#include <nlohmann/json.hpp>

#include "generator/options/generate_options.h"

namespace changeling {
namespace {

/// `methods` as text: a run of one method has the JSON that a job of it has.
std::string params_of(const Config& config, const std::vector<std::string>& methods) {
  nlohmann::json params = nlohmann::json::parse(config.to_json(generate_config_prefixes(methods)));
  std::string joined;
  for (const std::string& method : methods) {
    joined += (joined.empty() ? "" : ",") + method;
  }
  params["generate"]["method"] = joined;
  if (params["generate"]["trim"] == "none") {
    params["generate"].erase("trim");  // keys from before this option stay what they are
  }
  if (params["generate"]["partial"]["share"] == 0) {
    params["generate"].erase("partial");  // likewise
  }
  return params.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void update(Sha256& hash, const SwapMethod::Variant& variant) {
  hash.update_field(variant.name + "@" + variant.version);
  for (const ProvenanceModel& model : variant.models) {
    hash.update_field(model.role + "@" + model.sha256.hex());
  }
}

}  // namespace

std::string job_params(const Config& config, const std::string& method) {
  return params_of(config, {method});
}

Digest job_key(const CorpusStore& corpora, const PairRow& pair, const SwapMethod::Variant& variant,
               const std::string& params_json, std::uint64_t seed) {
  Sha256 hash;
  for (const auto& [media_id, subject_id] : {std::pair(pair.source_media, pair.source_subject),
                                             std::pair(pair.target_media, pair.target_subject)}) {
    const MediaRow media = corpora.media_by_id(media_id);
    const CorpusRow corpus = corpora.corpus(media.corpus_id);
    hash.update_field(corpus.name + "@" + corpus.version);
    hash.update_field(media.rel_path);
    hash.update_field(media.sha256 ? media.sha256->hex() : "");
    hash.update_field(corpora.subject_by_id(subject_id).ext_id);
  }
  update(hash, variant);
  return hash.update_field(params_json).update_field(std::to_string(seed)).finish();
}

std::string run_params(const Config& config, const std::vector<SwapMethod::Variant>& variants) {
  std::vector<std::string> names;
  for (const SwapMethod::Variant& variant : variants) {
    names.push_back(variant.name);
  }
  return params_of(config, names);
}

Digest run_digest(const Config& config, const std::vector<SwapMethod::Variant>& variants) {
  Sha256 hash;
  hash.update_field(run_params(config, variants));
  for (const SwapMethod::Variant& variant : variants) {
    update(hash, variant);
  }
  return hash.finish();
}

}  // namespace changeling
