# shellcheck shell=bash
# The FSGAN method beside its networks. Sourced by script/goal.
goals+=(
  "F3  golden values of the method's specification: landmarks, filters, crops, appearance map, masks, networks"
)

goal_F3() {
  local programs=(base_test face_test fsgan_nets_test fsgan_test) program lines="" passed=1 holds=0 good all
  script/build "${programs[@]}" > /dev/null
  for program in "${programs[@]}"; do
    lines+=$(CHANGELING_LIST_GOLDEN=1 "build/ci/bin/$program" --gtest_filter='*Golden*') || passed=0
    lines+=$'\n'
  done
  grep -E '^golden off|Failure' <<< "$lines" || true
  good=$(grep -c '^golden ok' <<< "$lines" || true)
  all=$(grep -c '^golden ' <<< "$lines" || true)
  [ "$passed" -eq 1 ] && [ "$good" -eq "$all" ] && [ "$all" -ge 170 ] && holds=1
  verdict F3 "$good of $all golden values" "$holds"
}
