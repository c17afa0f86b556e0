// generator/batch/pair_sampler.h: draws (source, target) pairs inside the parts of a frozen split,
// by seed, with quotas, reuse caps and a stored reason for each refusal. Layer 3, no Torch.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"

namespace changeling {

/// Stored as pair_list.sampler; part of every draw's random key.
inline constexpr const char* kPairSampler = "pair_sampler@1";

/// Stratum of refusals that concern one medium alone, whatever it would be paired with.
inline constexpr const char* kScreeningStratum = "screening";

/// What to draw. Defaults: docs of `changeling sample pairs`.
struct PairSpec {
  std::uint64_t seed = 0;
  std::vector<std::string> parts = {"train", "val", "test"};
  std::int64_t pairs_per_part = 100;  ///< 0 = as many as caps and rules allow
  double self_share = 0;  ///< stratum `self`: a clip paired with itself, for self-paired methods
  double plausible_share = 0.8;  ///< of the others: stratum `plausible`; the rest `unconstrained`

  int max_per_source_subject = 10;
  int max_per_target_subject = 10;
  int max_per_medium = 4;        ///< and side
  int max_per_subject_pair = 1;  ///< ordered (source subject, target subject)
  bool allow_reverse = false;    ///< B -> A beside A -> B
  int max_attempts = 50;         ///< per draw

  double min_face_px = 64;  ///< short side of the face box
  std::int64_t min_frames = 25;
  double max_pose_gap_deg = 30;
  double min_sharpness_percentile = 5;  ///< 0..100 over the tracks of a part; 0 = off
  std::vector<double> yaw_shares = {0.4, 0.4,
                                    0.2};  ///< targets turned 0-15, 15-45, 45+ degrees; empty = off
  double occluded_share = 0.1;             ///< of targets with an occluded cell; 0 = off

  std::vector<std::string> consent_bases = {"consented", "licensed", "public-research",
                                            "synthetic"};
  std::vector<std::string> forbidden_licences;  ///< exact texts
  bool redistributable_only = false;

  /// Cosine from which on people are one, where it is not the usual one.
  std::optional<double> min_identity_cosine;

  /// Canonical JSON of everything but the seed; stored in pair_list.spec_json.
  [[nodiscard]] std::string to_json() const;

  /// Pairs of the stratum in each part; 0 where pairs_per_part is.
  [[nodiscard]] std::int64_t stratum_count(std::string_view stratum) const;

  /// Throws Error(kConfig) for shares outside 0..1 or an unknown part.
  void check() const;
};

/// Somebody of the split.
struct SamplerPerson {
  SubjectId id;
  std::string part;
  std::int64_t leak_group = 0;
  std::optional<std::string> gender;
  std::optional<int> skintone;
};

/// One person in one video: what may become a source or a target.
struct Appearance {
  std::string key;  ///< corpus, path and person by name: equal on every machine; orders everything
  MediaId media;
  SubjectId subject;

  std::string licence, consent_basis;
  bool is_redistributable = false;
  bool is_withdrawn = false;  ///< the medium is one of CorpusStore::withdrawn_media
  bool is_probed = false;     ///< decodable, by its probe
  std::int64_t n_frames = 0;  ///< usable
  bool shows_other_part = false;
  bool has_double_elsewhere = false;  ///< the person looks like somebody of another part
  bool shows_unknown = false;  ///< an unknown bystander not known to be smaller than the person

  std::optional<double> face_px;  ///< from the track, else the corpus's boxes
  std::optional<bool> is_occluded;
  std::optional<TrackId> track;  ///< from an earlier analysis, when it is clear which one is meant
  std::optional<double> yaw_min_deg, yaw_max_deg, sharpness;
};

/// Two ids that stand for one person, the smaller first.
using Double = std::pair<SubjectId, SubjectId>;

struct SamplerInput {
  std::vector<SamplerPerson> people;
  std::vector<Appearance> appearances;
  std::set<Double> doubles;                      ///< of one part
  std::set<SubjectId> doubles_apart;             ///< who look like somebody of another part
  std::map<std::string, std::int64_t> left_out;  ///< media that cannot be drawn, by reason
};

/// Reads everybody of the split and the real videos, and stills where asked for, that show them.
/// `doubles`: ids known to stand for one person.
[[nodiscard]] SamplerInput load_sampler_input(const CorpusStore& corpora, const PairStore& pairs,
                                              SplitId split, bool with_stills,
                                              const std::vector<Double>& doubles = {});

/// How one quota of a part was met.
struct QuotaResult {
  std::string part;
  std::string quota;  ///< self, plausible, unconstrained, yaw_0_15, yaw_15_45, yaw_45_up, occluded
  std::int64_t wanted = 0;
  std::int64_t drawn = 0;

  /// More than 5 % short.
  [[nodiscard]] bool is_missed() const { return (wanted - drawn) * 20 > wanted; }
};

struct PairDraw {
  std::vector<PairRow> pairs;  ///< ids unset
  /// Each cause once: what was refused is not tried again. Where a reason refused more draws of a
  /// stratum of a part than are kept, its last row stands for the others.
  std::vector<PairRefusalRow> refusals;
  std::vector<QuotaResult> quotas;
};

/// Draws all parts. Draw i of a stratum has its own random stream, keyed by (seed, sampler, part,
/// stratum, i): targets least used first, ties by hash, for each the sources in random order until
/// one passes; in the stratum `self` the target itself. Self pairs count for no cap of the others,
/// nor those for theirs. Equal input content, spec and seed give equal pairs in any order of rows,
/// on any machine. `kept_refusals` are kept of each part, stratum and reason, the first ones, and
/// all of single media: a list whose quota cannot be met refuses millions. Throws Error(kConfig)
/// for shares outside 0..1 or an unknown part.
[[nodiscard]] PairDraw draw_pairs(const SamplerInput& input, const PairSpec& spec,
                                  std::int64_t kept_refusals = 100);

/// Quotas of a stored list as far as its rows tell: the strata.
[[nodiscard]] std::vector<QuotaResult> stratum_quotas(const std::vector<PairRow>& pairs,
                                                      const std::vector<std::string>& parts,
                                                      const PairSpec& spec);

/// Reason -> number of refused draws.
[[nodiscard]] std::map<std::string, std::int64_t> count_refusals(
    const std::vector<PairRefusalRow>& refusals);

}  // namespace changeling
