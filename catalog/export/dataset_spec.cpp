#include "catalog/export/dataset_spec.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "catalog/export/semver.h"
#include "common/base/error.h"
#include "common/base/name.h"

namespace changeling {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ClipFilter, sql, runs, methods, corpora, strata, profiles, parts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(GateLimits, max_class_ratio, near_duplicate_bits,
                                                min_identity_cosine, codec_auc, metadata_auc,
                                                background_auc, box_auc)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CardTexts, title, description, licence, url, creator,
                                   maintenance, date_published)

namespace {

using nlohmann::json;

/// Of select.auto_reject.
constexpr const char* kLeaveOut = "leave_out";

[[noreturn]] void refuse(const std::string& key, const std::string& what) {
  throw Error(ErrorKind::kConfig, "export." + key + " " + what);
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

/// Names that profiles of a spec may not take.
bool is_taken(const std::string& name) {
  const std::vector<DegradationProfile>& known = builtin_profiles();
  return name == kAsMade || name == "lossless" ||
         std::any_of(known.begin(), known.end(),
                     [&name](const DegradationProfile& each) { return each.name == name; });
}

void check_profiles(const DatasetSpec& spec) {
  for (const auto& [name, text] : spec.profiles) {
    if (is_taken(name)) {
      refuse("profiles", "may not redefine '" + name + "'");
    }
    (void)DegradationProfile::parse(name, text);
  }
  (void)spec.ladder_profiles();
}

}  // namespace

bool DatasetSpec::takes_clips_as_made() const {
  return ladder.empty() || std::find(ladder.begin(), ladder.end(), kAsMade) != ladder.end();
}

std::vector<DegradationProfile> DatasetSpec::ladder_profiles() const {
  std::vector<DegradationProfile> chosen;
  for (const std::string& rung : ladder) {
    const auto is_it = [&rung](const DegradationProfile& each) { return each.name == rung; };
    if (rung == kAsMade || std::any_of(chosen.begin(), chosen.end(), is_it)) {
      continue;
    }
    const std::vector<DegradationProfile>& known = builtin_profiles();
    const auto found = std::find_if(known.begin(), known.end(), is_it);
    if (found != known.end()) {
      chosen.push_back(*found);
    } else if (const auto own = profiles.find(rung); own != profiles.end()) {
      chosen.push_back(DegradationProfile::parse(rung, own->second));
    } else {
      refuse("ladder", "names the unknown profile '" + rung + "' (define it in export.profiles)");
    }
  }
  return chosen;
}

void DatasetSpec::check() const {
  check_name("export.name", name);
  (void)SemVer::parse(version);
  check_mix(mix);
  check_profiles(*this);
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
  json text = {{"schema_version", 1},
               {"name", name},
               {"version", version},
               {"split", split},
               {"seed", seed},
               {"select", select},
               {"mix", mix},
               {"max_fakes_per_part", max_fakes_per_part},
               {"public", is_public},
               {"formats", formats},
               {"shard_bytes", shard_bytes},
               {"limits", limits},
               {"card", card},
               {"key_id", key_id}};
  if (!ladder.empty()) {  // specs from before ladders stay what they are
    text["ladder"] = ladder;
    text["profiles"] = profiles;
  }
  if (select.leaves_out_rejected) {  // so do those from before auto_reject
    text["select"]["auto_reject"] = kLeaveOut;
  }
  const json usual = GateLimits();
  for (const char* limit : {"background_auc", "box_auc"}) {  // so do those from before these limits
    if (text["limits"][limit] == usual[limit]) {
      text["limits"].erase(limit);
    }
  }
  return text.dump();
}

DatasetSpec DatasetSpec::from_json(const std::string& text) {
  try {
    const json value = json::parse(text);
    DatasetSpec spec;
    value.at("name").get_to(spec.name);
    value.at("version").get_to(spec.version);
    value.at("split").get_to(spec.split);
    value.at("seed").get_to(spec.seed);
    value.at("select").get_to(spec.select);
    spec.select.leaves_out_rejected = value.at("select").value("auto_reject", "") == kLeaveOut;
    value.at("mix").get_to(spec.mix);
    value.at("max_fakes_per_part").get_to(spec.max_fakes_per_part);
    spec.ladder = value.value("ladder", spec.ladder);
    spec.profiles = value.value("profiles", spec.profiles);
    value.at("public").get_to(spec.is_public);
    value.at("formats").get_to(spec.formats);
    value.at("shard_bytes").get_to(spec.shard_bytes);
    value.at("limits").get_to(spec.limits);
    value.at("card").get_to(spec.card);
    value.at("key_id").get_to(spec.key_id);
    return spec;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kCatalog,
                std::string("the stored export spec is damaged: ") + error.what());
  }
}

}  // namespace changeling
