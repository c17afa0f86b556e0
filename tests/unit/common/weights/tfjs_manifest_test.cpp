#include "common/weights/tfjs_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "tests/support/refusal.h"
#include "tests/unit/common/weights/wire_writer.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kManifest = R"([{"paths":["w.bin"],"weights":[
  {"name":"f","shape":[2],"dtype":"float32"},
  {"name":"q","shape":[1,3],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-1.25}}]}])";

std::string refusal(const std::string& manifest, const std::string& data) {
  std::string message =
      refusal_of(ErrorKind::kModel, [&] { (void)read_tfjs_weights(manifest, data, "bad.bin"); });
  EXPECT_THAT(message, HasSubstr("bad.bin"));
  return message;
}

std::string one_weight(const std::string& rest) {
  return R"([{"paths":[],"weights":[{"name":"w",)" + rest + "}]}]";
}

TEST(TfjsManifest, DecodesFloatsAndQuantisedBytes) {
  const auto tensors = read_tfjs_weights(
      kManifest, float_bytes({1.5F, -2}) + std::string("\x00\x02\xFF", 3), "w.bin");
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_THAT(tensors[0].values, ElementsAre(1.5F, -2.0F));
  EXPECT_EQ(tensors[1].name, "q");
  EXPECT_THAT(tensors[1].shape, ElementsAre(1, 3));
  EXPECT_THAT(tensors[1].values, ElementsAre(-1.25F, -0.25F, 126.25F));
}

TEST(TfjsManifest, RefusesDataOfAnotherLength) {
  EXPECT_THAT(refusal(kManifest, float_bytes({1, 2})), HasSubstr("ends inside 'q'"));
  EXPECT_THAT(refusal(kManifest, float_bytes({1, 2, 3})), HasSubstr("1 bytes behind"));
}

TEST(TfjsManifest, RefusesOtherTypesAndShapes) {
  EXPECT_THAT(refusal(one_weight(R"("shape":[1],"dtype":"int32")"), "1234"), HasSubstr("int32"));
  EXPECT_THAT(
      refusal(
          one_weight(
              R"("shape":[1],"dtype":"float32","quantization":{"dtype":"uint16","scale":1,"min":0})"),
          "12"),
      HasSubstr("uint16"));
  EXPECT_THAT(
      refusal(
          one_weight(R"("shape":[1],"dtype":"float32","quantization":{"dtype":"uint8","min":0})"),
          "1"),
      HasSubstr("damaged manifest"));
  EXPECT_THAT(
      refusal(
          one_weight(
              R"("shape":[1],"dtype":"float32","quantization":{"dtype":"uint8","scale":1e400,"min":0})"),
          "1"),
      HasSubstr("tfjs"));
  EXPECT_THAT(refusal(one_weight(R"("shape":[-1],"dtype":"float32")"), ""), HasSubstr("shape"));
  EXPECT_THAT(refusal(one_weight(R"("shape":[4294967296,4294967296],"dtype":"float32")"), ""),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refusal(R"([{"weights":[{"name":"w","shape":[],"dtype":"float32"},
                          {"name":"w","shape":[],"dtype":"float32"}]}])",
                      "12345678"),
              HasSubstr("stands twice"));
}

TEST(TfjsManifest, RefusesWhatIsNoManifest) {
  EXPECT_THAT(refusal("", ""), HasSubstr("damaged manifest"));
  EXPECT_THAT(refusal("7", ""), HasSubstr("damaged manifest"));
  EXPECT_THAT(refusal("[{}]", ""), HasSubstr("damaged manifest"));
  EXPECT_THAT(refusal("[{\"weights\":[{\"name\":\"\xFF\"}]}]", ""), HasSubstr("damaged manifest"));
}

TEST(TfjsManifest, DamagedTextNeverCrashes) {
  CounterRng rng(13);
  for (int round = 0; round < 3000; ++round) {
    std::string manifest = kManifest;
    for (std::uint64_t edits = 1 + rng.below(3); edits > 0; --edits) {
      manifest[rng.below(manifest.size())] = static_cast<char>(rng.below(128));
    }
    try {
      (void)read_tfjs_weights(manifest, std::string(11, 'x'), "x");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

}  // namespace
}  // namespace changeling
