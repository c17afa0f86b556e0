#include "common/packs/frame_pack.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/weights/safetensors.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_pack.h"

namespace changeling {
namespace {

using testing::HasSubstr;

template <typename Work>
std::string refusal(const Work& work) {
  return refusal_of(ErrorKind::kInput, work);
}

std::string write_refusal(const FramePack& pack) {
  return refusal([&] { (void)serialize_frame_pack(pack); });
}

std::string read_refusal(const std::string& bytes) {
  return refusal([&] { (void)parse_frame_pack(bytes, "p"); });
}

/// A file with valid digest whose head or tensors were changed.
template <typename Change>
std::string forged(const Change& change) {
  const SafetensorsFile file =
      SafetensorsFile::parse(serialize_frame_pack(tiny_pack("train", "a")), "p");
  std::vector<TensorView> tensors = file.tensors();
  SafetensorsMetadata metadata = file.metadata();
  change(tensors, metadata);
  return serialize_safetensors(tensors, sealed(metadata, tensors));
}

std::string forged_head(const std::string& from, const std::string& to) {
  return forged([&](std::vector<TensorView>&, SafetensorsMetadata& metadata) {
    std::string& head = metadata["head"];
    ASSERT_NE(head.find(from), std::string::npos) << head;
    head.replace(head.find(from), from.size(), to);
  });
}

TEST(FramePack, RoundTripKeepsEverything) {
  const FramePack pack = tiny_pack("val", "a");
  const FramePack copy = parse_frame_pack(serialize_frame_pack(pack), "p");
  EXPECT_EQ(copy.part, "val");
  EXPECT_EQ(copy.layout.resolution_px, 16);
  EXPECT_EQ(copy.layout.crop_scale, 1.2);
  EXPECT_EQ(copy.layout.landmarks, 5);
  EXPECT_EQ(copy.layout.mask_source, "hull");
  ASSERT_EQ(copy.sequences.size(), 2U);
  EXPECT_EQ(copy.sequences[1].subject, "tiny/a1");
  EXPECT_EQ(copy.sequences[1].frames, 3);
  EXPECT_EQ(copy.terms.at(0).licence, "CC0-1.0");
  EXPECT_TRUE(copy.terms.at(0).redistributable);
  EXPECT_EQ(copy.pixels, pack.pixels);
  EXPECT_EQ(copy.masks, pack.masks);
  EXPECT_EQ(copy.landmarks, pack.landmarks);
  EXPECT_EQ(copy.poses, pack.poses);
  EXPECT_EQ(copy.sharpness, pack.sharpness);
  EXPECT_EQ(copy.frame_index, pack.frame_index);
}

TEST(FramePack, IsNamedByItsContent) {
  const TempDir folder;
  const Digest digest = write_frame_pack(folder.path(), tiny_pack("train", "a"));
  const std::filesystem::path path = folder / frame_pack_name(digest);
  EXPECT_EQ(sha256_file(path), digest);
  EXPECT_EQ(read_frame_pack(path).frame_count(), 6);
}

TEST(FramePack, BytesPerFrameIsWhatAFrameAdds) {
  const auto bytes = [](int frames) {
    return static_cast<std::int64_t>(
        serialize_frame_pack(tiny_pack("train", "a", 1, frames, 32)).size());
  };
  const double added = static_cast<double>(bytes(60) - bytes(20)) / 40;
  EXPECT_NEAR(added, static_cast<double>(bytes_per_frame({32, 1.2, 5, "given", "hull"})), 1);
}

TEST(FramePack, FindsEveryTruncationAndEveryFlippedByte) {
  const std::string good = serialize_frame_pack(tiny_pack("train", "a", 1, 1));
  for (std::size_t size = 0; size < good.size(); size += 97) {
    EXPECT_NE(read_refusal(good.substr(0, size)), "accepted") << size;
  }
  for (std::size_t place = 0; place < good.size(); place += 13) {
    std::string bad = good;
    bad[place] = static_cast<char>(bad[place] ^ 0x10);
    EXPECT_NE(read_refusal(bad), "accepted") << place;
  }
}

TEST(FramePack, RefusesHostileLengths) {
  std::string bytes = serialize_frame_pack(tiny_pack("train", "a", 1, 1));
  bytes[6] = '\x7f';  // the header's length becomes 2^54
  EXPECT_THAT(read_refusal(bytes), HasSubstr("not a valid safetensors file"));
  EXPECT_THAT(read_refusal(forged_head("\"frames\":3", "\"frames\":9000000000000000000")),
              HasSubstr("'frames' is not a whole number in"));
  EXPECT_THAT(read_refusal(forged_head("\"frames\":3", "\"frames\":18446744073709551615")),
              HasSubstr("'frames' is not a whole number in"));
  EXPECT_THAT(read_refusal(forged_head("\"resolution_px\":16", "\"resolution_px\":1e300")),
              HasSubstr("'resolution_px' is not a whole number in"));
}

TEST(FramePack, RefusesAHeadThatDoesNotFit) {
  EXPECT_THAT(read_refusal(forged_head("\"frames\":3", "\"frames\":4")),
              HasSubstr("frame indices of a sequence do not ascend"));
  EXPECT_THAT(read_refusal(forged_head("\"frames\":3", "\"frames\":7")), HasSubstr("do not tile"));
  EXPECT_THAT(read_refusal(forged_head("\"resolution_px\":16", "\"resolution_px\":32")),
              HasSubstr("does not have the type and shape"));
  EXPECT_THAT(read_refusal(forged_head("\"resolution_px\":16", "\"resolution_px\":17")),
              HasSubstr("not a multiple of 16"));
  EXPECT_THAT(read_refusal(forged_head("\"part\":\"train\"", "\"part\":\"holdout\"")),
              HasSubstr("'part' is not train, val or test"));
  EXPECT_THAT(read_refusal(forged_head("\"part\"", "\"pard\"")), HasSubstr("no 'part'"));
  EXPECT_THAT(read_refusal(forged_head("\"video\":\"video-a0\"", "\"video\":3")),
              HasSubstr("'video' is not text"));
  EXPECT_THAT(read_refusal(forged_head("\"mask_source\":\"hull\"", "\"mask_source\":\"none\"")),
              HasSubstr("a tensor that no frame pack has"));
  EXPECT_THAT(read_refusal(forged_head("{", "")), HasSubstr("parse error"));
}

TEST(FramePack, RefusesMissingAndForeignTensors) {
  EXPECT_THAT(read_refusal(forged([](std::vector<TensorView>& tensors, SafetensorsMetadata&) {
                tensors.pop_back();
              })),
              HasSubstr("is missing"));
  EXPECT_THAT(read_refusal(forged([](std::vector<TensorView>& tensors, SafetensorsMetadata&) {
                tensors.push_back({"z", DType::kU8, {0}, {}});
              })),
              HasSubstr("a tensor that no frame pack has"));
  EXPECT_THAT(read_refusal(forged([](std::vector<TensorView>&, SafetensorsMetadata& metadata) {
                metadata["version"] = "2";
              })),
              HasSubstr("another format or version"));
}

TEST(FramePack, WritesNothingThatItWouldRefuse) {
  FramePack pack = tiny_pack("train", "a");
  pack.landmarks[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(write_refusal(pack), HasSubstr("not finite"));
  pack = tiny_pack("train", "a");
  pack.masks[5] = 3;
  EXPECT_THAT(write_refusal(pack), HasSubstr("mask value"));
  pack = tiny_pack("train", "a");
  pack.frame_index[1] = pack.frame_index[0];
  EXPECT_THAT(write_refusal(pack), HasSubstr("do not ascend"));
  pack = tiny_pack("train", "a");
  pack.sharpness[0] = -1;
  EXPECT_THAT(write_refusal(pack), HasSubstr("negative"));
  pack = tiny_pack("train", "a");
  pack.terms.clear();
  EXPECT_THAT(write_refusal(pack), HasSubstr("no corpus"));
  pack = tiny_pack("train", "a");
  pack.pixels.pop_back();
  EXPECT_THAT(write_refusal(pack), HasSubstr("pixels"));
  EXPECT_THAT(write_refusal(FramePack()), HasSubstr("not a valid frame pack"));
}

TEST(FramePack, MissingAndOversizedFilesAreNamed) {
  const TempDir folder;
  EXPECT_THAT(refusal([&] { (void)read_frame_pack(folder / "none"); }), HasSubstr("none"));
  write_file_atomically(folder / "large", "x");
  std::filesystem::resize_file(folder / "large", kMaxPackBytes + 1);  // sparse
  EXPECT_THAT(refusal([&] { (void)read_frame_pack(folder / "large"); }), HasSubstr("is larger"));
}

}  // namespace
}  // namespace changeling
