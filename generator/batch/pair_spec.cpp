#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "generator/batch/pair_rules.h"
#include "generator/batch/pair_sampler.h"

namespace changeling {
namespace {

void check_share(double share, const std::string& name) {
  if (!(share >= 0 && share <= 1)) {
    throw Error(ErrorKind::kConfig, "sample.pairs." + name + " must lie in 0..1");
  }
}

}  // namespace

void PairSpec::check() const {
  check_share(self_share, "self_share");
  check_share(plausible_share, "plausible_share");
  check_share(occluded_share, "occluded_share");
  for (const double share : yaw_shares) {
    check_share(share, "yaw_shares");
  }
  if (!yaw_shares.empty() && yaw_shares.size() != kYawBins) {
    throw Error(ErrorKind::kConfig,
                "sample.pairs.yaw_shares needs three shares (0-15, 15-45, 45+ degrees) or none");
  }
  for (const std::string& part : parts) {
    if (part != "train" && part != "val" && part != "test") {
      throw Error(ErrorKind::kConfig,
                  "sample.pairs.parts: '" + part + "' is no part (train, val, test)");
    }
  }
}

std::int64_t PairSpec::stratum_count(std::string_view stratum) const {
  const auto share_of = [](std::int64_t count, double share) {
    return static_cast<std::int64_t>(std::llround(static_cast<double>(count) * share));
  };
  const std::int64_t n_self = share_of(pairs_per_part, self_share);
  const std::int64_t n_plausible = share_of(pairs_per_part - n_self, plausible_share);
  if (stratum == kSelf) {
    return n_self;
  }
  return stratum == kPlausible ? n_plausible : pairs_per_part - n_self - n_plausible;
}

std::string PairSpec::to_json() const {
  nlohmann::json text = {{"parts", parts},
                         {"pairs_per_part", pairs_per_part},
                         {"plausible_share", plausible_share},
                         {"max_per_source_subject", max_per_source_subject},
                         {"max_per_target_subject", max_per_target_subject},
                         {"max_per_medium", max_per_medium},
                         {"max_per_subject_pair", max_per_subject_pair},
                         {"allow_reverse", allow_reverse},
                         {"max_attempts", max_attempts},
                         {"min_face_px", min_face_px},
                         {"min_frames", min_frames},
                         {"max_pose_gap_deg", max_pose_gap_deg},
                         {"min_sharpness_percentile", min_sharpness_percentile},
                         {"yaw_shares", yaw_shares},
                         {"occluded_share", occluded_share},
                         {"consent_bases", consent_bases},
                         {"forbidden_licences", forbidden_licences},
                         {"redistributable_only", redistributable_only}};
  if (self_share > 0) {  // lists from before this setting stay what they are
    text["self_share"] = self_share;
  }
  if (min_identity_cosine) {
    text["min_identity_cosine"] = *min_identity_cosine;
  }
  return text.dump();
}

std::vector<QuotaResult> stratum_quotas(const std::vector<PairRow>& pairs,
                                        const std::vector<std::string>& parts,
                                        const PairSpec& spec) {
  std::vector<QuotaResult> quotas;
  if (spec.pairs_per_part == 0) {
    return quotas;
  }
  for (const std::string& part : parts) {
    for (const char* stratum : {kSelf, kPlausible, kUnconstrained}) {
      const std::int64_t wanted = spec.stratum_count(stratum);
      if (stratum == kSelf && wanted == 0) {
        continue;
      }
      quotas.push_back(
          {part, stratum, wanted, std::count_if(pairs.begin(), pairs.end(), [&](const auto& pair) {
             return pair.part == part && pair.stratum == stratum;
           })});
    }
  }
  return quotas;
}

std::map<std::string, std::int64_t> count_refusals(const std::vector<PairRefusalRow>& refusals) {
  std::map<std::string, std::int64_t> counts;
  for (const PairRefusalRow& refusal : refusals) {
    counts[refusal.reason] += refusal.draws();
  }
  return counts;
}

}  // namespace changeling
