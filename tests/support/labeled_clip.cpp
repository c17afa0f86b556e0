#include "tests/support/labeled_clip.h"

namespace changeling {

WrittenVideo write_labeled_clip(const std::filesystem::path& path, const std::vector<Frame>& frames,
                                const Provenance& provenance, const std::string& codec,
                                const std::optional<std::filesystem::path>& audio_from) {
  const auto frame_at = [&](int i) { return frames.at(static_cast<std::size_t>(i)); };
  return write_labeled_clip(path, static_cast<int>(frames.size()), frame_at, provenance, codec,
                            audio_from);
}

WrittenVideo write_labeled_clip(const std::filesystem::path& path, int n_frames,
                                const std::function<Frame(int)>& frame_at,
                                const Provenance& provenance, const std::string& codec,
                                const std::optional<std::filesystem::path>& audio_from) {
  Frame frame = frame_at(0);
  const bool is_mask = frame.format() == PixelFormat::kGray8;
  LabeledVideoWriter::Settings settings;
  settings.width_px = frame.width_px();
  settings.height_px = frame.height_px();
  settings.content = is_mask ? StreamContent::kMask : StreamContent::kVideo;
  settings.encode.codec = is_mask ? "ffv1" : codec;
  settings.audio_from = audio_from;
  LabeledVideoWriter writer(path, settings, provenance);
  writer.write(frame, 0);
  for (int i = 1; i < n_frames; ++i) {
    frame = frame_at(i);
    writer.write(frame, i / 25.0);
  }
  return writer.finish();
}

}  // namespace changeling
