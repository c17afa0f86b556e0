#include "catalog/export/dataset_version.h"

#include <gmock/gmock.h>

#include "catalog/store/audit_log.h"
#include "catalog/store/dataset_store.h"
#include "tests/unit/catalog/export/export_fixture.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

VersionItem item(const std::string& key, const std::string& label, const std::string& part) {
  return {key, sha256(key), label, part};
}

TEST(VersionDiff, NamesEveryKindOfChange) {
  const VersionDiff diff =
      diff_items({item("a", "fake", "train"), item("b", "fake", "train"), item("c", "fake", "val")},
                 {item("b", "fake", "test"), item("c", "real", "val"), item("d", "fake", "val")});
  EXPECT_THAT(diff.removed, ElementsAre("a"));
  EXPECT_THAT(diff.moved, ElementsAre("b"));
  EXPECT_THAT(diff.relabelled, ElementsAre("c"));
  EXPECT_THAT(diff.added, ElementsAre("d"));
  EXPECT_TRUE(diff_items({item("a", "fake", "val")}, {item("a", "fake", "val")}).empty());
}

TEST(VersionRoot, CoversKeyStreamLabelAndPart) {
  const Digest root = version_root({item("a", "fake", "train")});
  EXPECT_NE(root, version_root({item("b", "fake", "train")}));
  EXPECT_NE(root, version_root({item("a", "real", "train")}));
  EXPECT_NE(root, version_root({item("a", "fake", "test")}));
  EXPECT_NE(root, version_root({{"a", sha256("x"), "fake", "train"}}));
}

class FreezeTest : public testing::Test {
 protected:
  FreezeTest() : catalog_(folder_.path(), small_catalog()) {}

  static ExportCatalogSpec small_catalog() {
    ExportCatalogSpec spec;
    spec.parts = {"train"};
    spec.n_frames = 6;
    return spec;
  }

  FrozenVersion freeze(const DatasetSpec& spec) {
    return freeze_version(catalog_.database(), spec, select_clips(catalog_.database(), spec),
                          AccessClass::kPublic);
  }

  static DatasetSpec one_fake(const std::string& version) {
    DatasetSpec spec = small_spec(version);
    spec.max_fakes_per_part = 1;
    return spec;
  }

  TempDir folder_;
  ExportCatalog catalog_;
};

TEST_F(FreezeTest, SealsItemsUnderTheirRoot) {
  const FrozenVersion version = freeze(small_spec());
  EXPECT_FALSE(version.existed);
  const std::vector<VersionItem> items = version_items(catalog_.database(), version.row.id);
  EXPECT_EQ(items.size(), 4U);
  EXPECT_EQ(version.row.merkle_root, version_root(items));
  EXPECT_EQ(version.row.access_class, "public");
  EXPECT_EQ(RunStore(catalog_.database()).find_run(version.row.run_id)->status, "ok");
  EXPECT_TRUE(AuditLog(catalog_.database()).verify().empty());
}

TEST_F(FreezeTest, AnEqualVersionIsFoundAgain) {
  const FrozenVersion first = freeze(small_spec());
  const FrozenVersion second = freeze(small_spec());
  EXPECT_TRUE(second.existed);
  EXPECT_EQ(second.row.id, first.row.id);
  EXPECT_EQ(publication_date(second), first.row.created_at.substr(0, 10));
}

TEST_F(FreezeTest, AVersionCannotChange) {
  freeze(small_spec());
  EXPECT_THAT(message_of([&] { freeze(one_fake("1.0.0")); }), HasSubstr("with other items"));
  DatasetSpec spec = small_spec();
  spec.card.title = "Another";
  EXPECT_THAT(message_of([&] { freeze(spec); }), HasSubstr("with another spec"));
  spec.version = "1.0.1";
  EXPECT_FALSE(freeze(spec).existed) << "equal items, written anew, are a PATCH";
}

TEST_F(FreezeTest, NumbersFollowWhatChanged) {
  freeze(one_fake("1.1.0"));
  EXPECT_THAT(message_of([&] { freeze(small_spec("1.0.0")); }), HasSubstr("above the newest"));
  EXPECT_THAT(message_of([&] { freeze(small_spec("1.1.1")); }), HasSubstr("needs a new MINOR"));
  freeze(small_spec("1.2.0"));
  EXPECT_THAT(message_of([&] { freeze(one_fake("1.3.0")); }), HasSubstr("needs a new MAJOR"));
  freeze(one_fake("2.0.0"));
}

TEST_F(FreezeTest, AWithdrawnVersionIsNotWrittenAgain) {
  const FrozenVersion version = freeze(small_spec());
  DatasetStore(catalog_.database()).invalidate(version.row.id);
  EXPECT_THAT(message_of([&] { freeze(small_spec()); }), HasSubstr("was withdrawn"));
}

TEST(DatasetSpec, RoundTripsAndRefusesBadValues) {
  DatasetSpec spec = small_spec();
  spec.mix = {{"fsgan", 1.0}};
  spec.select.sql = "SELECT 1";
  spec.card.licence = "CC-BY-4.0";
  EXPECT_EQ(DatasetSpec::from_json(spec.to_json()).to_json(), spec.to_json());
  EXPECT_THAT(spec.to_json(), testing::Not(HasSubstr("box_auc")))
      << "specs from before this limit stay what they are";
  spec.limits.box_auc = 0.6;
  EXPECT_EQ(DatasetSpec::from_json(spec.to_json()).limits.box_auc, 0.6);
  const auto refuses = [](auto&& change) {
    DatasetSpec bad = small_spec();
    change(bad);
    EXPECT_THROW(bad.check(), Error);
  };
  refuses([](DatasetSpec& s) { s.name = "Faces"; });
  refuses([](DatasetSpec& s) { s.name = "../faces"; });
  refuses([](DatasetSpec& s) { s.version = "1"; });
  refuses([](DatasetSpec& s) { s.formats.clear(); });
  refuses([](DatasetSpec& s) { s.mix = {{"a", 0.4}}; });
  refuses([](DatasetSpec& s) { s.select.parts = {"dev"}; });
  refuses([](DatasetSpec& s) { s.card.date_published = "1 May"; });
}

}  // namespace
}  // namespace changeling
