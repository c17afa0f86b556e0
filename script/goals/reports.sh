# shellcheck shell=bash
# Comparisons, gates and reports. Sourced by script/goal.
goals+=(
  "E2  gate: two halves of one method flag a metric in <= 6 % of 200 comparisons; planted losses fail at the MDD's size"
)

goal_E2() {
  script/build gate_goal > /dev/null
  build/ci/bin/gate_goal
}
