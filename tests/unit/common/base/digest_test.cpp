#include "common/base/digest.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(Digest, MatchesTheStandardsExample) {  // FIPS 180-2, appendix B.1
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, HexRoundTrips) {
  const Digest digest = sha256("x");
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
}

TEST(Digest, RefusesTextThatIsNotADigest) {
  EXPECT_THROW((void)Digest::from_hex("abc"), Error);
  EXPECT_THROW((void)Digest::from_hex(std::string(64, 'G')), Error);
}

TEST(Digest, FieldsDoNotRunTogether) {
  const Digest left = Sha256().update_field("ab").update_field("c").finish();
  const Digest right = Sha256().update_field("a").update_field("bc").finish();
  EXPECT_NE(left, right);
}

TEST(Digest, MissingFileIsAnInputError) {
  try {
    (void)sha256_file("/no/such/file");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
  }
}

}  // namespace
}  // namespace changeling
