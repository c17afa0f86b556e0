#include "catalog/corpora/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/corpora/folder.h"
#include "catalog/corpora/ijbc.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/connection.h"
#include "catalog/store/erasure.h"
#include "catalog/store/frame_sequence.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/ijbc_fixture.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/corpora/scan_helpers.h"

namespace changeling {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

const std::string kHeader = std::string(kFolderHeader) + "\n";

class Registration : public ::testing::Test {
 protected:
  StoredScan add(const Corpus& adapter, const std::string& name = "c") {
    return register_corpus(database_, roots_, adapter, name, "1", root());
  }

  [[nodiscard]] std::filesystem::path root() const { return dir_ / "corpus"; }

  TempDir dir_;
  Database database_ = Database::create(dir_ / "catalog.db");
  CorpusRoots roots_{database_.path()};
  CorpusStore store_{database_};
};

TEST_F(Registration, StoresAFolderAndAddsNothingTheSecondTime) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\na.mp4,?,MIT,licensed,1\n",
                      {"a.mp4"});
  const StoredScan first = add(FolderCorpus());
  EXPECT_EQ(first.new_media, 1);
  EXPECT_EQ(first.new_subjects, 2);
  EXPECT_EQ(first.new_sightings, 2);
  const StoredScan second = add(FolderCorpus());
  EXPECT_EQ(second.corpus.id, first.corpus.id);
  EXPECT_EQ(second.media, 1);
  EXPECT_EQ(second.new_media + second.new_subjects + second.new_sightings, 0);
  EXPECT_EQ(store_.media(first.corpus.id).size(), 1U);
  EXPECT_EQ(store_.sightings(store_.media(first.corpus.id).front().id).size(), 2U);
}

TEST_F(Registration, StoresIjbcAndAddsNothingTheSecondTime) {
  write_ijbc_fixture(root());
  const StoredScan first = add(IjbcCorpus());
  EXPECT_EQ(first.new_media, 6);
  EXPECT_EQ(first.new_subjects, 5);
  EXPECT_EQ(first.new_sightings, 14);
  const StoredScan second = add(IjbcCorpus());
  EXPECT_EQ(second.new_media + second.new_subjects + second.new_sightings, 0);
  EXPECT_EQ(problem_counts(second.problems), problem_counts(first.problems));
}

class RegistrationOfFrames : public Registration {
 protected:
  void SetUp() override {
    IjbcFixtureSpec spec;
    spec.has_clean_lists = true;
    write_ijbc_fixture(root(), spec);
    corpus_ = add(IjbcCorpus()).corpus.id;
  }

  static std::string path_of(const std::string& sighting) {
    return frame_sequence_path("IJB/IJB-C/images/frames/9.png", sighting);
  }

  /// Of a sequence: place and file, once for each person seen.
  std::vector<std::pair<std::int64_t, std::string>> places(const std::string& sighting) {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    for (const MediaRow& medium : store_.media(corpus_)) {
      if (medium.rel_path == path_of(sighting)) {
        for (const SightingRow& row : store_.sightings(medium.id)) {
          rows.emplace_back(row.frame, row.ext_sighting_id);
        }
      }
    }
    return rows;
  }

  CorpusId corpus_;
};

TEST_F(RegistrationOfFrames, StoredOnesKeepTheirPlaces) {  // other programs ordered them otherwise
  database_.connection().exec(
      "UPDATE sighting SET frame=(frame+1)%3 WHERE media_id=(SELECT media_id FROM media WHERE "
      "rel_path='" +
      path_of("100") + "')");
  const auto before = places("100");
  const StoredScan second = add(IjbcCorpus());
  EXPECT_THAT(problem_counts(second.problems), Contains(Pair("changed_frames", 1)));
  EXPECT_EQ(second.new_sightings, 0);
  EXPECT_EQ(places("100"), before);
}

TEST_F(RegistrationOfFrames, StoredOnesDoNotGrow) {
  const auto before = places("100");
  const std::filesystem::path list = root() / "IJB/IJB-C/protocols/ijbc_metadata.csv";
  write_bytes(list, read_file(list) + "frames/12.png,1,100,80,20,20,3,3,0,2,,,,,,\r\n");
  const StoredScan second = add(IjbcCorpus());
  EXPECT_THAT(problem_counts(second.problems), Contains(Pair("changed_frames", 1)));
  EXPECT_EQ(places("100"), before);
  EXPECT_EQ(second.new_sightings, 1) << "person 1 in a file that sequence 200 has";
  EXPECT_THAT(places("200"), Contains(Pair(1, "100/12.png")));
}

TEST_F(Registration, AddsWhatHasGrown) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\n", {"a.mp4"});
  add(FolderCorpus());
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\nb.mp4,p,CC0-1.0,consented,0\n",
                      {"b.mp4"});
  const StoredScan grown = add(FolderCorpus());
  EXPECT_EQ(grown.new_media, 1);
  EXPECT_EQ(grown.new_subjects, 0);
  EXPECT_EQ(grown.new_sightings, 1);
}

TEST_F(Registration, OfWhoTookBackTheirConsentKeepsOnlyThatTheyAreSeen) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\nb.mp4,q,MIT,licensed,1\n",
                      {"a.mp4", "b.mp4"});
  const StoredScan first = add(FolderCorpus());
  (void)forget_subject(database_, BlobStore(dir_ / "objects"),
                       {"c", "p", "a letter", false, false});
  write_folder_corpus(root(),
                      kHeader +
                          "a.mp4,p,MIT,licensed,1\nb.mp4,q,MIT,licensed,1\n"
                          "b.mp4,p,MIT,licensed,1\nc.mp4,p,MIT,licensed,1\n",
                      {"c.mp4"});
  const StoredScan second = add(FolderCorpus());
  EXPECT_THAT(problem_counts(second.problems), ElementsAre(Pair("withdrawn", 1)));
  EXPECT_EQ(second.new_subjects, 0);
  EXPECT_EQ(second.new_sightings, 0);
  EXPECT_EQ(store_.withdrawn_media().size(), 3U);
  for (const MediaRow& medium : store_.media(first.corpus.id)) {
    EXPECT_EQ(store_.sightings(medium.id).size(), medium.rel_path == "b.mp4" ? 2U : 1U);
  }
}

TEST_F(RegistrationOfFrames, OfWhoTookBackTheirConsentKeepTheirPlaces) {
  const auto own = places("100");
  const auto of_another = places("200");
  (void)forget_subject(database_, BlobStore(dir_ / "objects"),
                       {"c", "1", "a letter", false, false});
  const StoredScan second = register_corpus(database_, roots_, IjbcCorpus(), "c", "2", root());
  EXPECT_THAT(problem_counts(second.problems), Contains(Pair("withdrawn", 1)));
  corpus_ = second.corpus.id;
  EXPECT_THAT(places("100"), ::testing::UnorderedElementsAreArray(own));
  EXPECT_THAT(places("200"), ::testing::UnorderedElementsAreArray(of_another));
  const auto number = [this](const std::string& what) {
    return database_.connection().get_int(
        "SELECT count(*) FROM sighting JOIN subject USING(subject_id) WHERE corpus_id=" +
        std::to_string(corpus_.value) + " AND " + what);
  };
  EXPECT_GT(number("withdrawn_at IS NOT NULL"), 3);
  EXPECT_EQ(number("withdrawn_at IS NOT NULL AND coalesce(x,y,w,h,yaw,roll,occ_mask,facial_hair,"
                   "indoor) IS NOT NULL"),
            0);
  EXPECT_EQ(second.new_sightings, number("withdrawn_at IS NULL"));
}

TEST_F(Registration, ReportsEditedTermsAndKeepsTheStoredOnes) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,0\n", {"a.mp4"});
  add(FolderCorpus());
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\n", {});
  const StoredScan edited = add(FolderCorpus());
  EXPECT_THAT(problem_counts(edited.problems), ElementsAre(Pair("changed_terms", 1)));
  EXPECT_EQ(store_.media(edited.corpus.id).front().redistributable, false);
}

TEST_F(Registration, RemembersRootAndAdapter) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\n", {"a.mp4"});
  const StoredScan scan = add(FolderCorpus());
  EXPECT_EQ(adapter_of_alias(scan.corpus.root_alias), "folder");
  EXPECT_EQ(CorpusRoots(database_.path()).resolve(scan.corpus.root_alias), root());
  EXPECT_THROW((void)adapter_of_alias("clips"), Error);
}

TEST_F(Registration, RefusesANameOfAnotherAdapterOrWithOtherTerms) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\n", {"a.mp4"});
  write_ijbc_fixture(root());
  add(FolderCorpus(), "folder-one");
  EXPECT_THROW(add(IjbcCorpus(), "folder-one"), Error);
  add(IjbcCorpus(), "ijbc-one");
  IjbcOptions options;
  options.licence = "another agreement";
  EXPECT_THROW(add(IjbcCorpus(options), "ijbc-one"), Error);
}

TEST_F(Registration, StoresNothingOfACorpusWithABrokenList) {
  write_folder_corpus(root(), kHeader + "a.mp4,p,MIT,licensed,1\nb.mp4,\"p\n", {"a.mp4"});
  EXPECT_THROW(add(FolderCorpus()), Error);
  EXPECT_TRUE(store_.corpora().empty());
}

TEST_F(Registration, TurnsSecondsIntoFrames) {
  std::filesystem::create_directories(root());
  ClipSpec clip;
  clip.n_frames = 50;
  clip.frame_rate = {25, 1};
  write_clip(root() / "a.mp4", clip);
  write_bytes(root() / "subjects.csv",
              "path,subject,licence,consent_basis,redistributable,start_s,end_s\n"
              "a.mp4,p,MIT,licensed,1,0.4,1.0\na.mp4,q,MIT,licensed,1,1.01,\n");
  const StoredScan scan = add(FolderCorpus());
  const std::vector<SightingRow> rows = store_.sightings(store_.media(scan.corpus.id).front().id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].frame, 10);
  EXPECT_EQ(rows[0].last_frame, 24);
  EXPECT_EQ(rows[1].frame, 26);
  EXPECT_FALSE(rows[1].last_frame);
}

}  // namespace
}  // namespace changeling
