// common/media/edit_end.h: where the edit list of an mp4 ends. Layer 1, module-private.
#pragma once

#include <cstdint>
#include <filesystem>

namespace changeling {

/// Makes an mp4 of one track, as our muxer writes it, show only what comes before `milliseconds`
/// of its own time; all packets stay. False, and nothing is changed, for a file that has no such
/// list or whose boxes are of another form. Throws Error(kResource) when it cannot be written.
[[nodiscard]] bool end_edit_at(const std::filesystem::path& mp4, std::int64_t milliseconds);

}  // namespace changeling
