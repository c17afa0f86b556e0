#include "tests/support/labeled_clip.h"

namespace changeling {

WrittenVideo write_labeled_clip(const std::filesystem::path& path, const std::vector<Frame>& frames,
                                const Provenance& provenance, const std::string& codec,
                                const std::optional<std::filesystem::path>& audio_from) {
  const bool is_mask = frames.front().format() == PixelFormat::kGray8;
  LabeledVideoWriter::Settings settings;
  settings.width_px = frames.front().width_px();
  settings.height_px = frames.front().height_px();
  settings.content = is_mask ? StreamContent::kMask : StreamContent::kVideo;
  settings.encode.codec = is_mask ? "ffv1" : codec;
  settings.audio_from = audio_from;
  LabeledVideoWriter writer(path, settings, provenance);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    writer.write(frames[i], static_cast<double>(i) / 25);
  }
  return writer.finish();
}

}  // namespace changeling
