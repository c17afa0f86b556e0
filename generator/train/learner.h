// generator/train/learner.h: a network in training with its optimizer. Layer 6, Torch only.
#pragma once

#include <string>

#include "generator/train/adam.h"
#include "generator/train/checkpoint.h"
#include "generator/train/fit_options.h"

namespace changeling {

/// A network, its optimizer, and how both enter a checkpoint. One thread.
class Learner {
 public:
  /// A copy of `initial` on the device of the options.
  Learner(const NetWeights& initial, const FitOptions& options);

  [[nodiscard]] const NetWeights& net() const { return net_; }

  Adam& adam() { return adam_; }

  void save(Checkpoint& checkpoint, const std::string& name) const;

  /// What save() left under that name. Throws Error(kModel) for a tensor that is missing or has
  /// another shape.
  void load(const Checkpoint& checkpoint, const std::string& name);

 private:
  NetWeights net_;
  Adam adam_;
};

}  // namespace changeling
