// common/media/sound.h: whether a video has sound. Layer 1.
#pragma once

#include <filesystem>

namespace changeling {

/// Reads no more of the file than its head, where that names all streams. Throws Error(kInput) for
/// a file that cannot be opened.
[[nodiscard]] bool has_sound(const std::filesystem::path& path);

}  // namespace changeling
