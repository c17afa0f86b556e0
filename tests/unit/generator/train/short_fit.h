// Trainings of a few steps, and what makes two of them equal.
#pragma once

#include <filesystem>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "generator/train/checkpoint.h"
#include "generator/train/fit_loop.h"

namespace changeling {

inline FitOptions few_steps(std::int64_t steps, double learning_rate) {
  FitOptions options;
  options.steps = steps;
  options.batch = 4;
  options.learning_rate = learning_rate;
  options.validate_every = 4;
  options.checkpoint_every = 3;
  options.seed = 5;
  return options;
}

/// Trains to the end in slices of `steps`, each resuming the one before; how many went to `slices`.
inline FitResult fit_in_slices(const Recipe& recipe, FitOptions options, std::int64_t steps,
                               const std::filesystem::path& dir, int& slices) {
  options.max_steps_now = steps;
  FitResult part;
  slices = 0;
  do {
    part = fit(recipe, options, dir, {});
    ++slices;
  } while (!part.finished);
  return part;
}

/// Networks, moments and all, and the best weights with their metadata.
inline void expect_same_checkpoints(const std::filesystem::path& first,
                                    const std::filesystem::path& second) {
  const Checkpoint a = *read_checkpoint(first / "checkpoint.safetensors");
  const Checkpoint b = *read_checkpoint(second / "checkpoint.safetensors");
  EXPECT_TRUE(read_file(first / "best.safetensors") == read_file(second / "best.safetensors"));
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    EXPECT_TRUE(at::equal(tensor, b.tensors.at(name))) << name;
  }
}

}  // namespace changeling
