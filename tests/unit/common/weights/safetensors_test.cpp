#include "common/weights/safetensors.h"

#include <cstdlib>
#include <initializer_list>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/rng.h"
#include "tests/fuzz/safetensors_check.h"
#include "tests/support/damaged.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

/// The message of the kModel error that parsing gives; fails the test when there is none.
std::string refusal(const std::string& bytes) {
  std::string message = refusal_of(ErrorKind::kModel,
                                   [&] { (void)SafetensorsFile::parse(bytes, "bad.safetensors"); });
  EXPECT_THAT(message, HasSubstr("bad.safetensors"));
  return message;
}

std::string refused_header(const std::string& header, std::size_t data_bytes) {
  return refusal(with_length(header, std::string(data_bytes, 'x')));
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

TEST(Safetensors, ASealIsWrittenAsItAlwaysWas) {
  const TensorView a = {"a", DType::kU8, {1, 2}, "hi"};
  const TensorView b = {"b", DType::kF32, {1}, "four"};
  const SafetensorsMetadata metadata = {{"id", "x"}, {"format", "tiny"}};
  const SafetensorsMetadata expected = {
      {"content_sha256", "8fbd89012e0dfd8356080791c192fdf91cef0954610493c1dd5971a4cb24c110"},
      {"format", "tiny"},
      {"id", "x"}};
  EXPECT_EQ(sealed(metadata, {b, a}), expected);
  EXPECT_EQ(sealed(expected, {a, b}), expected) << "a seal does not seal itself";
}

TEST(Safetensors, ASealHoldsForItsContentAlone) {
  const TensorView a = {"a", DType::kU8, {1}, "1"};
  const SafetensorsMetadata metadata = sealed({{"id", "x"}}, {a});
  const auto is_intact = [](const TensorView& tensor, const SafetensorsMetadata& entries) {
    return has_intact_seal(SafetensorsFile::parse(serialize_safetensors({tensor}, entries), "x"));
  };
  EXPECT_TRUE(is_intact(a, metadata));
  EXPECT_FALSE(is_intact({"a", DType::kU8, {1}, "2"}, metadata));
  EXPECT_FALSE(is_intact({"b", DType::kU8, {1}, "1"}, metadata));
  EXPECT_FALSE(is_intact({"a", DType::kI8, {1}, "1"}, metadata));
  EXPECT_FALSE(is_intact({"a", DType::kU8, {1, 1}, "1"}, metadata));
  for (const char* key : {"id", "added", "content_sha256"}) {
    SafetensorsMetadata other = metadata;
    other[key] = "y";
    EXPECT_FALSE(is_intact(a, other)) << key;
  }
  EXPECT_FALSE(is_intact(a, {{"id", "x"}})) << "never sealed";
}

TEST(Safetensors, EveryTypeHasItsSize) {
  for (const char* name : {"BOOL", "U8", "I8"}) {
    EXPECT_EQ(SafetensorsFile::parse(with_length(std::string(R"({"t":{"dtype":")") + name +
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
  EXPECT_THAT(refusal(with_length("{}", "").substr(0, 9)), HasSubstr("header length"));
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

/// A file with a few tensors, some metadata and an empty tensor.
std::string good_file() {
  return serialize_safetensors({{"a", DType::kF32, {1, 2}, "12345678"},
                                {"b", DType::kU8, {3}, "xyz"},
                                {"e", DType::kBF16, {0, 4}, ""}},
                               {{"k", "v"}});
}

TEST(Safetensors, DamagedBytesNeverCrash) {
  const std::string good = good_file();
  CounterRng rng(7);
  for (int round = 0; round < 3000; ++round) {
    EXPECT_EQ(safetensors_violation(damaged(good, rng)), std::nullopt) << round;
  }
}

TEST(Safetensors, DamagedHeadersBehindTheirRightLengthNeverCrash) {
  const std::string good = good_file();
  const std::size_t data_at = good.size() - 11;
  CounterRng rng(8);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes =
        with_length(damaged(good.substr(8, data_at - 8), rng), good.substr(data_at));
    ASSERT_EQ(safetensors_violation(bytes), std::nullopt) << round;
    try {
      static_cast<void>(SafetensorsFile::parse(bytes, "x"));
      ++accepted;
    } catch (const Error&) {}
  }
  EXPECT_GT(accepted, 5) << "some edits hit a name or a space; both sides must be reached";
  EXPECT_LT(accepted, 1500);
}

/// A header put together from parts that each stretch a rule.
std::string hostile_header(CounterRng& rng) {
  const auto pick = [&rng](std::initializer_list<const char*> options) {
    return std::string(options.begin()[rng.below(options.size())]);
  };
  const auto number = [&] {
    return pick({"0", "1", "2", "3", "-1", "1.5", "1e400", "4294967296", "9223372036854775807",
                 "9223372036854775808", "18446744073709551615", "99999999999999999999", "null",
                 "[]", "\"1\""});
  };
  const auto list = [&](std::uint64_t most) {
    std::string text = "[";
    for (std::uint64_t left = rng.below(most + 1); left > 0; --left) {
      text += number() + (left > 1 ? "," : "");
    }
    return text + "]";
  };
  std::string header = "{";
  for (std::uint64_t left = rng.below(4); left > 0; --left) {
    header += "\"" + pick({"a", "a", "b", "__metadata__", "\\u0000", "\\ud800", "\\n", "\xFF"}) +
              "\":{\"dtype\":\"" + pick({"U8", "F32", "F64", "BOOL", "F8", ""}) +
              "\",\"shape\":" + list(3) +
              ",\"data_offsets\":" + pick({"[0,1]", "[0,2]", "[1,0]", "[0,0]"}) +
              pick({"}", "}", "", ",\"x\":{}}"}) + (left > 1 ? "," : "");
    if (rng.below(3) == 0) {
      header +=
          ",\"z\":{\"dtype\":\"U8\",\"shape\":" + list(9) + ",\"data_offsets\":" + list(3) + "}";
    }
  }
  return header + pick({"}", "}", "}", "", "}}", "} {", "[[[[["});
}

TEST(Safetensors, HostileHeadersNeverCrash) {
  CounterRng rng(9);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string bytes = with_length(hostile_header(rng), std::string(rng.below(4), 'x'));
    ASSERT_EQ(safetensors_violation(bytes), std::nullopt) << round;
    try {
      static_cast<void>(SafetensorsFile::parse(bytes, "x"));
      ++accepted;
    } catch (const Error&) {}
  }
  EXPECT_GT(accepted, 20);
}

TEST(Safetensors, MessagesStayShortWhateverTheHeader) {
  const std::string name(100000, 'n');
  EXPECT_LT(refused_header("{\"" + name + "\":1}", 0).size(), 500U);
  EXPECT_LT(refused_header("[" + name, 0).size(), 500U);
  const std::string controls(100000, '\x7f');  // each is written out, "\x7f"
  EXPECT_LT(refused_header("{\"" + controls + "\xd9", 0).size(), 500U);
  EXPECT_LT(
      refused_header("{\"" + name + R"(":{"dtype":"U8","shape":[9007199254740993,4294967296],)" +
                         R"("data_offsets":[0,1]}})",
                     1)
          .size(),
      500U);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string good = good_file();
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(refusal(good.substr(0, length)).empty()) << length;
  }
}

TEST(Safetensors, DeepNestingIsRefusedWhereverItStands) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  for (const std::string& header :
       {"{\"a\":" + deep + "}", "{\"__metadata__\":" + deep + "}",
        R"({"a":{"dtype":"U8","shape":)" + deep + R"(,"data_offsets":[0,1]}})"}) {
    EXPECT_THAT(refused_header(header, 1), HasSubstr("nested too deeply"));
  }
}

TEST(ReadSafetensorsMetadata, ReadsTheHeaderAlone) {
  const TempDir dir;
  const std::filesystem::path file = dir / "x.safetensors";
  write_file_atomically(file, serialize_safetensors({}, {{"key", "value"}}) + "no tensor");
  EXPECT_EQ(read_safetensors_metadata(file), SafetensorsMetadata({{"key", "value"}}));
  const auto refused = [&](const std::string& bytes) {
    write_file_atomically(file, bytes);
    return refusal_of(ErrorKind::kModel, [&] { (void)read_safetensors_metadata(file); });
  };
  EXPECT_THAT(refused("short"), HasSubstr("shorter than 8 bytes"));
  EXPECT_THAT(refused(std::string("\x7f\0\0\0\0\0\0\0{}", 10)), HasSubstr("does not fit"));
  EXPECT_THAT(refused(with_length("{\"a\"", "")), HasSubstr("header"));
  std::filesystem::remove(file);
  EXPECT_THAT(refusal_of(ErrorKind::kModel, [&] { (void)read_safetensors_metadata(file); }),
              HasSubstr(file.string()));
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
