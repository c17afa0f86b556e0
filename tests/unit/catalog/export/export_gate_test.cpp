#include "catalog/export/export_gate.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "catalog/store/connection.h"
#include "catalog/store/dataset_store.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

auto finding(const std::string& check, const std::string& offender) {
  return AllOf(Field(&GateFinding::check, check),
               Field(&GateFinding::offender, HasSubstr(offender)));
}

ExportCatalogSpec two_parts() {
  ExportCatalogSpec spec;
  spec.parts = {"train", "test"};
  spec.n_frames = 6;
  return spec;
}

class ExportGateTest : public testing::Test {
 protected:
  ExportGateTest() : ExportGateTest(two_parts()) {}

  explicit ExportGateTest(const ExportCatalogSpec& spec)
      : catalog_(folder_.path(), spec),
        key_(catalog_.keys().signing_key()),
        loader_(catalog_.database(), catalog_.blobs(), catalog_.roots(), key_) {}

  GateReport check(const DatasetSpec& spec) {
    return check(spec, select_clips(catalog_.database(), spec));
  }

  GateReport check(const DatasetSpec& spec, const Selection& selection) {
    return check_selection({catalog_.database(), catalog_.blobs(), loader_, spec, selection});
  }

  /// As damage that the schema would refuse.
  void force(const std::string& trigger, const std::string& sql) {
    catalog_.database().connection().exec("DROP TRIGGER " + trigger);
    catalog_.database().connection().exec(sql);
  }

  static std::string name_of(SubjectId subject) {
    return "subject " + std::to_string(subject.value);
  }

  TempDir folder_;
  ExportCatalog catalog_;
  SigningKey key_;
  ItemLoader loader_;
};

TEST_F(ExportGateTest, LetsASoundSelectionPass) {
  const GateReport report = check(small_spec());
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.access, AccessClass::kPublic);
}

TEST_F(ExportGateTest, NamesPeopleWhomTheSplitPutsElsewhere) {
  std::vector<SplitSubjectRow> parts;
  for (std::size_t i = 0; i < catalog_.subjects().size(); ++i) {
    parts.push_back(
        {catalog_.subjects()[i], static_cast<std::int64_t>(i), i == 1 ? "test" : "train"});
  }
  PairStore(catalog_.database()).add_split({{}, "other", "test@1", 1, {}}, parts);
  DatasetSpec spec = small_spec();
  spec.split = "other";
  const std::vector<GateFinding> findings = check(spec).findings;
  EXPECT_THAT(findings, Contains(finding("other_split", "8 clips were made under split 'main'")));
  EXPECT_THAT(findings, Contains(finding("person_part",
                                         name_of(catalog_.subjects()[1]) + " of test in train")));
  EXPECT_THAT(findings,
              Not(Contains(finding("person_part", name_of(catalog_.subjects()[0]) + " "))));
}

TEST_F(ExportGateTest, NamesABystanderOfAnotherPart) {
  SightingRow sighting;
  sighting.media_id = catalog_.media()[0];
  sighting.subject_id = catalog_.subjects()[3];
  sighting.ext_sighting_id = "b";
  CorpusStore(catalog_.database()).add_sighting(sighting);
  EXPECT_THAT(check(small_spec()).findings,
              ElementsAre(finding("bystander", name_of(catalog_.subjects()[3]) +
                                                   " of test in 'faces/clip-0.mp4'")));
}

TEST_F(ExportGateTest, NamesTheWithdrawnWithTheirItems) {
  CorpusStore(catalog_.database()).withdraw_subject(catalog_.subjects()[2]);
  const std::vector<GateFinding> findings = check(small_spec()).findings;
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings.front(), finding("withdrawn", name_of(catalog_.subjects()[2])));
  EXPECT_THAT(findings.front().offender, HasSubstr("is in 3 items"))
      << "two fakes and the control of one";
}

TEST_F(ExportGateTest, NamesTheWithdrawnWhoseClipStandsUnderAnotherName) {
  CorpusStore corpora(catalog_.database());
  MediaRow copy = corpora.media_by_id(catalog_.media()[2]);
  copy.corpus_id =
      corpora.add_corpus({{}, "others", "1", "folder:others@1", "CC0-1.0", "consented", true});
  copy.id = corpora.add_media(copy);
  corpora.record_probe(copy, 1);
  SubjectRow person;
  person.corpus_id = copy.corpus_id;
  person.ext_id = "of another name";
  SightingRow seen;
  seen.media_id = copy.id;
  seen.subject_id = corpora.add_subject(person);
  seen.ext_sighting_id = "s";
  corpora.add_sighting(seen);
  corpora.withdraw_subject(seen.subject_id);
  const std::vector<GateFinding> findings = check(small_spec()).findings;
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings.front(), finding("withdrawn", name_of(seen.subject_id)));
  EXPECT_THAT(findings.front().offender, HasSubstr("is in 3 items"));
}

/// Twelve people and nothing but their parts apart.
class PixelGateTest : public ExportGateTest {
 protected:
  PixelGateTest() : PixelGateTest(0) {}

  explicit PixelGateTest(int grain) : ExportGateTest(twelve_people(grain)) {}

  static ExportCatalogSpec twelve_people(int grain) {
    ExportCatalogSpec spec = two_parts();
    spec.people_per_part = 6;
    spec.n_frames = 12;
    spec.fakes_grain = grain;
    return spec;
  }

  static const ProbeResult& probe(const GateReport& report, const std::string& name) {
    return *std::find_if(report.probes.begin(), report.probes.end(),
                         [&name](const ProbeResult& each) { return each.name == name; });
  }
};

TEST_F(PixelGateTest, PixelsThatNoSwapTouchedTellNothing) {
  const GateReport report = check(small_spec());
  ASSERT_THAT(report.probes, SizeIs(4));
  for (const char* name : {"background", "box"}) {
    EXPECT_EQ(probe(report, name).clips, 12) << name;
    EXPECT_TRUE(probe(report, name).interval.has_value()) << name;
    EXPECT_FALSE(probe(report, name).fails()) << name;
  }
}

class GrainyGateTest : public PixelGateTest {
 protected:
  GrainyGateTest() : PixelGateTest(16) {}
};

TEST_F(GrainyGateTest, AGrainAllOverTheFakesIsRefusedUnlessTheSpecAllowsIt) {
  DatasetSpec spec = small_spec();
  spec.limits.codec_auc = 1;  // grain costs bytes
  EXPECT_THAT(check(spec).findings, Contains(finding("background", "allowed 0.5 +- ")));
  spec.limits.background_auc = spec.limits.box_auc = 1;
  EXPECT_THAT(check(spec).findings, IsEmpty());
}

TEST_F(ExportGateTest, NamesAPartWithoutBalance) {
  DatasetSpec spec = small_spec();
  spec.select.sql = "SELECT artifact_id FROM artifact WHERE kind='real_control'";
  EXPECT_THAT(check(spec).findings,
              ElementsAre(finding("class_balance", "part test has 0 fake and 2 real clips"),
                          finding("class_balance", "part train has 0 fake and 2 real clips")));
  spec.limits.max_class_ratio = 0;
  EXPECT_THAT(check(spec).findings, IsEmpty());
}

TEST_F(ExportGateTest, NamesFakesWithoutTheirWholeTruth) {
  force("span_d",
        "DELETE FROM manipulated_span WHERE first_frame=0 AND artifact_id=(SELECT "
        "min(artifact_id) FROM artifact WHERE kind='fake_video')");
  force("face_label_d",
        "DELETE FROM face_label WHERE artifact_id=(SELECT max(artifact_id) FROM "
        "artifact WHERE kind='fake_video')");
  const DatasetSpec spec = small_spec();
  Selection selection = select_clips(catalog_.database(), spec);
  for (SelectedClip& clip : selection.clips) {
    clip.control_key.clear();
  }
  const std::vector<GateFinding> findings = check(spec, selection).findings;
  EXPECT_THAT(findings, Each(Field(&GateFinding::check, "label_coverage")));
  EXPECT_THAT(findings, SizeIs(6));
  EXPECT_THAT(findings, Contains(finding("label_coverage", "has no status for frame 0")));
  EXPECT_THAT(findings, Contains(finding("label_coverage", "no face that is labelled fake")));
  EXPECT_THAT(findings, Contains(finding("label_coverage", "has no real control")));
}

TEST_F(ExportGateTest, ALicenceMustNotPermitMoreThanTheInputsDo) {
  catalog_.database().connection().exec("UPDATE media SET licence='CC-BY-NC-4.0'");
  DatasetSpec spec = small_spec();
  EXPECT_THAT(check(spec).findings, IsEmpty()) << "no claim is made";
  EXPECT_EQ(check(spec).access, AccessClass::kGated);
  spec.card.licence = "CC-BY-4.0";
  EXPECT_THAT(check(spec).findings, Contains(finding("licence", "'CC-BY-4.0' permits more")));
  EXPECT_THAT(check(spec).findings, Contains(finding("licence", "'faces/clip-1.mp4' is not for")));
  spec.card.licence = "CC-BY-NC-4.0";
  EXPECT_THAT(check(spec).findings, IsEmpty());
  spec.is_public = true;
  EXPECT_THAT(check(spec).findings, SizeIs(4));
}

/// A catalog whose rows name each other's files, as somebody would make it who sells fakes as real.
TEST_F(ExportGateTest, NamesClipsWhoseFilesHaveAnotherLabel) {
  const Selection selection = select_clips(catalog_.database(), small_spec());
  const auto of_label = [&](const std::string& label) {
    const auto found = std::find_if(selection.clips.begin(), selection.clips.end(),
                                    [&](const SelectedClip& clip) { return clip.label == label; });
    return loader_.load(found->artifact, found->part);
  };
  const ExportItem fake = of_label("fake"), control = of_label("real_control");
  write_file_atomically(control.video.path, read_file(fake.video.path));
  EXPECT_THAT(check(small_spec()).findings,
              Contains(finding("label_coverage", control.key + " would go out as real_control, but "
                                                               "its file is labelled 'fake'")));
}

TEST_F(ExportGateTest, EqualBytesUnderOtherTermsAreAsStrictAsThose) {
  CorpusStore corpora(catalog_.database());
  MediaRow copy = corpora.media_by_id(catalog_.media()[1]);
  copy.corpus_id =
      corpora.add_corpus({{}, "bound", "1", "folder:bound@1", "CC0-1.0", "consented", false});
  copy.id = corpora.add_media(copy);
  EXPECT_EQ(check(small_spec()).access, AccessClass::kPublic) << "not probed: other bytes";
  corpora.record_probe(copy, 1);
  DatasetSpec spec = small_spec();
  spec.is_public = true;
  const GateReport report = check(spec);
  EXPECT_EQ(report.access, AccessClass::kInternal);
  EXPECT_THAT(report.findings,
              Contains(finding("licence", "'bound/clip-1.mp4' is not redistributable")));
}

ExportCatalogSpec bound_spec() {
  ExportCatalogSpec spec = two_parts();
  spec.licence = "CC-BY-NC-4.0";
  spec.redistributable = false;
  return spec;
}

class BoundTest : public ExportGateTest {
 protected:
  BoundTest() : ExportGateTest(bound_spec()) {}
};

TEST_F(BoundTest, TermsThatWereOverwrittenInTheCatalogStillHold) {
  catalog_.database().connection().exec("UPDATE corpus SET licence='CC0-1.0', redistributable=1");
  DatasetSpec spec = small_spec();
  spec.is_public = true;
  const GateReport report = check(spec);
  EXPECT_EQ(report.access, AccessClass::kInternal);
  EXPECT_THAT(report.findings, Contains(finding("licence",
                                                "the target of 'faces@1' is not "
                                                "redistributable, says the sidecar")));
}

TEST_F(ExportGateTest, ARefusedExportFreezesAndWritesNothing) {
  CorpusStore(catalog_.database()).withdraw_subject(catalog_.subjects()[2]);
  const std::filesystem::path out = folder_.path() / "out";
  const ExportResult result = export_into(catalog_, out, small_spec());
  EXPECT_THAT(result.refusals, SizeIs(1));
  EXPECT_FALSE(result.is_written);
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_THAT(DatasetStore(catalog_.database()).versions(), IsEmpty());
}

ExportCatalogSpec copies(int brightens_by) {
  ExportCatalogSpec spec = two_parts();
  spec.copies_pixels = true;
  spec.brightens_by = brightens_by;
  return spec;
}

class CopiedStreamTest : public ExportGateTest {
 protected:
  CopiedStreamTest() : ExportGateTest(copies(0)) {}
};

TEST_F(CopiedStreamTest, NamesOneStreamInTwoParts) {
  EXPECT_THAT(check(small_spec()).findings,
              Contains(finding("label_conflict", "have one video stream")));
}

class CopiedPicturesTest : public ExportGateTest {
 protected:
  CopiedPicturesTest() : ExportGateTest(copies(3)) {}
};

TEST_F(CopiedPicturesTest, NamesClipsAndPeopleThatAreAlike) {
  const std::vector<GateFinding> findings = check(small_spec()).findings;
  EXPECT_THAT(findings, Contains(finding("near_duplicate", "show the same pictures")).Times(4));
  EXPECT_THAT(findings,
              Contains(finding("identity", "look like one person (cosine 1.000)")).Times(4));
  EXPECT_THAT(findings, SizeIs(8));
  DatasetSpec spec = small_spec();
  spec.select.parts = {"train"};
  EXPECT_THAT(check(spec).findings, IsEmpty()) << "likeness inside a part is no leak";
}

}  // namespace
}  // namespace changeling
