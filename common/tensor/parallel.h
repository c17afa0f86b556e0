// common/tensor/parallel.h: at::parallel_for, and a build in which it uses threads. Layer 1, Torch
// only.
#pragma once

#include <ATen/Parallel.h>

// The loop is a template: it is compiled here, not in LibTorch, and without the flag it runs on one
// thread and says nothing (https://github.com/pytorch/pytorch/issues/161320).
#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "a module that includes common/tensor/parallel.h links OpenMP::OpenMP_CXX"
#endif
