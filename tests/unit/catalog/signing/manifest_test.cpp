#include "catalog/signing/manifest.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/signing/claim.h"
#include "common/base/error.h"
#include "tests/support/known_key.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Sidecar sample_sidecar() {
  Provenance made(Label::kFake);
  made.method = "fsgan";
  made.digital_source_type = "compositeWithTrainedAlgorithmicMedia";
  made.job_key = sha256("job");
  made.seed = 7;
  made.git_commit = "abc";
  made.versions = {{"changeling", "0.1.0"}, {"fsgan", "2"}, {"ffmpeg", "5.1"}};
  for (const char* role : {"target", "source"}) {
    ProvenanceInput input;
    input.role = role;
    input.corpus = "clips@1";
    input.licence = "CC-BY-4.0";
    input.consent_basis = "consented";
    input.redistributable = true;
    input.media_sha256 = sha256(role);
    input.subject_key = "0011223344556677";
    input.last_frame = 9;
    made.inputs.push_back(input);
  }
  ProvenanceModel model;
  model.role = "gr";
  model.sha256 = sha256("weights");
  made.models = {model};
  Sidecar sidecar(made);
  sidecar.spans = {{0, 1, FrameStatus::kPassthrough}, {2, 9, FrameStatus::kSwapped}};
  sidecar.outputs = {{"mask_alpha", "", sha256("mask"), sha256("mask stream"), 10}};
  return sidecar;
}

ArtifactRow sample_clip(const std::string& label) {
  ArtifactRow clip;
  clip.job_id = JobId{1};
  clip.kind = label == "fake" ? "fake_video" : label;
  clip.label = label;
  clip.profile = "c23";
  clip.sha256 = sha256("file");
  clip.stream_sha256 = sha256("stream");
  clip.n_frames = 10;
  return clip;
}

/// Names of all members below a value, list elements as "[]".
void shape_of(const json& value, const std::string& path, std::set<std::string>& members) {
  for (const auto& [key, child] : value.items()) {
    const std::string at = path + (value.is_array() ? "[]" : "." + key);
    members.insert(at);
    if (child.is_structured()) {
      shape_of(child, at, members);
    }
  }
}

TEST(Claim, SaysWhatMadeTheClip) {
  const json claim = json::parse(clip_claim(sample_sidecar(), sample_clip("fake")));
  EXPECT_EQ(claim.at("claim_generator"), "Changeling/0.1.0");
  EXPECT_EQ(claim.at("title"), sha256("stream").hex().substr(0, 16));
  ASSERT_EQ(claim.at("ingredients").size(), 2U);
  EXPECT_EQ(claim.at("ingredients")[0].at("relationship"), "parentOf");
  EXPECT_EQ(claim.at("ingredients")[1].at("relationship"), "inputTo");
  EXPECT_EQ(claim.at("ingredients")[1].at("hash").at("value"), sha256("source").hex());
  const json& actions = claim.at("assertions")[0].at("data").at("actions");
  EXPECT_EQ(actions[0].at("action"), "c2pa.opened");
  EXPECT_EQ(actions[1].at("action"), "c2pa.edited");
  EXPECT_EQ(actions[1].at("digitalSourceType"),
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia");
  EXPECT_EQ(actions[1].at("softwareAgent"), json({{"name", "fsgan"}, {"version", "2"}}));
  EXPECT_EQ(claim.at("assertions")[5].at("data")[0].at("hash").at("value"),
            sha256("weights").hex());
}

TEST(Claim, NamesNobody) {
  EXPECT_THAT(clip_claim(sample_sidecar(), sample_clip("fake")),
              Not(HasSubstr("0011223344556677")));
}

TEST(Claim, AControlHasTheSameMembersButNothingOfTheSwap) {
  const std::string text = clip_claim(sample_sidecar(), sample_clip("real_control"));
  const json control = json::parse(text);
  const json fake = json::parse(clip_claim(sample_sidecar(), sample_clip("fake")));
  std::set<std::string> of_control, of_fake;
  shape_of(control, "", of_control);
  shape_of(fake, "", of_fake);
  for (const char* of_swap : {"data[]"}) {  // lists of models, masks and spans are empty
    for (auto at = of_fake.begin(); at != of_fake.end();) {
      at = at->find(of_swap) != std::string::npos ? of_fake.erase(at) : std::next(at);
    }
  }
  of_fake.erase(".assertions[].data.spans[]");
  of_fake.erase(".assertions[].data.spans[][]");
  EXPECT_EQ(of_control, of_fake);
  EXPECT_THAT(text, Not(HasSubstr("fsgan")));
  EXPECT_THAT(text, Not(HasSubstr(sha256("source").hex())));
  EXPECT_THAT(text, Not(HasSubstr(sha256("weights").hex())));
  EXPECT_EQ(claim_facts(text).digital_source_type, "");
}

TEST(Claim, FactsComeBack) {
  const ClaimFacts facts = claim_facts(clip_claim(sample_sidecar(), sample_clip("fake")));
  EXPECT_EQ(facts.label, Label::kFake);
  EXPECT_EQ(facts.sha256, sha256("file"));
  EXPECT_EQ(facts.stream_sha256, sha256("stream"));
  EXPECT_EQ(facts.digital_source_type, "compositeWithTrainedAlgorithmicMedia");
}

TEST(Claim, OnlyACorpusFileSaysThatItsLabelIsDeclared) {
  ArtifactRow clip = sample_clip("fake");
  EXPECT_THAT(clip_claim(sample_sidecar(), clip), Not(HasSubstr("provenance")));
  clip.job_id.reset();
  EXPECT_THAT(clip_claim(sample_sidecar(), clip), HasSubstr(R"("provenance":"declared")"));
}

TEST(Claim, OfAMadeClipKeepsItsText) {
  // Locked: a change of these bytes makes every signed catalog fail its check with wrong_claim.
  EXPECT_EQ(sha256(clip_claim(sample_sidecar(), sample_clip("fake"))).hex(),
            "1565dc9f095f245385bce31ad34f0e6d2866e7e576fe86cd58aabd5987fb5a6e");
  EXPECT_EQ(sha256(clip_claim(sample_sidecar(), sample_clip("real_control"))).hex(),
            "7fb52915238db4620c1c5dc4b33fd8fa9cc92e78327338e4a0cc527711f1998e");
}

TEST(Claim, RefusesWhatHasNoLabelAndDamagedText) {
  ArtifactRow mask = sample_clip("fake");
  mask.label.reset();
  EXPECT_THROW((void)clip_claim(sample_sidecar(), mask), Error);
  for (const char* text : {"", "{}", "[]", R"({"title":"x","assertions":[]})",
                           R"({"title":"x","assertions":[{"label":"changeling.label"}]})"}) {
    EXPECT_THROW((void)claim_facts(text), Error) << text;
  }
}

TEST(Manifest, OneKeyAndClaimHaveOneText) {
  const std::string claim = clip_claim(sample_sidecar(), sample_clip("fake"));
  const std::string document = make_manifest(claim, known_key());
  EXPECT_EQ(document, make_manifest(claim, known_key()));
  // Locked: a change of these bytes makes every stored manifest invalid.
  EXPECT_EQ(sha256(make_manifest(R"({"a":1})", known_key())).hex(),
            "d95baaa927f6785272f1a88262ee3772603c9ecf31c1df2ae4e7df371f99c320");
  const Manifest parsed = parse_manifest(document);
  EXPECT_EQ(parsed.claim, claim);
  EXPECT_EQ(parsed.key_id, known_key().verifying_key().id());
  EXPECT_FALSE(parsed.previous.has_value());
  EXPECT_TRUE(is_signed_by(parsed, known_key().verifying_key()));
  EXPECT_FALSE(is_signed_by(parsed, SigningKey::generate().verifying_key()));
}

TEST(Manifest, NamesTheOneItTakesThePlaceOf) {
  const Manifest second = parse_manifest(make_manifest("{}", known_key(), sha256("first")));
  EXPECT_EQ(second.previous, sha256("first"));
  EXPECT_TRUE(is_signed_by(second, known_key().verifying_key()));
}

TEST(Manifest, EveryFlippedBitIsNoticed) {
  const std::string document = make_manifest(R"({"label":"fake","n":12})", known_key());
  for (std::size_t i = 0; i < document.size(); ++i) {
    for (const int bit : {0, 1, 5}) {
      std::string changed = document;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      bool holds = false;
      try {
        holds = is_signed_by(parse_manifest(changed), known_key().verifying_key());
      } catch (const Error&) {
        holds = false;
      }
      EXPECT_FALSE(holds) << changed;
    }
  }
}

TEST(Manifest, RefusesOtherTexts) {
  const std::string document = make_manifest("{}", known_key());
  EXPECT_THROW((void)parse_manifest(document + " "), Error);
  EXPECT_THROW((void)parse_manifest("{}"), Error);
  EXPECT_THROW((void)parse_manifest(std::string(document).insert(1, "\"a\":1,")), Error);
  EXPECT_THROW((void)make_manifest("{ }", known_key()), Error);
  EXPECT_THROW((void)make_manifest("", known_key()), Error);
}

}  // namespace
}  // namespace changeling
