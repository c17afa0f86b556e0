#include "catalog/degrade/render.h"

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "catalog/degrade/frame_steps.h"
#include "common/base/error.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

/// Frames of a file one by one.
class FrameSequence {
 public:
  explicit FrameSequence(const std::filesystem::path& file) : file_(file), reader_(file) {}

  [[nodiscard]] const VideoInfo& info() const { return reader_.info(); }

  /// Frame `index`, not before the one asked last. Throws Error(kInput) past the end.
  const Frame& at(std::int64_t index) {
    while (index_ < index) {
      std::optional<FrameBatch> batch = reader_.next_batch(1);
      if (!batch) {
        throw Error(ErrorKind::kInput, "'" + file_.string() + "' ends at frame " +
                                           std::to_string(index_ + 1) + ", frame " +
                                           std::to_string(index) + " is needed");
      }
      frame_ = std::move(batch->frames.front());
      ++index_;
    }
    return *frame_;
  }

 private:
  std::filesystem::path file_;
  VideoReader reader_;
  std::optional<Frame> frame_;
  std::int64_t index_ = -1;
};

/// A file that is gone with its owner.
struct ScratchFile {
  explicit ScratchFile(std::filesystem::path file) : path(std::move(file)) {}

  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }

  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  std::filesystem::path path;
};

/// `parent` is what the frames come from.
LabeledVideoWriter::Settings writer_settings(const ClipShape& shape, const VideoInfo& parent) {
  LabeledVideoWriter::Settings settings;
  settings.show_as(parent);
  settings.width_px = shape.width_px;
  settings.height_px = shape.height_px;
  settings.frame_rate = shape.frame_rate;
  return settings;
}

LabeledVideoWriter::Settings mask_settings(const ClipShape& shape, const VideoInfo& parent) {
  LabeledVideoWriter::Settings settings = writer_settings(shape, parent);
  settings.content = StreamContent::kMask;
  settings.encode.codec = "ffv1";
  return settings;
}

/// Writes `shape.n_frames` frames at its rate.
WrittenVideo write_frames(const std::filesystem::path& out,
                          const LabeledVideoWriter::Settings& settings, const ClipShape& shape,
                          const Provenance& provenance,
                          const std::function<Frame(std::int64_t)>& frame_of) {
  LabeledVideoWriter writer(out, settings, provenance);
  const double period =
      static_cast<double>(shape.frame_rate.denominator) / shape.frame_rate.numerator;
  for (std::int64_t i = 0; i < shape.n_frames; ++i) {
    writer.write(frame_of(i), static_cast<double>(i) * period);
  }
  return writer.finish();
}

/// The steps up to a codec, and that codec.
struct Stage {
  std::vector<Step> filters;
  Step codec;
};

std::vector<Stage> stages_of(const std::vector<Step>& steps) {
  std::vector<Stage> stages;
  Stage stage;
  for (const Step& step : steps) {
    if (step.is_codec()) {
      stage.codec = step;
      stages.push_back(std::exchange(stage, {}));
    } else {
      stage.filters.push_back(step);
    }
  }
  CHANGELING_REQUIRE(!stages.empty() && stage.filters.empty(), "a recipe ends with a codec");
  return stages;
}

/// Of the stage that lowers the rate the job's change says which frames are kept.
ShapeChange stage_change(const Stage& stage, const RenderJob& job, const ClipShape& from) {
  ShapeChange change = change_of(from, stage.filters);
  if (!job.shape.picks.empty() && lowers_rate(from, stage.filters)) {
    change.picks = job.shape.picks;
    change.to.n_frames = job.shape.to.n_frames;
  }
  return change;
}

WrittenVideo run_stage(const Stage& stage, const RenderJob& job, const ClipShape& from,
                       const std::filesystem::path& in, const std::filesystem::path& out) {
  FrameSequence frames(in);
  const ShapeChange shape = stage_change(stage, job, from);
  LabeledVideoWriter::Settings settings = writer_settings(shape.to, frames.info());
  settings.encode = encode_options(stage.codec);
  return write_frames(out, settings, shape.to, job.provenance, [&](std::int64_t i) {
    Frame frame = frames.at(shape.parent_frame(i));
    for (const Step& step : stage.filters) {
      if (step.type != StepType::kRate) {
        frame = degrade(frame, step, i);
      }
    }
    return frame;
  });
}

/// Grey of a decoded mask: its three channels are equal.
Frame gray_of(const Frame& frame) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(frame.size_bytes() / 3);
  for (std::size_t i = 0; i < frame.size_bytes(); i += 3) {
    pixels.push_back(frame.data()[i]);
  }
  return {frame.width_px(), frame.height_px(), PixelFormat::kGray8, std::move(pixels)};
}

}  // namespace

WrittenVideo render_clip(const RenderJob& job) {
  const std::vector<Stage> stages = stages_of(job.steps);
  ClipShape shape = job.shape.from;
  std::filesystem::path in = job.parent;
  std::optional<ScratchFile> between;
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    std::filesystem::path out = job.out;
    out += "." + std::to_string(i) + ".mp4";
    (void)run_stage(stages[i], job, shape, in, out);
    shape = stage_change(stages[i], job, shape).to;
    between.emplace(out);
    in = std::move(out);
  }
  return run_stage(stages.back(), job, shape, in, job.out);
}

WrittenVideo render_mask(const RenderJob& job) {
  FrameSequence frames(job.parent);
  const ClipShape& to = job.shape.to;
  return write_frames(job.out, mask_settings(to, frames.info()), to, job.provenance,
                      [&](std::int64_t i) {
                        return resize_nearest(gray_of(frames.at(job.shape.parent_frame(i))),
                                              to.width_px, to.height_px);
                      });
}

Survivors find_survivors(const std::filesystem::path& fake, const std::filesystem::path& control,
                         const std::filesystem::path& alpha, const std::filesystem::path& out,
                         const ClipShape& shape, const Provenance& provenance) {
  constexpr int kLevels = 2;
  FrameSequence fakes(fake), controls(control), alphas(alpha);
  std::int64_t swapped = 0;
  std::int64_t survived = 0;
  const auto mask_of = [&](std::int64_t i) {
    const Frame& f = fakes.at(i);
    const Frame& c = controls.at(i);
    const Frame& a = alphas.at(i);
    CHANGELING_REQUIRE(f.size_bytes() == c.size_bytes() && f.size_bytes() == a.size_bytes(),
                       "fake, control and alpha of a rendition have one size");
    std::vector<std::uint8_t> mask(f.size_bytes() / 3, 0);
    for (std::size_t k = 0; k < f.size_bytes(); ++k) {
      if (std::abs(int{f.data()[k]} - int{c.data()[k]}) > kLevels) {
        mask[k / 3] = 255;
      }
    }
    for (std::size_t k = 0; k < mask.size(); ++k) {
      swapped += a.data()[3 * k] > 0 ? 1 : 0;
      survived += a.data()[3 * k] > 0 && mask[k] > 0 ? 1 : 0;
    }
    return Frame(f.width_px(), f.height_px(), PixelFormat::kGray8, std::move(mask));
  };
  Survivors found;
  found.mask = write_frames(out, mask_settings(shape, fakes.info()), shape, provenance, mask_of);
  found.survival = swapped > 0 ? static_cast<double>(survived) / static_cast<double>(swapped) : 0;
  return found;
}

}  // namespace changeling
