#include "catalog/export/dataset_spec.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "catalog/export/semver.h"
#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& key, const std::string& what) {
  throw Error(ErrorKind::kConfig, "export." + key + " " + what);
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

bool is_date(const std::string& text) {
  const std::string form = "dddd-dd-dd";
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(), [](char c, char want) {
           return want == 'd' ? c >= '0' && c <= '9' : c == want;
         });
}

void check_mix(const std::map<std::string, double>& mix) {
  double sum = 0;
  for (const auto& [method, share] : mix) {
    if (!(share > 0 && share <= 1)) {
      refuse("mix", "gives '" + method + "' a share outside 0..1");
    }
    sum += share;
  }
  if (!mix.empty() && std::abs(sum - 1) > 1e-6) {
    refuse("mix", "shares must add up to 1");
  }
}

json filter_json(const ClipFilter& filter) {
  return {{"sql", filter.sql},         {"runs", filter.runs},     {"methods", filter.methods},
          {"corpora", filter.corpora}, {"strata", filter.strata}, {"profiles", filter.profiles},
          {"parts", filter.parts}};
}

json limits_json(const GateLimits& limits) {
  return {{"max_class_ratio", limits.max_class_ratio},
          {"near_duplicate_bits", limits.near_duplicate_bits},
          {"min_identity_cosine", limits.min_identity_cosine},
          {"codec_auc", limits.codec_auc},
          {"metadata_auc", limits.metadata_auc}};
}

json card_json(const CardTexts& card) {
  return {{"title", card.title},
          {"description", card.description},
          {"licence", card.licence},
          {"url", card.url},
          {"creator", card.creator},
          {"maintenance", card.maintenance},
          {"date_published", card.date_published}};
}

ClipFilter read_filter(const json& value) {
  ClipFilter filter;
  value.at("sql").get_to(filter.sql);
  value.at("runs").get_to(filter.runs);
  value.at("methods").get_to(filter.methods);
  value.at("corpora").get_to(filter.corpora);
  value.at("strata").get_to(filter.strata);
  value.at("profiles").get_to(filter.profiles);
  value.at("parts").get_to(filter.parts);
  return filter;
}

GateLimits read_limits(const json& value) {
  GateLimits limits;
  value.at("max_class_ratio").get_to(limits.max_class_ratio);
  value.at("near_duplicate_bits").get_to(limits.near_duplicate_bits);
  value.at("min_identity_cosine").get_to(limits.min_identity_cosine);
  value.at("codec_auc").get_to(limits.codec_auc);
  value.at("metadata_auc").get_to(limits.metadata_auc);
  return limits;
}

CardTexts read_card(const json& value) {
  CardTexts card;
  value.at("title").get_to(card.title);
  value.at("description").get_to(card.description);
  value.at("licence").get_to(card.licence);
  value.at("url").get_to(card.url);
  value.at("creator").get_to(card.creator);
  value.at("maintenance").get_to(card.maintenance);
  value.at("date_published").get_to(card.date_published);
  return card;
}

}  // namespace

void DatasetSpec::check() const {
  if (!is_name(name)) {
    refuse("name",
           "'" + name + "' must begin with a-z and hold a-z, 0-9, _ and - only, at most 64");
  }
  (void)SemVer::parse(version);
  check_mix(mix);
  for (const std::string& part : select.parts) {
    if (part != "train" && part != "val" && part != "test") {
      refuse("select.parts", "'" + part + "' is no part (train, val, test)");
    }
  }
  if (!card.date_published.empty() && !is_date(card.date_published)) {
    refuse("card.date_published", "'" + card.date_published + "' is no date (YYYY-MM-DD)");
  }
  if (formats.empty()) {
    refuse("formats", "names no format (see 'changeling export --help')");
  }
}

std::string DatasetSpec::to_json() const {
  return json{{"schema_version", 1},
              {"name", name},
              {"version", version},
              {"split", split},
              {"seed", seed},
              {"select", filter_json(select)},
              {"mix", mix},
              {"max_fakes_per_part", max_fakes_per_part},
              {"public", is_public},
              {"formats", formats},
              {"shard_bytes", shard_bytes},
              {"limits", limits_json(limits)},
              {"card", card_json(card)},
              {"key_id", key_id}}
      .dump();
}

DatasetSpec DatasetSpec::from_json(const std::string& text) {
  try {
    const json value = json::parse(text);
    DatasetSpec spec;
    value.at("name").get_to(spec.name);
    value.at("version").get_to(spec.version);
    value.at("split").get_to(spec.split);
    value.at("seed").get_to(spec.seed);
    spec.select = read_filter(value.at("select"));
    value.at("mix").get_to(spec.mix);
    value.at("max_fakes_per_part").get_to(spec.max_fakes_per_part);
    value.at("public").get_to(spec.is_public);
    value.at("formats").get_to(spec.formats);
    value.at("shard_bytes").get_to(spec.shard_bytes);
    spec.limits = read_limits(value.at("limits"));
    spec.card = read_card(value.at("card"));
    value.at("key_id").get_to(spec.key_id);
    return spec;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kCatalog,
                std::string("the stored export spec is damaged: ") + error.what());
  }
}

}  // namespace changeling
