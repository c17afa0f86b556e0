#include "catalog/signing/claim.h"

#include <nlohmann/json.hpp>

#include "catalog/store/dataset_store.h"
#include "common/base/error.h"
#include "common/base/json_depth.h"
#include "common/base/source_type.h"

namespace changeling {
namespace {

using nlohmann::json;

json hash(const Digest& digest) {
  return {{"alg", "sha256"}, {"value", digest.hex()}};
}

json ingredient(const ProvenanceInput& input) {
  return {{"relationship", input.role == "target" ? "parentOf" : "inputTo"},
          {"role", input.role},
          {"hash", hash(input.media_sha256)},
          {"corpus", input.corpus},
          {"licence", input.licence},
          {"consent_basis", input.consent_basis},
          {"redistributable", input.redistributable},
          {"frames", {input.first_frame, input.last_frame}}};
}

json models(const Provenance& made) {
  json list = json::array();
  for (const ProvenanceModel& model : made.models) {
    list.push_back({{"role", model.role},
                    {"name", model.name},
                    {"version", model.version},
                    {"licence", model.licence},
                    {"hash", hash(model.sha256)}});
  }
  return list;
}

std::string version_of(const Provenance& made, const std::string& what) {
  const auto found = made.versions.find(what);
  return found == made.versions.end() ? std::string() : found->second;
}

/// A control was opened and encoded again; a fake had a face edited in between.
json actions(const Provenance& made, bool is_fake) {
  json agent = {{"name", is_fake ? made.method : "encoder"},
                {"version", version_of(made, is_fake ? made.method : "ffmpeg")}};
  json change = {{"action", is_fake ? "c2pa.edited" : "c2pa.transcoded"},
                 {"digitalSourceType", nullptr},
                 {"softwareAgent", std::move(agent)},
                 {"parameters",
                  {{"job_key", made.job_key.hex()},
                   {"config_sha256", made.config_sha256.hex()},
                   {"seed", made.seed}}}};
  if (is_fake && !made.digital_source_type.empty()) {
    change["digitalSourceType"] = std::string(kSourceTypeUri) + made.digital_source_type;
  }
  return json::array({{{"action", "c2pa.opened"}, {"ingredients", {0}}}, std::move(change)});
}

json spans(const Sidecar& sidecar, bool is_fake) {
  json list = json::array();
  if (is_fake) {
    for (const ManipulatedSpan& span : sidecar.spans) {
      list.push_back({span.first_frame, span.last_frame, to_string(span.status)});
    }
  }
  return list;
}

json masks(const Sidecar& sidecar, bool is_fake) {
  json list = json::array();
  for (const SidecarOutput& output : sidecar.outputs) {
    if (is_fake && output.kind.rfind("mask_", 0) == 0) {
      list.push_back({{"kind", output.kind}, {"hash", hash(output.sha256)}});
    }
  }
  return list;
}

/// Claims of made clips are as they were before corpora's fakes could be exported, so signatures of
/// older catalogs hold.
json label(const Sidecar& sidecar, const ArtifactRow& clip, bool is_fake) {
  json data = {{"label", *clip.label},
               {"n_frames", clip.n_frames.value_or(0)},
               {"spans", spans(sidecar, is_fake)}};
  if (!clip.job_id) {
    data["provenance"] = "declared";
  }
  return data;
}

json assertion(const char* label, json data) {
  return {{"label", label}, {"data", std::move(data)}};
}

/// The data of an assertion by its label.
const json& find_assertion(const json& claim, std::string_view label) {
  for (const json& entry : claim.at("assertions")) {
    if (entry.at("label").get<std::string_view>() == label) {
      return entry.at("data");
    }
  }
  throw Error(ErrorKind::kInput, "the claim has no assertion '" + std::string(label) + "'");
}

Digest hash_in(const json& data) {
  return Digest::from_hex(data.at("value").get<std::string>());
}

}  // namespace

std::string clip_claim(const Sidecar& sidecar, const ArtifactRow& clip) {
  if (!clip.label || !clip.stream_sha256) {
    throw Error(ErrorKind::kInput, "a " + clip.kind + " has no label to sign");
  }
  const Provenance& made = sidecar.provenance;
  const bool is_fake = *clip.label == to_string(Label::kFake);
  json ingredients = json::array();
  for (const ProvenanceInput& input : made.inputs) {
    if (is_fake || input.role == "target") {
      ingredients.push_back(ingredient(input));
    }
  }
  json list = json::array({assertion("c2pa.actions", {{"actions", actions(made, is_fake)}}),
                           assertion("c2pa.hash.data", hash(clip.sha256)),
                           assertion("changeling.hash.stream", hash(*clip.stream_sha256)),
                           assertion("changeling.label", label(sidecar, clip, is_fake)),
                           assertion("changeling.masks", masks(sidecar, is_fake)),
                           assertion("changeling.models", is_fake ? models(made) : json::array())});
  return json{{"claim_generator", "Changeling/" + version_of(made, "changeling")},
              {"claim_generator_info",
               {{"name", "Changeling"},
                {"version", version_of(made, "changeling")},
                {"git_commit", made.git_commit},
                {"git_dirty", made.git_dirty}}},
              {"title", item_key(*clip.stream_sha256)},
              {"ingredients", std::move(ingredients)},
              {"assertions", std::move(list)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

ClaimFacts claim_facts(std::string_view claim) {
  refuse_deep_json(claim, "damaged claim: it");
  try {
    const json value = json::parse(claim);
    ClaimFacts facts;
    value.at("title").get_to(facts.key);
    facts.label =
        label_from_string(find_assertion(value, "changeling.label").at("label").get<std::string>());
    facts.sha256 = hash_in(find_assertion(value, "c2pa.hash.data"));
    facts.stream_sha256 = hash_in(find_assertion(value, "changeling.hash.stream"));
    for (const json& action : find_assertion(value, "c2pa.actions").at("actions")) {
      const json type = action.value("digitalSourceType", json());
      if (type.is_string()) {
        facts.digital_source_type = type.get<std::string>().substr(kSourceTypeUri.size());
      }
    }
    for (const json& input : value.at("ingredients")) {
      const auto licence = input.at("licence").get<std::string>();
      if (!licence.empty()) {
        facts.inputs.push_back({input.at("role").get<std::string>() + " of '" +
                                    input.at("corpus").get<std::string>() + "'",
                                licence, input.at("redistributable").get<bool>()});
      }
    }
    for (const json& model : find_assertion(value, "changeling.models")) {
      facts.networks.emplace_back(model.at("role").get<std::string>(),
                                  model.at("licence").get<std::string>());
    }
    return facts;
  } catch (const std::exception& error) {  // Error, json::exception, std::out_of_range
    throw Error(ErrorKind::kInput, std::string("damaged claim: ") + error.what());
  }
}

}  // namespace changeling
