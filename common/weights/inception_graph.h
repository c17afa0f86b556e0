// common/weights/inception_graph.h: InceptionV3 as Keras wires it (Szegedy et al. 2016, "Rethinking
// the Inception architecture"; keras.applications), made from its weights. Layer 1, no Torch.
#pragma once

#include <string>
#include <vector>

#include "common/weights/graph_description.h"
#include "common/weights/onnx_reader.h"
#include "common/weights/tfjs_manifest.h"

namespace changeling {

struct BuiltGraph {
  GraphDescription graph;
  std::vector<OwnedTensor> tensors;
};

/// Input `input` (1,3,299,299), output `output` (1,2048): the average of the last feature maps.
/// From conv2d_N/kernel (HWIO) and batch_normalization_N/{beta,moving_mean,moving_variance}, N
/// = 1..94, normalisation folded into the convolutions (epsilon 1e-3). What else the weights hold
/// is left out. Throws Error(kModel) naming `name` when one is missing or has another shape.
[[nodiscard]] BuiltGraph build_inception_v3(const std::vector<TfjsTensor>& weights,
                                            const std::string& name);

}  // namespace changeling
