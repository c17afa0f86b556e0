// common/media/muxer.h: how this module begins a file, for all its writers: what they write must
// differ in the streams alone. Layer 1, for this module's own sources.
#pragma once

#include <filesystem>

#include "common/media/ffmpeg_handles.h"

namespace changeling {

/// Makes a muxer for the file, in the named container or, without a name, in that of the file's
/// suffix; it writes no date, random id or version of a library. Returns FFmpeg's code; below 0
/// there is no muxer.
[[nodiscard]] int make_muxer(const char* container, const std::filesystem::path& path,
                             UniqueMuxer& muxer);

/// Adds a stream for the packets of another file's stream, without its time base. Throws
/// Error(kInternal) when FFmpeg cannot.
[[nodiscard]] AVStream& add_copied_stream(AVFormatContext& muxer, const AVStream& from);

/// Makes the file and writes its head, tags included. Returns FFmpeg's code for the head. Throws
/// Error(kResource), which names `named`, when the file cannot be made.
[[nodiscard]] int begin_file(AVFormatContext& muxer, const std::filesystem::path& named);

}  // namespace changeling
