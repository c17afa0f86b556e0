// common/media/video_copy.h: copies of a clip's video as exports give them away, without encoding
// it again. Layer 1.
#pragma once

#include <filesystem>

#include "common/base/provenance.h"

namespace changeling {

/// Writes the packets of the video stream of `from` that VideoReader reads to `to`, in the
/// container that the name of `to` stands for, with the tags of the file and its XMP box; nothing
/// else of `from`. A clip of LabeledVideoWriter becomes what it would be without sound, byte for
/// byte. Throws Error(kInput), which names `from`, when it cannot be read, its video does not fit
/// into the container, or the copy does not show the same frames: only mp4, mov and m4v hide those
/// that an edit list cuts off at its end. Throws Error(kResource) when `to` cannot be written.
void copy_without_sound(const std::filesystem::path& from, const std::filesystem::path& to);

/// The same, but of the file's tags none: where and when it was filmed is nobody's business, and
/// who encoded it could tell the classes apart. It has those of a written clip, of one length for
/// every label, as the corpus of `from` declares: label, method (its first 32 bytes), source type;
/// `declared.job_key` stands for what names the clip in its catalog. A container without tags in
/// its head (flv, mpg) keeps none. Throws Error(kConfig) as label_tags, too.
void copy_with_label(const std::filesystem::path& from, const std::filesystem::path& to,
                     const Provenance& declared);

}  // namespace changeling
