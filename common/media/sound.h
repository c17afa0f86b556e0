// common/media/sound.h: whether a video has sound, and copies without it. Layer 1.
#pragma once

#include <filesystem>

namespace changeling {

/// Reads no more of the file than its head, where that names all streams. Throws Error(kInput) for
/// a file that cannot be opened.
[[nodiscard]] bool has_sound(const std::filesystem::path& path);

/// Writes the packets of the first video stream of `from` to `to`, in the container that the name
/// of `to` stands for, with the tags of the file and its XMP box; nothing else of `from`. A clip of
/// LabeledVideoWriter becomes what it would be without sound, byte for byte. Throws Error(kInput)
/// when `from` cannot be read or its video does not fit into the container, Error(kResource) when
/// `to` cannot be written.
void copy_without_sound(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace changeling
