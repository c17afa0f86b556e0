// The sentences of the cards, from facts of the catalog and the texts of the spec.
#include "catalog/export/card_facts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

std::string or_else(const std::string& text, const std::string& fallback) {
  return text.empty() ? fallback : text;
}

std::string tools_of(const CardFacts& facts) {
  std::set<std::string> tools;
  for (const auto& [role, model] : facts.models) {
    tools.insert(model.name + " " + model.version + " (" + role + ")");
  }
  return "Networks: " + listed(tools) + ".";
}

/// What is known of the networks' own training data.
std::string overlap_of(const CardFacts& facts) {
  std::set<std::string> known, unknown;
  for (const auto& [role, model] : facts.models) {
    if (model.trained_on.empty()) {
      unknown.insert(model.name);
    } else {
      known.insert(model.name + " on " + model.trained_on);
    }
  }
  return "Training data of the networks: " + (known.empty() ? "" : listed(known) + "; ") +
         "unknown for " + listed(unknown) + ".";
}

std::string biases_of(const CardFacts& facts) {
  std::set<std::string> shares;
  for (const char* slice : {"target gender", "target skin tone"}) {
    const auto found = facts.slices.find(slice);
    if (found != facts.slices.end()) {
      for (const auto& [value, clips] : found->second) {
        shares.insert(std::string(slice) + " " + value + ": " + std::to_string(clips));
      }
    }
  }
  return "Fakes by attributes of the person replaced, as the corpora state them: " +
         listed(shares) + ". The people are those of the corpora, not a sample of a population.";
}

/// " 3 fakes were left out: ..."; empty where the spec does not ask for it.
std::string rejects_of(const std::optional<RejectCounts>& rejects) {
  if (!rejects) {
    return "";
  }
  std::int64_t n_left_out = 0;
  std::string rules;
  for (const auto& [rule, count] : rejects->left_out) {
    n_left_out += count;
    rules += (rules.empty() ? "" : "; ") + std::to_string(count) + " by rule " + rule;
  }
  return " Fakes that auto_reject" +
         (rejects->version > 0 ? " version " + std::to_string(rejects->version) : std::string()) +
         " rejects were left out: " + std::to_string(n_left_out) +
         (rules.empty() ? "" : " (" + rules + ")") + ". " + std::to_string(rejects->unjudged) +
         " fakes are in without a verdict. Unless set, its limits are start values, calibrated on "
         "no real set.";
}

std::string checks_of(const GateLimits& limits) {
  return "Before the version was frozen, every check held: no person, recording or bystander in "
         "two parts, no near duplicates (" +
         std::to_string(limits.near_duplicate_bits) + " of 64 bits) and nobody alike (cosine " +
         format_number(limits.min_identity_cosine) +
         ") across parts, nobody who took back their consent, at most " +
         format_number(limits.max_class_ratio) +
         " clips of a class for one of the other, a control and a whole label for every fake. "
         "Whether fakes can be told from real clips by their encoding or container alone, or from "
         "their controls by pixels far from the swap or by a square around it, cross-validated by "
         "person:";
}

}  // namespace

CardSentences sentences_of(const FrozenVersion& version, const CardFacts& facts) {
  const CardTexts& given = version.spec.card;
  CardSentences text;
  text.description =
      or_else(given.description,
              "Face swaps with paired real controls and exact masks, for training and "
              "testing detectors of manipulated video.");
  text.licence = or_else(given.licence, "not stated; inputs: " + listed(facts.licences));
  text.creator = or_else(given.creator, "not stated");
  text.counts = std::to_string(facts.items) + " clips with " + std::to_string(facts.frames) +
                " frames, of which " + std::to_string(facts.fake_frames) + " are manipulated." +
                rejects_of(facts.rejects);
  text.checks = checks_of(version.spec.limits);
  text.collection = "No footage was recorded for this set. Clips come from " +
                    listed(facts.corpora) + "; consent basis: " + listed(facts.consent_bases) + ".";
  text.raw_data = "Video of " + std::to_string(facts.people) + " people in " +
                  std::to_string(facts.recordings) +
                  " recordings, under the licences: " + listed(facts.licences) + ".";
  text.preprocessing =
      "Fakes and their real controls pass one chain: decoding, swap or none, and one encoder with "
      "equal settings, one thread and no audio.";
  text.manipulation =
      "Faces were replaced by software; digital source type: " + listed(facts.source_types) +
      ". Where a mask is 0, the fake equals its target bit for bit before encoding.";
  text.annotation =
      "Labels follow from how a clip was made and are no opinion of annotators: a label per clip, "
      "a status per frame (frames outside swapped spans are real), a label per face, masks of "
      "blending weight and of changed pixels.";
  text.tools = tools_of(facts);
  text.biases = biases_of(facts);
  text.limitations =
      "Detectors trained on these methods need not find others. Parts keep apart people, "
      "recordings and like-looking clips as far as corpora and perceptual hashes tell.";
  text.overlap = overlap_of(facts);
  text.uses =
      "Training and testing of detectors of manipulated video. Not for identifying people, nor "
      "for making manipulated video.";
  text.sensitive =
      "Faces of real people. People and recordings stand under keyed digests; names are not in the "
      "set.";
  text.social =
      "Meant to help against deception by manipulated video. Every fake is labelled in its tags "
      "and "
      "its description; whoever shows one must keep the label.";
  text.maintenance = or_else(given.maintenance,
                             "Versions never change. When somebody takes back their consent, the "
                             "catalog withdraws the version: its copies must not be used any more. "
                             "A version without them bears a new MAJOR number.");
  return text;
}

}  // namespace changeling
