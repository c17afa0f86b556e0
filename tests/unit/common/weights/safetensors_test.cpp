#include "common/weights/safetensors.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

using testing::HasSubstr;

std::string with_header(const std::string& header, const std::string& data) {
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>(header.size() >> (8 * i) & 0xFFU));
  }
  return bytes + header + data;
}

/// The message of the kModel error that parsing gives; fails the test when there is none.
std::string refusal(const std::string& bytes) {
  try {
    (void)SafetensorsFile::parse(bytes, "bad.safetensors");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(), HasSubstr("bad.safetensors"));
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

std::string refused_header(const std::string& header, std::size_t data_bytes) {
  return refusal(with_header(header, std::string(data_bytes, 'x')));
}

TEST(Safetensors, RoundTripKeepsTensorsAndMetadata) {
  const std::string floats("\0\0\x80\x3f\0\0\0\x40", 8);
  const std::string bytes = serialize_safetensors({{"b", DType::kF32, {2}, floats},
                                                   {"a", DType::kU8, {1, 3}, "xyz"},
                                                   {"e", DType::kI64, {0}, ""}},
                                                  {{"id", "tiny \"quoted\" \xC3\xA9"}});
  const SafetensorsFile file = SafetensorsFile::parse(bytes, "x");
  ASSERT_EQ(file.tensors().size(), 3U);
  EXPECT_EQ(file.find("b")->bytes, floats);
  EXPECT_EQ(file.find("a")->shape, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(file.find("a")->dtype, DType::kU8);
  EXPECT_TRUE(file.find("e")->bytes.empty());
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_EQ(file.metadata().at("id"), "tiny \"quoted\" \xC3\xA9");
}

TEST(Safetensors, WriterIsDeterministicWhateverTheOrder) {
  const TensorView a = {"a", DType::kU8, {1}, "1"};
  const TensorView b = {"b", DType::kU8, {1}, "2"};
  EXPECT_EQ(serialize_safetensors({a, b}, {}), serialize_safetensors({b, a}, {}));
}

TEST(Safetensors, WriterAlignsDataToEightBytes) {
  const std::string bytes = serialize_safetensors({{"a", DType::kU8, {1}, "1"}}, {});
  EXPECT_EQ((bytes.size() - 1) % 8, 0U);
}

TEST(Safetensors, WriterRefusesEqualNamesAndWrongSizes) {
  const TensorView a = {"a", DType::kU8, {1}, "1"};
  EXPECT_THROW((void)serialize_safetensors({a, a}, {}), Error);
  EXPECT_THROW((void)serialize_safetensors({{"a", DType::kF32, {1}, "1"}}, {}), Error);
  EXPECT_THROW((void)serialize_safetensors({{"a\xFF", DType::kU8, {1}, "1"}}, {}), Error);
  EXPECT_THROW((void)serialize_safetensors({{"__metadata__", DType::kU8, {1}, "1"}}, {}), Error);
}

TEST(Safetensors, EveryTypeHasItsSize) {
  for (const char* name : {"BOOL", "U8", "I8"}) {
    EXPECT_EQ(SafetensorsFile::parse(with_header(std::string(R"({"t":{"dtype":")") + name +
                                                     R"(","shape":[2],"data_offsets":[0,2]}})",
                                                 "ab"),
                                     "x")
                  .tensors()
                  .size(),
              1U);
  }
  EXPECT_EQ(size_of(DType::kBF16), 2U);
  EXPECT_EQ(size_of(DType::kF16), 2U);
  EXPECT_EQ(size_of(DType::kI64), 8U);
  EXPECT_EQ(to_string(DType::kBF16), "BF16");
}

TEST(Safetensors, RefusesHostileLengths) {
  EXPECT_THAT(refusal(""), HasSubstr("shorter than 8"));
  EXPECT_THAT(refusal(std::string(8, '\xFF')), HasSubstr("header length"));
  EXPECT_THAT(refusal(with_header("{}", "").substr(0, 9)), HasSubstr("header length"));
}

TEST(Safetensors, RefusesHeadersThatAreNoJsonObject) {
  EXPECT_THAT(refused_header("[]", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(refused_header("{", 0), HasSubstr("header"));
  EXPECT_THAT(refused_header("{\"\xFF\":1}", 0), HasSubstr("header"));
  EXPECT_THAT(refused_header(R"({"a":1})", 0), HasSubstr("not a JSON object"));
  EXPECT_THAT(refused_header(std::string(100000, '['), 0), HasSubstr("nested too deeply"));
  EXPECT_THAT(refused_header(R"({"__metadata__":{"a":1}})", 0), HasSubstr("not a string"));
}

TEST(Safetensors, RefusesNamesThatStandTwice) {
  const std::string entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(refused_header("{\"a\":" + entry + ",\"a\":" + entry + "}", 1),
              HasSubstr("stands twice"));
  EXPECT_THAT(
      refused_header(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
      HasSubstr("stands twice"));
}

TEST(Safetensors, RefusesRangesThatOverlapLeaveGapsOrLeaveTheFile) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  EXPECT_THAT(refused_header(two("[0,2]", "[1,3]"), 4), HasSubstr("overlaps"));
  EXPECT_THAT(refused_header(two("[0,2]", "[0,2]"), 2), HasSubstr("overlaps"));
  EXPECT_THAT(refused_header(two("[0,2]", "[3,5]"), 5), HasSubstr("gap"));
  EXPECT_THAT(refused_header(two("[1,3]", "[3,5]"), 5), HasSubstr("gap"));
  EXPECT_THAT(refused_header(two("[0,2]", "[2,4]"), 3), HasSubstr("outside the file"));
  EXPECT_THAT(refused_header(two("[0,2]", "[4,2]"), 4), HasSubstr("outside the file"));
  EXPECT_THAT(refused_header(two("[0,2]", "[2,4]"), 5), HasSubstr("behind the last"));
}

TEST(Safetensors, RefusesWrongSizesTypesAndShapes) {
  const auto one = [](const std::string& dtype, const std::string& shape,
                      const std::string& range) {
    return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + range +
           "}}";
  };
  EXPECT_THAT(refused_header(one(R"("F32")", "[1]", "[0,2]"), 2), HasSubstr("need 4"));
  EXPECT_THAT(refused_header(one(R"("F8")", "[1]", "[0,1]"), 1), HasSubstr("unknown dtype"));
  EXPECT_THAT(refused_header(one("7", "[1]", "[0,1]"), 1), HasSubstr("unknown dtype"));
  EXPECT_THAT(refused_header(one(R"("U8")", "[-1]", "[0,1]"), 1), HasSubstr("no whole number"));
  EXPECT_THAT(refused_header(one(R"("U8")", "[1.0]", "[0,1]"), 1), HasSubstr("no whole number"));
  EXPECT_THAT(refused_header(one(R"("U8")", "[18446744073709551615]", "[0,1]"), 1),
              HasSubstr("63 bits"));
  EXPECT_THAT(refused_header(one(R"("U8")", "[4294967296,4294967296]", "[0,0]"), 0),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refused_header(one(R"("F32")", "[0,4611686018427387904]", "[0,0]"), 0),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refused_header(one(R"("U8")", "1", "[0,1]"), 1), HasSubstr("needs a shape"));
  EXPECT_THAT(refused_header(R"({"a":{"dtype":"U8","shape":[1]}})", 1), HasSubstr("data_offsets"));
}

TEST(Safetensors, DamagedBytesNeverCrash) {
  const std::string good = serialize_safetensors(
      {{"a", DType::kF32, {1, 2}, "12345678"}, {"b", DType::kU8, {3}, "xyz"}}, {{"k", "v"}});
  CounterRng rng(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good;
    for (std::uint64_t edits = 1 + rng.below(3); edits > 0; --edits) {
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    }
    bytes.resize(rng.below(4) == 0 ? rng.below(bytes.size()) : bytes.size());
    try {
      const SafetensorsFile file = SafetensorsFile::parse(bytes, "x");
      for (const TensorView& tensor : file.tensors()) {
        EXPECT_EQ(tensor.bytes.size(),
                  static_cast<std::size_t>(element_count(tensor.shape, tensor.dtype, "x")) *
                      size_of(tensor.dtype));
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

TEST(Safetensors, OpenNamesTheMissingFile) {
  try {
    (void)SafetensorsFile::open("/nowhere/x.safetensors");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/x.safetensors"));
  }
}

}  // namespace
}  // namespace changeling
