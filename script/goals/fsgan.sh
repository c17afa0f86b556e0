# shellcheck shell=bash
# The FSGAN method beside its networks. Sourced by script/goal.
goals+=(
  "F3  golden values of the method's specification: landmarks, filters, crops, appearance map, masks, networks"
  "F4  the sample clips through fsgan with small networks, corpus to report: <= 240 s, 4 complete fakes"
  "P9  fsgan job on 10k frames beside 1k: CPU time 9.3 to 10.5 times, start-up <= 8 %, peak memory <= 1.05 times"
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

goal_F4() {
  prepare
  local start seconds complete holds=0
  start=$(date +%s)
  # shellcheck disable=SC2154  # script/goal sets both
  (cd "$work" && changeling models init-fsgan --out fsgan-small --ngf 8 --resolution 64 &&
    "$source_root/script/run-chain" run "$source_root/configs/fsgan-small.yaml") > /dev/null
  seconds=$(($(date +%s) - start))
  complete=$(query "$work/run" "SELECT count(*) AS v FROM (SELECT job_id FROM artifact JOIN job USING(job_id)
    WHERE method = 'fsgan' AND kind IN ('fake_video','real_control','mask_alpha','mask_changed','sidecar')
    GROUP BY job_id HAVING count(*) = 5)")
  changeling catalog verify --catalog "$work/run/catalog.db" --quiet || verdict F4 "catalog verify failed" 0
  [ "$seconds" -le 240 ] && [ "$complete" -ge 4 ] && holds=1
  verdict F4 "$seconds s, $complete complete fakes" "$holds"
}

goal_P9() {
  script/build fsgan_scaling > /dev/null
  local short long figure holds=0
  short=$(build/ci/bin/fsgan_scaling 1000 2> /dev/null) || cannot_measure P9 "the short clip failed"
  long=$(build/ci/bin/fsgan_scaling 10000 2> /dev/null) || cannot_measure P9 "the long clip failed"
  echo "frames, start-up s, swap s, peak MiB: $short"
  echo "frames, start-up s, swap s, peak MiB: $long"
  figure=$(awk -v s="$short" -v l="$long" 'BEGIN {split(s, a, " "); split(l, b, " ");
    printf "time ratio %.2f, start-up %.1f %%, memory ratio %.3f", b[3] / a[3], 100 * a[2] / (a[2] + a[3]), b[4] / a[4]}')
  awk -v f="$figure" 'BEGIN {split(f, v, /[ ,]+/); exit !(v[3] >= 9.3 && v[3] <= 10.5 && v[5] <= 8 && v[9] <= 1.05)}' &&
    holds=1
  verdict P9 "$figure" "$holds"
}
