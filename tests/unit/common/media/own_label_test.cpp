#include "common/media/own_label.h"

#include <fstream>

#include <gmock/gmock.h>

#include "common/base/atomic_file.h"
#include "common/base/png_label.h"
#include "common/media/image_codec.h"
#include "common/media/xmp_box.h"
#include "tests/support/labeled_clip.h"
#include "tests/support/process.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

class OwnLabel : public ::testing::Test {
 protected:
  std::filesystem::path write_ours(const std::string& name, Label label) {
    ClipSpec clip;
    clip.n_frames = 3;
    return write_labeled_clip(folder_ / name, draw_frames(clip), Provenance(label)).path;
  }

  std::filesystem::path treated(const std::filesystem::path& clip, const std::string& name,
                                const std::vector<std::string>& options) {
    std::vector<std::string> argv = {"ffmpeg", "-v", "error", "-y", "-i", clip};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(folder_ / name);
    run_or_throw(argv);
    return folder_ / name;
  }

  std::filesystem::path foreign(const std::string& name, const std::string& more) {
    ClipSpec clip;
    clip.n_frames = 3;
    write_clip(folder_ / name, clip);
    std::ofstream(folder_ / name, std::ios::app | std::ios::binary) << more;
    return folder_ / name;
  }

  TempDir folder_;
};

TEST_F(OwnLabel, OfAFakeSurvivesRemuxAndEncoding) {
  const std::filesystem::path fake = write_ours("fake.mp4", Label::kFake);
  for (const std::filesystem::path& clip :
       {fake, treated(fake, "copy.mkv", {"-c", "copy"}), treated(fake, "copy.mp4", {"-c", "copy"}),
        treated(fake, "again.mp4", {"-c:v", "libx264", "-vf", "scale=64:-2"})}) {
    EXPECT_EQ(label_of_clip(clip), "fake") << clip;
    EXPECT_THAT(fake_by_own_words(clip), Optional(HasSubstr("'fake'"))) << clip;
  }
}

TEST_F(OwnLabel, OfFootageIsNoFakes) {
  EXPECT_EQ(label_of_clip(write_ours("control.mp4", Label::kRealControl)), "real_control");
  EXPECT_EQ(fake_by_own_words(folder_ / "control.mp4"), std::nullopt);
  EXPECT_EQ(label_of_clip(foreign("plain.mp4", "")), "");
  EXPECT_EQ(fake_by_own_words(folder_ / "plain.mp4"), std::nullopt);
  EXPECT_EQ(fake_by_own_words(foreign("camera.mp4", xmp_box("digitalCapture"))), std::nullopt);
}

TEST_F(OwnLabel, SourceTypesOfOthersCountWhereverTheyStand) {
  EXPECT_THAT(fake_by_own_words(foreign("xmp.mp4", xmp_box("trainedAlgorithmicMedia"))),
              Optional(HasSubstr("trainedAlgorithmicMedia")));
  const std::string tag =
      "comment=https://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic";
  EXPECT_THAT(
      fake_by_own_words(treated(foreign("a.mp4", ""), "tag.mkv", {"-c", "copy", "-metadata", tag})),
      Optional(HasSubstr("compositeSynthetic")));
}

TEST_F(OwnLabel, IsFoundInPieces) {
  const std::string clip = read_file(write_ours("fake.mp4", Label::kFake));
  LabelFinder finder;
  for (std::size_t at = 0; at < clip.size(); at += 7) {
    finder.add(std::string_view(clip).substr(at, 7));
  }
  EXPECT_EQ(finder.label(), "fake");
}

/// At once and byte by byte.
void expect_found(const std::string& bytes, const std::string& label) {
  LabelFinder whole, pieces;
  whole.add(bytes);
  for (const char byte : bytes) {
    pieces.add(std::string_view(&byte, 1));
  }
  EXPECT_EQ(whole.label(), label);
  EXPECT_EQ(pieces.label(), label);
}

TEST(LabelFinder, IsNotMisledByWhatLooksLikeTheSentence) {
  const std::string bytes = "changeling label= x changeling label=" + std::string(80, 'y') +
                            " changeling label=fake job=";
  expect_found(bytes, "fake");
  EXPECT_EQ(label_of_tags({{"comment", bytes}}), "fake");
}

TEST(LabelFinder, TakesNoOtherWordForALabel) {
  const std::string bytes =
      "changeling label=x changeling label=fakes changeling label=real_control job=";
  expect_found(bytes, "real_control");
  EXPECT_EQ(label_of_tags({{"changeling_label", "x"}, {"comment", bytes}}), "real_control");
  EXPECT_EQ(label_of_tags({{"comment", "changeling label=x job="}}), "");
}

TEST(LabelSentences, AJobIsSixtyFourDigitsSoonBehindTheLabel) {
  const std::string key(64, 'a');
  const auto job_of = [](const std::string& behind) {
    const std::vector<LabelSentence> found = label_sentences("x changeling label=real" + behind);
    return found.size() == 1 && found.front().label == "real" ? found.front().job : "no sentence";
  };
  EXPECT_EQ(job_of(" job=" + key), key);
  EXPECT_EQ(job_of(std::string(16, ' ') + "job=" + key + "0"), key);
  EXPECT_EQ(job_of(std::string(17, ' ') + "job=" + key), "");
  EXPECT_EQ(job_of(" job=" + key.substr(1)), "");
  EXPECT_EQ(job_of(" job=A" + key.substr(1)), "");
  EXPECT_EQ(job_of(" "), "");
}

TEST(LabelSentences, AllAreTold) {
  const std::string second = "changeling label=real job=" + std::string(64, '0');
  const std::vector<LabelSentence> found = label_sentences("changeling label=fake " + second);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].label, "fake");
  EXPECT_EQ(found[0].job, "");
  EXPECT_EQ(found[1].job, std::string(64, '0'));
}

TEST_F(OwnLabel, OfAPictureIsInItsChunks) {
  const std::string png = encode_png(draw_frame(ClipSpec(), 0));
  const std::string fake = label_png(png, Label::kFake, "compositeCapture");
  const std::string real = label_png(png, Label::kReal, "");
  EXPECT_EQ(fake.size(), real.size()) << "sizes must tell nothing";
  EXPECT_TRUE(decode_image(fake) == decode_image(png));
  EXPECT_EQ(label_of_png(fake.substr(0, kPngLabelBytes)), "fake");
  EXPECT_EQ(label_of_png(real), "real");
  EXPECT_EQ(label_of_png(png), "");
  EXPECT_EQ(label_of_png("no picture"), "");
  write_file_atomically(folder_ / "fake.png", fake);
  write_file_atomically(folder_ / "real.png", real);
  write_file_atomically(folder_ / "made.png", label_png(png, Label::kReal, "compositeCapture"));
  EXPECT_THAT(fake_picture_by_own_words(folder_ / "fake.png"), Optional(HasSubstr("'fake'")));
  EXPECT_THAT(fake_picture_by_own_words(folder_ / "made.png"),
              Optional(HasSubstr("compositeCapture")));
  EXPECT_EQ(fake_picture_by_own_words(folder_ / "real.png"), std::nullopt);
  const std::string text =
      run_or_throw({"ffprobe", "-v", "error", "-err_detect", "crccheck+explode", "-show_entries",
                    "frame_tags", folder_ / "fake.png"});
  EXPECT_THAT(text, HasSubstr("changeling_label=fake")) << "other programs read it";
}

}  // namespace
}  // namespace changeling
