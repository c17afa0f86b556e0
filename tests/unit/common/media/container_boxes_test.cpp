#include "common/media/container_boxes.h"

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using namespace std::string_literals;

std::string box(const std::string& type, const std::string& content) {
  const std::size_t bytes = content.size() + 8;
  return std::string{static_cast<char>(bytes >> 24), static_cast<char>(bytes >> 16),
                     static_cast<char>(bytes >> 8), static_cast<char>(bytes)} +
         type + content;
}

/// "path bytes, path bytes" of a file of these bytes.
std::string boxes_of(const std::string& bytes) {
  const TempDir folder;
  write_file_atomically(folder / "a.mp4", bytes);
  std::string text;
  for (const ContainerBox& found : container_boxes(folder / "a.mp4")) {
    text += (text.empty() ? "" : ", ") + found.path + " " + std::to_string(found.bytes);
  }
  return text;
}

TEST(ContainerBoxes, AreListedInOrderWithThoseOfMoov) {
  EXPECT_EQ(boxes_of(box("ftyp", "isom") + box("moov", box("mvhd", "12") + box("udta", "")) +
                     box("mdat", "123")),
            "ftyp 12, moov 26, moov/mvhd 10, moov/udta 8, mdat 11");
}

TEST(ContainerBoxes, KnowLongSizesAndTheLastBox) {
  EXPECT_EQ(boxes_of(box("ftyp", "") + "\0\0\0\1mdat\0\0\0\0\0\0\0\x12xx"s + "\0\0\0\0freeabc"s),
            "ftyp 8, mdat 18, free 11");
}

TEST(ContainerBoxes, EndAtDamage) {
  EXPECT_EQ(boxes_of(""), "");
  EXPECT_EQ(boxes_of("\x1a\x45\xdf\xa3 no mp4 at all"), "");
  EXPECT_EQ(boxes_of(box("ftyp", "") + "\0\0\0\4free"s), "ftyp 8") << "shorter than its header";
  EXPECT_EQ(boxes_of(box("ftyp", "") + "\0\1\0\0free"s), "ftyp 8") << "past the end";
  EXPECT_EQ(boxes_of(box("ftyp", "") + "\0\0\0\1free\xff\xff\xff\xff\xff\xff\xff\xff"s), "ftyp 8");
  EXPECT_EQ(boxes_of(box("ftyp", "") + box("moov", "\0\0\0\2mvhd"s)), "ftyp 8, moov 16");
  EXPECT_THROW((void)container_boxes("/no/such/file"), Error);
}

}  // namespace
}  // namespace changeling
