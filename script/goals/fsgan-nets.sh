# shellcheck shell=bash
# The FSGAN networks. Sourced by script/goal.
goals+=(
  "F1  networks equal PyTorch's within 1e-4 (float32; all at width 16, each structure at full width)"
  "F2  parameters and multiply-adds of every network are those of the reference"
)

goal_F1() {
  script/build net_parity > /dev/null
  local output holds=0
  "${CHANGELING_PYTHON:-/usr/bin/python3}" -c 'import torch' 2> /dev/null ||
    cannot_measure F1 "no PyTorch (script/bootstrap installs python3-torch)"
  output=$(tests/parity/run build/ci/bin/net_parity) && holds=1
  echo "$output"
  verdict F1 "${output##*$'\n'}" "$holds"
}

goal_F2() {
  script/build net_cost_goal > /dev/null
  build/ci/bin/net_cost_goal
}
