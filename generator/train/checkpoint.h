// generator/train/checkpoint.h: the state of a training, as a safetensors file. Layer 6, Torch
// only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "common/nets/net_weights.h"

namespace changeling {

struct Checkpoint {
  std::int64_t step = 0;             ///< steps done
  std::int64_t optimizer_steps = 0;  ///< of the current stage
  std::optional<double> best_validation;
  std::int64_t stale = 0;                      ///< validations since the best
  std::map<std::string, std::string> options;  ///< what must not change between slices
  std::map<std::string, std::string> notes;    ///< what is told of the training, no more
  TensorMap tensors;  ///< "net.", "net_adam.", "critic.", "critic_adam." + name
};

/// Writes atomically. Throws Error(kResource) when the disk is full or not writable.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// nullopt when there is no file. Throws Error(kModel) for a damaged one (its metadata hold a
/// digest of all else), and for one of an earlier form.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path);

/// The tensors whose names begin with `prefix`, without it.
[[nodiscard]] TensorMap with_prefix_removed(const TensorMap& tensors, const std::string& prefix);

/// Adds `more` under `prefix`.
void add_with_prefix(TensorMap& tensors, const std::string& prefix, const TensorMap& more);

}  // namespace changeling
