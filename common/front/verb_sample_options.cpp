#include <string>
#include <vector>

#include "catalog/export/same_people.h"
#include "common/cli/option_makers.h"
#include "common/front/verb_sample.h"

namespace changeling {
namespace {

Option share(const std::string& key, const std::string& value, const std::string& help) {
  return make_double(key, "", value, help, 0, 1);
}

/// Of both verbs: who is split together must not be paired.
Option identity_option() {
  return make_double("sample.min_identity_cosine", "", kSamePersonCosineText,
                     "Subjects whose analysed faces have this cosine or more are one person: they "
                     "move together and are never paired; above 1 = off.",
                     0, 2);
}

Option cap(const std::string& name, const std::string& value, const std::string& help) {
  return make_int("sample.pairs." + name, "", value, help, 1, 1e9);
}

Verb split_verb() {
  Verb verb;
  verb.name = "split";
  verb.summary = "Place people, with all their footage, into train, val and test";
  verb.description =
      "The split is frozen at once: a name stands for one division for ever. In mode threshold "
      "each "
      "person's place follows from the seed and their id alone, so nobody moves when a corpus "
      "grows. "
      "People seen in one recording (source_clip) move together, and so do ids whose faces look "
      "like "
      "one person, as far as 'changeling generate analyze' has seen them: analyse first.";
  verb.examples = {"changeling sample split main --catalog demo.db",
                   "changeling sample split even --mode exact --seed 7 --catalog demo.db"};
  verb.positionals = {{"NAME", "Name of the split.", true, false}};
  verb.options = {
      make_choice(
          "sample.split.mode", "mode", "threshold",
          "threshold: by each person's own hash; exact: by count inside (gender, skin tone); list: "
          "as a file says.",
          {"threshold", "exact", "list"}),
      make_option(OptionType::kPath, "sample.split.list", "list", "",
                  "Mode list: CSV with the columns corpus, subject and part (train, val, test); "
                  "others are in no part."),
      share("sample.split.train", "0.72",
            "Share of people for training, 0..1; the three add up to 1."),
      share("sample.split.val", "0.14", "Share of people for validation, 0..1."),
      share("sample.split.test", "0.14", "Share of people for testing, 0..1."),
      make_option(OptionType::kStringList, "sample.split.corpora", "corpora", "",
                  "Corpora to split; none = all."),
      identity_option(),
  };
  return verb;
}

std::vector<Option> quota_options() {
  return {
      make_option(OptionType::kString, "sample.pairs.split", "split", "main",
                  "Split to draw from."),
      make_int("sample.pairs.count", "count", "100",
               "Pairs per part that has people; 0 = as many as the caps allow.", 0, 1e9),
      make_option(OptionType::kBool, "sample.pairs.explain", "explain", "false",
                  "Print how the quotas were met and count refusals by reason."),
      make_option(OptionType::kStringList, "sample.pairs.parts", "", "train,val,test",
                  "Parts to draw."),
      share("sample.pairs.self_share", "0",
            "Share of pairs of a clip with itself, as self_blend takes them; with count 0, above 0 "
            "= every usable clip."),
      share("sample.pairs.plausible_share", "0.8",
            "Of the other pairs, share with equal gender and skin tones at most one level apart; "
            "people with "
            "unknown attributes appear only in the rest."),
      make_option(OptionType::kStringList, "sample.pairs.yaw_shares", "", "0.4,0.4,0.2",
                  "Wanted shares of targets turned 0-15, 15-45 and 45+ degrees, once tracks are "
                  "known; none = any."),
      share("sample.pairs.occluded_share", "0.1",
            "Least share of targets with an occluded cell, where the corpus tells."),
  };
}

std::vector<Option> rule_options() {
  return {
      cap("max_per_source_subject", "10", "Pairs that one person may be the source of."),
      cap("max_per_target_subject", "10", "Pairs that one person may be the target of."),
      cap("max_per_medium", "4", "Pairs that one clip may take part in on either side."),
      cap("max_per_subject_pair", "1", "Pairs of one source person with one target person."),
      make_option(OptionType::kBool, "sample.pairs.allow_reverse", "", "false",
                  "Also draw B to A where A to B was drawn."),
      cap("max_attempts", "50", "Tries of one draw before it is given up."),
      make_double("sample.pairs.min_face_px", "", "64",
                  "Smallest short side of a face box, px, where it is known.", 0, 1e5),
      make_int("sample.pairs.min_frames", "", "25",
               "Shortest usable clip, frames; 1 = stills as well.", 1, 1e9),
      make_double("sample.pairs.max_pose_gap_deg", "", "30",
                  "How far the target may turn beyond the source, degrees, where tracks are known.",
                  0, 180),
      make_double("sample.pairs.min_sharpness_percentile", "", "5",
                  "Tracks less sharp than this percentile of their part are refused; 0 = off.", 0,
                  100),
      make_option(OptionType::kStringList, "sample.pairs.consent_bases", "",
                  "consented,licensed,public-research,synthetic",
                  "Consent bases that permit a swap."),
      make_option(OptionType::kStringList, "sample.pairs.forbidden_licences", "", "",
                  "Licences, exactly as stored, that forbid a swap."),
      make_option(OptionType::kBool, "sample.pairs.redistributable_only", "", "false",
                  "Use redistributable clips only."),
      identity_option(),
  };
}

Verb pairs_verb() {
  Verb verb;
  verb.name = "pairs";
  verb.summary = "Draw pairs of source and target inside the parts of a split";
  verb.description =
      "Equal catalogs, settings and seeds give equal lists on any machine. The list is frozen with "
      "every refusal and its reason. A quota missed by more than 5 % ends with exit code 3. Two "
      "ids "
      "whose analysed faces look like one person are no pair (near_duplicate), and who looks like "
      "somebody of another part is not drawn.";
  verb.examples = {
      "changeling sample pairs main --split main --count 20 --explain --catalog demo.db"};
  verb.positionals = {{"NAME", "Name of the pair list.", true, false}};
  verb.options = quota_options();
  const std::vector<Option> rules = rule_options();
  verb.options.insert(verb.options.end(), rules.begin(), rules.end());
  return verb;
}

}  // namespace

Verb sample_verb() {
  Verb verb;
  verb.name = "sample";
  verb.summary = "Divide people into parts and draw pairs to swap";
  verb.sub_verbs = {split_verb(), pairs_verb()};
  return verb;
}

}  // namespace changeling
