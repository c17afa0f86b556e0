// common/weights/tfjs_script.h: takes TensorFlow.js weights out of the scripts that some packages
// wrap them in. The scripts are read as text; nothing in them runs. Layer 1, no Torch.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// The bytes of a data script: its longest run of base64 letters, decoded. Throws Error(kModel)
/// naming `name` when there is none, or its length is none of base64.
[[nodiscard]] std::string read_script_data(std::string_view script, const std::string& name);

/// The weights manifest of a model script as the JSON that read_tfjs_weights() reads: the list
/// behind `weights:`, a JavaScript literal with bare keys and numbers like -.5. Throws
/// Error(kModel) naming `name` when there is none or it does not end.
[[nodiscard]] std::string read_script_manifest(std::string_view script, const std::string& name);

}  // namespace changeling
