# shellcheck shell=bash
# The inference engine. Sourced by script/goal.
goals+=(
  "P1  swap loop, batch 8, against PyTorch eager: >= 4x on CUDA, >= 2.5x CPU time on a CPU, >= 40 dB"
  "P1b the same at batch 1: >= 8x on CUDA, >= 2.5x on a CPU"
  "P3  share of the GPU's bfloat16 matrix rate that the swap loop reaches: >= 50 %"
  "P6  G_r in bfloat16 against the eager runner, CPU time: >= 2.5x, >= 40 dB"
  "P7  3x3 convolutions of 128 channels and more: >= 75 % of the CPU's bfloat16 peak"
  "P8  sparse landmark context: >= 8x its dense layer, error <= 1e-5"
  "P11 float32 results on CPU have the same bits in any batch, on any number of threads"
)

engine_goal() { # NAME [ARGUMENT...]
  script/build engine_goal > /dev/null
  OMP_WAIT_POLICY=PASSIVE build/ci/bin/engine_goal "$@"
}

swap_loop_goal() { # NAME
  local python=${CHANGELING_PYTHON:-/usr/bin/python3}
  "$python" -c 'import torch, numpy' 2> /dev/null ||
    cannot_measure "$1" "no PyTorch (script/bootstrap installs python3-torch)"
  engine_goal "$1" "$python" tests/goals/swap_loop.py
}

goal_P1() { swap_loop_goal P1; }
goal_P1b() { swap_loop_goal P1b; }
goal_P3() { engine_goal P3; }
goal_P6() { engine_goal P6; }
goal_P7() { engine_goal P7; }
goal_P8() { engine_goal P8; }
goal_P11() { engine_goal P11; }
