#include "common/base/signature.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(SigningKey, SignsAsTheStandardSays) {
  // RFC 8032, section 7.1, test 2: secret 4ccd089b..a6fb as PKCS #8, message 72.
  const SigningKey key = SigningKey::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
      "-----END PRIVATE KEY-----\n");
  EXPECT_EQ(key.sign("\x72"),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(SigningKey, RoundTripsThroughPem) {
  const SigningKey key = SigningKey::generate();
  const SigningKey again = SigningKey::from_pem(key.to_pem());
  EXPECT_EQ(key.sign("text"), again.sign("text"));
  EXPECT_EQ(VerifyingKey::from_pem(key.verifying_key().to_pem()).id(), key.verifying_key().id());
  EXPECT_EQ(key.verifying_key().id().size(), 16U);
  EXPECT_NE(SigningKey::generate().verifying_key().id(), key.verifying_key().id());
}

TEST(SigningKey, KeyedDigestsDependOnKeyPurposeAndText) {
  const SigningKey key = SigningKey::generate();
  const Digest digest = key.keyed_digest("person", "ab");
  EXPECT_EQ(digest, SigningKey::from_pem(key.to_pem()).keyed_digest("person", "ab"));
  EXPECT_NE(digest, key.keyed_digest("clip", "ab"));
  EXPECT_NE(digest, key.keyed_digest("persona", "b"));
  EXPECT_NE(digest, SigningKey::generate().keyed_digest("person", "ab"));
}

TEST(VerifyingKey, AcceptsExactlyTheSignedBytes) {
  const SigningKey key = SigningKey::generate();
  const VerifyingKey checker = key.verifying_key();
  const std::string signature = key.sign("label=fake");
  EXPECT_TRUE(checker.verify("label=fake", signature));
  EXPECT_FALSE(checker.verify("label=real", signature));
  EXPECT_FALSE(SigningKey::generate().verifying_key().verify("label=fake", signature));
  std::string flipped = signature;
  flipped[0] = flipped[0] == '0' ? '1' : '0';
  EXPECT_FALSE(checker.verify("label=fake", flipped));
  EXPECT_FALSE(checker.verify("label=fake", ""));
  EXPECT_FALSE(checker.verify("label=fake", std::string(128, 'g')));
}

TEST(VerifyingKey, RefusesOtherFiles) {
  EXPECT_THROW((void)VerifyingKey::from_pem(""), Error);
  EXPECT_THROW((void)VerifyingKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n"), Error);
  EXPECT_THROW((void)SigningKey::from_pem(SigningKey::generate().verifying_key().to_pem()), Error);
}

}  // namespace
}  // namespace changeling
