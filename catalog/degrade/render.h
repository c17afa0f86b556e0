// catalog/degrade/render.h: sends clips and masks through a recipe. Layer 2. Memory is that of a
// few frames, whatever the clip's length.
#pragma once

#include <filesystem>
#include <vector>

#include "catalog/degrade/recipe.h"
#include "common/base/provenance.h"

namespace changeling {

/// One clip to render.
struct RenderJob {
  std::filesystem::path parent;
  std::filesystem::path out;  ///< beside it stand the files between two codecs while it is made
  std::vector<Step> steps;
  ShapeChange shape;
  Provenance provenance{Label::kReal};  ///< written as the generator writes it
};

/// Decodes, degrades, encodes; once for each codec step. Frames come at a constant rate and without
/// sound. Equal jobs give equal bytes. Throws Error(kInput) when the parent has fewer frames than
/// its shape says.
[[nodiscard]] WrittenVideo render_clip(const RenderJob& job);

/// A mask through the geometry of the recipe alone: its size by nearest pixel, its frames.
[[nodiscard]] WrittenVideo render_mask(const RenderJob& job);

/// What is left of a swap after decoding.
struct Survivors {
  WrittenVideo mask;    ///< 255 where a channel of fake and control differs by more than 2 levels
  double survival = 0;  ///< share of such pixels among those with alpha > 0, all frames together
};

/// Reads three renditions of equal shape, writes the mask `out`.
[[nodiscard]] Survivors find_survivors(const std::filesystem::path& fake,
                                       const std::filesystem::path& control,
                                       const std::filesystem::path& alpha,
                                       const std::filesystem::path& out, const ClipShape& shape,
                                       const Provenance& provenance);

}  // namespace changeling
