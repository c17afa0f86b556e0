// generator/programs/training_report.h: the page of a training. Layer 8.
#pragma once

#include "generator/train/fit_task.h"

namespace changeling {

/// Writes `out`/report.html: curve.csv as charts, the newest picture, what the weights say about
/// themselves. Throws Error(kResource) when the disk is full.
void write_training_report(const FitSettings& settings, const FitResult& result);

}  // namespace changeling
