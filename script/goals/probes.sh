# shellcheck shell=bash disable=SC2154 # prepare sets $work
# Leak probes. Sourced by script/goal.
goals+=(
  "E3  leak probes hold on the demo set, as far as its people allow, and on 40 drawn people; planted CRF and resolution are refused"
)

goal_E3() {
  prepare
  script/build leak_goal > /dev/null
  local code=0 demo=0 known
  script/run-chain "$work/run" configs/demo.yaml > "$work/chain.log" 2>&1 || {
    tail -n 5 "$work/chain.log"
    verdict E3 "the demo ended with an error" 0
  }
  echo "demo set:"
  changeling detector probe --catalog "$work/run/catalog.db" --no-progress || demo=$?
  [ "$demo" -eq 0 ] || verdict E3 "a probe leaks on the demo set" 0
  known=$(changeling detector probe --catalog "$work/run/catalog.db" --no-progress --json |
    { grep -o '"auc":[0-9]' || true; } | wc -l)
  build/ci/bin/leak_goal || code=$?
  verdict E3 "demo: $known of 4 probes have an AUC (ten people needed); drawn people: exit code $code" "$((code == 0))"
}
