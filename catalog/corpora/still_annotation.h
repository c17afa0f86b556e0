// catalog/corpora/still_annotation.h: what a corpus of stills says about faces: points and labelled
// pixels, for training. Read anew when needed, never stored in the catalog. Layer 2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/geometry.h"

namespace changeling {

/// What a labelled pixel shows.
enum class FacePart : std::uint8_t {
  kBackground,  ///< clothes too
  kHair,        ///< may include brows
  kSkin,        ///< may include ears and neck
  kFeature,     ///< eyes, nose, mouth
};

/// About the one face of a picture.
struct StillAnnotation {
  std::string rel_path;               ///< of the picture
  std::vector<PointF> landmarks_px;   ///< 68, iBUG order, pixel centres at +0.5; empty = not given
  std::string label_path;             ///< rel_path of a grey picture of class indices; may be empty
  std::vector<FacePart> label_parts;  ///< meaning of each class index
};

}  // namespace changeling
