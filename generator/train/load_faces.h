// generator/train/load_faces.h: the crops of frame sets, to train on. Layer 6, Torch only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/packs/checked_packs.h"
#include "common/packs/frame_set.h"
#include "generator/train/face_set.h"

namespace changeling {

/// What the indices of the sets tell about a part.
struct PartSize {
  std::int64_t people = 0;
  std::int64_t crops = 0;
  std::int64_t bytes = 0;         ///< of pixels and masks, which stay in the packs
  std::int64_t memory_bytes = 0;  ///< of landmarks and numbers, which a FaceSet holds
};

[[nodiscard]] PartSize size_of_part(const std::vector<FrameSet>& sets, const std::string& part);

/// All crops of one part of one or more sets, in the order of the sets and their packs. A video's
/// number, and a person's, is the same across packs; equal names in two sets are the same person.
/// Crops of a set without masks are not labelled. Every pack that `checked` does not know is read
/// and checked once, one at a time; after that its pixels are read whenever a batch needs them
/// (crops_in_packs). After every 16 packs of which one was checked `checked` is saved, and
/// Error(kCancelled) thrown where `stop_requested` (may be empty) says so. Memory:
/// PartSize::memory_bytes, and one pack while they are checked. Throws Error(kInput): a damaged
/// pack, sets that differ in resolution, crop scale or landmark count, a person of this part in
/// another part of a further set; all of require_face_set.
[[nodiscard]] FaceSet load_faces(const std::vector<FrameSet>& sets, const std::string& part,
                                 CheckedPacks& checked,
                                 const std::function<bool()>& stop_requested = {});

}  // namespace changeling
