// generator/programs/models_run.h: `changeling models run NAME --in X --out Y`. Layer 8.
#pragma once

#include "common/cli/command.h"

namespace changeling {

/// Runs an imported network on the tensor of a safetensors file and writes its outputs, with the
/// network's id and source digest in the metadata. Throws Error(kConfig) for an unknown network or
/// missing flags, Error(kModel) for a network that is not imported or an input that does not fit
/// it.
[[nodiscard]] ExitCode run_models_run(const Command& command);

}  // namespace changeling
