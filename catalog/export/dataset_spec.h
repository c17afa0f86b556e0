// catalog/export/dataset_spec.h: what a data set is made of and how it is written. Layer 4.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catalog/degrade/recipe.h"
#include "catalog/export/same_people.h"

namespace changeling {

/// The rung of a ladder that needs no rendering: the clip as its job encoded it.
inline constexpr const char* kAsMade = "as_made";

/// Which clips a data set takes. Empty lists do not restrict.
struct ClipFilter {
  std::string sql;  ///< first column = artifact ids of clips; replaces the lists below
  std::vector<std::string> runs, methods, corpora, strata, profiles, parts;
  bool leaves_out_rejected = false;  ///< fakes that auto_reject rejects; also of `sql`
};

/// Limits of the checks that gate an export.
struct GateLimits {
  double max_class_ratio = 10;  ///< larger class by smaller class, in any part; 0 = any
  int near_duplicate_bits = 6;  ///< frames that differ in this many of 64 bits or fewer are equal
  double min_identity_cosine = kSamePersonCosine;  ///< with this or more people are one
  double codec_auc = 0.55;                         ///< of the probe on bit rate, QP, size, rate
  double metadata_auc = 0.52;                      ///< of the probe on container structure and tags
  double background_auc = 0.55;                    ///< of the probe on pixels far from alpha
  double box_auc = 0.52;                           ///< of the probe on a square around alpha
};

/// What the cards say beyond the catalog.
struct CardTexts {
  std::string title, description, licence, url, creator, maintenance;
  std::string date_published;  ///< YYYY-MM-DD; empty = the day the version was frozen
};

struct DatasetSpec {
  std::string name;     ///< [a-z0-9_-], begins with a letter: stands in file names
  std::string version;  ///< MAJOR.MINOR.PATCH
  std::string split = "main";
  std::uint64_t seed = 1;
  ClipFilter select;
  std::map<std::string, double> mix;    ///< method -> share of the fakes of each part; empty = any
  std::int64_t max_fakes_per_part = 0;  ///< 0 = all
  /// What each selected clip is exported as: kAsMade or degradation profiles. Empty = kAsMade.
  std::vector<std::string> ladder;
  std::map<std::string, std::string> profiles;  ///< name -> steps, beside the built-in ones
  bool is_public = false;
  std::vector<std::string> formats;
  std::int64_t shard_bytes = 1'000'000'000;  ///< of WebDataset tars
  GateLimits limits;
  CardTexts card;
  std::string key_id;  ///< of the key that signs; set when the version is frozen

  /// Throws Error(kConfig) naming the key.
  void check() const;

  [[nodiscard]] bool takes_clips_as_made() const;

  /// The ladder without kAsMade, each profile once. Throws Error(kConfig) for an unknown name.
  [[nodiscard]] std::vector<DegradationProfile> ladder_profiles() const;

  /// Everything above, sorted keys: stored with the version. Equal text and equal items give equal
  /// bytes.
  [[nodiscard]] std::string to_json() const;

  /// Inverse. Throws Error(kCatalog) on damage.
  static DatasetSpec from_json(const std::string& text);
};

}  // namespace changeling
