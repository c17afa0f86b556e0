#include "catalog/store/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/atomic_file.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class KeyRingTest : public testing::Test {
 protected:
  TempDir folder_;
  KeyRing keys_{folder_.path() / "keys"};
};

TEST_F(KeyRingTest, SignsWithTheKeyItMade) {
  const std::string id = keys_.make(false);
  EXPECT_EQ(keys_.signing_key().verifying_key().id(), id);
  EXPECT_TRUE(keys_.find(id)->verify("x", keys_.signing_key().sign("x")));

  struct stat info {};

  ASSERT_EQ(::stat((keys_.folder() / (id + ".key.pem")).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(KeyRingTest, ReplacingKeepsTheEarlierKey) {
  const std::string first = keys_.make(false);
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { keys_.make(false); }, &message), ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr(first));
  const std::string second = keys_.make(true);
  EXPECT_NE(first, second);
  EXPECT_EQ(keys_.signing_key().verifying_key().id(), second);
  EXPECT_EQ(keys_.signing_key(first).verifying_key().id(), first);
  const std::vector<KeyInfo> list = keys_.keys();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].is_current, list[0].id == second);
}

TEST_F(KeyRingTest, ForeignPublicKeysOnlyCheck) {
  const VerifyingKey foreign = SigningKey::generate().verifying_key();
  write_file_atomically(keys_.folder() / (foreign.id() + ".pub.pem"), foreign.to_pem());
  EXPECT_EQ(keys_.find(foreign.id())->id(), foreign.id());
  EXPECT_FALSE(keys_.keys().at(0).has_private);
  EXPECT_EQ(kind_thrown_by([&] { (void)keys_.signing_key(foreign.id()); }), ErrorKind::kConfig);
  EXPECT_FALSE(keys_.find("../../etc/passwd").has_value());
}

TEST_F(KeyRingTest, SaysHowToMakeAMissingKey) {
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)keys_.signing_key(); }, &message), ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("changeling keys init"));
  EXPECT_TRUE(keys_.keys().empty());
}

TEST_F(KeyRingTest, AFileWithAnotherKeyThanItsNameIsRefused) {
  const std::string id = keys_.make(false);
  write_file_atomically(keys_.folder() / (id + ".pub.pem"),
                        SigningKey::generate().verifying_key().to_pem());
  EXPECT_EQ(kind_thrown_by([&] { (void)keys_.find(id); }), ErrorKind::kConfig);
}

TEST_F(KeyRingTest, MakesAKeyOnFirstUseOnly) {
  const std::string id = keys_.signing_key_or_new().verifying_key().id();
  EXPECT_EQ(keys_.signing_key_or_new().verifying_key().id(), id);
  EXPECT_EQ(keys_.keys().size(), 1U);
}

TEST_F(KeyRingTest, RefusesAPrivateKeyThatOthersMayRead) {
  const std::string id = keys_.make(false);
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(::chmod((keys_.folder() / (id + ".key.pem")).c_str(), mode), 0);
    std::string message;
    EXPECT_EQ(kind_thrown_by([&] { (void)keys_.signing_key(); }, &message), ErrorKind::kConfig);
    EXPECT_THAT(message, HasSubstr("chmod 600"));
  }
}

TEST_F(KeyRingTest, ARevokedKeySignsNoMoreButStillChecks) {
  const std::string id = keys_.make(false);
  EXPECT_FALSE(keys_.revocation(id));
  keys_.revoke(id, "stolen");
  keys_.revoke(id, "again");
  EXPECT_EQ(keys_.revocation(id), "stolen");
  EXPECT_EQ(keys_.keys().at(0).revoked, "stolen");
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)keys_.signing_key(); }, &message), ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("keys rotate"));
  EXPECT_TRUE(keys_.find(id).has_value());
  EXPECT_EQ(kind_thrown_by([&] { keys_.revoke("0123456789abcdef", "r"); }), ErrorKind::kConfig);
}

}  // namespace
}  // namespace changeling
