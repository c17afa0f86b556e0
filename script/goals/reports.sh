# shellcheck shell=bash
# Comparisons, gates and reports. Sourced by script/goal.
goals+=(
  "E1  report pages in Chromium at 390, 820, 1440 px: quiet console, no overflow, charts drawn, axe, sorting, clips play"
  "E2  gate: two halves of one method flag a metric in <= 6 % of 200 comparisons; planted losses fail at the MDD's size"
  "E4  1M metric values report in < 5 s; evaluation linear in clips, real side once; a further clip < 1/4 of fsgan's cost"
  "E5  reports: same bytes elsewhere and later; hurt files, few clips and people, foreign baselines give rows or refusals"
)

goal_E1() {
  prepare
  local code=0
  # CHANGELING_PICTURES=FOLDER keeps pictures of every page, to be looked at.
  tests/browser/run "$PWD/build/ci/bin" "${CHANGELING_PICTURES:-}" > "$work/log" || code=$?
  grep -v "looked at$" "$work/log" | head -n -1 || true
  [ "$code" -ne 3 ] || cannot_measure E1 "$(tail -n 1 "$work/log")"
  verdict E1 "$(tail -n 1 "$work/log")" "$((code == 0))"
}

goal_E2() {
  script/build gate_goal > /dev/null
  build/ci/bin/gate_goal
}

# A quick run of the demo clips in the suite "nightly", not yet measured, in $work/base.
suite_run() {
  prepare
  work=${work:?}
  changeling corpus sample "$work/clips" > /dev/null
  printf 'extends: %s/configs/demo.yaml\ngenerate: {max_frames: 12, preset: ultrafast}\nrun: {suite: nightly}\n' \
    "${source_root:?}" > "$work/suite.yaml"
  in_suite base catalog init
  in_suite base corpus add clips --adapter folder --root "$work/clips"
  in_suite base sample split main
  in_suite base sample pairs main --split main
  in_suite base generate run main
}

in_suite() { # FOLDER WORDS...: a verb on the catalog of $work/FOLDER, its output in $work/said
  local folder=$1
  shift
  changeling "$@" --config "$work/suite.yaml" --catalog "$work/$folder/catalog.db" --no-progress > "$work/said" 2>&1
}

expect() { # CODE TEXT FOLDER WORDS...: the verb must exit so and say it
  local code=$1 text=$2 got=0
  shift 2
  in_suite "$@" || got=$?
  if [ "$got" -ne "$code" ] || ! grep -qF -- "$text" "$work/said"; then
    tail -n 5 "$work/said"
    verdict E5 "'${*:2}' exits $got; wanted $code and '$text'" 0
  fi
  echo "exit $code: $(grep -m 1 -F -- "$text" "$work/said")"
}

# One fake goes, one becomes noise; both are named, the others are measured.
hurt_two_fakes() {
  local digests file
  cp -r "$work/base" "$work/hurt"
  mapfile -t digests < <(changeling catalog query --catalog "$work/hurt/catalog.db" --json "SELECT
    lower(hex(sha256)) AS v FROM artifact WHERE kind = 'fake_video' ORDER BY artifact_id LIMIT 2" | cut -d'"' -f4)
  rm -f "$work/hurt/objects/${digests[0]:0:2}/${digests[0]:2:2}/${digests[0]}"
  file=$work/hurt/objects/${digests[1]:0:2}/${digests[1]:2:2}/${digests[1]}
  rm -f "$file"
  head -c 3000 /dev/urandom > "$file"
}

# Eight clips of eight "people", cut out of the three sample clips, as long as those of the demo. Lists use 12 frames of
# each; fsgan is measured on all 120.
cost_catalog() {
  local i clip
  changeling corpus sample "$work/sample" > /dev/null
  mkdir "$work/clips"
  echo "path,subject,licence,consent_basis,redistributable" > "$work/clips/subjects.csv"
  for i in 0 1 2 3 4 5 6 7; do
    clip=$(find "$work/sample" -name '*.mp4' | sort | sed -n $((i % 3 + 1))p)
    ffmpeg -v error -ss "$i" -i "$clip" -frames:v 120 -an -c:v libx264 -qp 10 "$work/clips/$i.mp4"
    echo "$i.mp4,p$i,research,public-research,0" >> "$work/clips/subjects.csv"
  done
  printf 'extends: %s/configs/demo.yaml\ngenerate: {preset: ultrafast, max_frames: 12}\nsample: {pairs: {min_frames: 10}}\n' \
    "$source_root" > "$work/suite.yaml"
  mkdir "$work/cost"
  in_suite cost catalog init && in_suite cost corpus add clips --adapter folder --root "$work/clips" &&
    in_suite cost sample split main
}

user_seconds() { # FOLDER WORDS...: of a verb on the catalog of $work/FOLDER; processor time, so that a busy machine does not count
  local folder=$1
  shift
  /usr/bin/time -o "$work/time" -f %U changeling "$@" --config "$work/suite.yaml" --catalog "$work/$folder/catalog.db" \
    --no-progress > "$work/said" 2>&1 || {
    tail -n 1 "$work/said" >&2
    return 1
  }
  tail -n 1 "$work/time"
}

# Processor time of evaluating whole fakes, over that of making them by these networks: of four further ones, eight less
# four, since what a process spends before its first clip is no clip's cost; and of the first four with all that
# (docs/decisions/026). The faces' analysis, which other methods and the sampler use as well, counts for neither.
fsgan_share() { # WEIGHTS
  local n made_n
  local -A made scored
  for n in 4 8; do
    in_suite cost sample pairs "whole$n" --split main --count "$n" || [ "$?" -eq 3 ] || return 1
  done
  in_suite cost generate analyze clips --max-frames 120 || return 1
  for n in 4 8; do # each in a catalog that knows no fake by fsgan
    cp -r "$work/cost" "$work/whole$n"
    made[$n]=$(user_seconds "whole$n" generate run "whole$n" --method fsgan --fsgan-weights "$1" --max-frames 120 \
      --set "fsgan.resolution=${CHANGELING_FSGAN_RESOLUTION:-128}") || return 1
    scored[$n]=$(user_seconds "whole$n" evaluate score --baseline-pairs 0) || return 1
    made_n=$(query "$work/whole$n" "SELECT count(*) AS v FROM job WHERE method = 'fsgan' AND state = 'done'")
    [ "$made_n" -eq "$n" ] || {
      echo "$made_n of $n fakes were made" > "$work/said"
      return 1
    }
    echo "$n fakes by fsgan evaluated in ${scored[$n]} s, made in ${made[$n]} s of processor time" >&2
  done
  echo "${scored[4]} ${made[4]} ${scored[8]} ${made[8]}" | awk '{printf "%.3f (%.2f of %.2f s; with start %.3f, %.2f of %.2f s)",
    ($3 - $1) / ($4 - $2), $3 - $1, $4 - $2, $1 / $2, $1, $2}'
}

goal_E4() {
  prepare
  script/build report_rows eval_run_test > /dev/null
  # CHANGELING_FSGAN_WEIGHTS: a folder with other networks than the shipped ones.
  local rows start report n holds=0 slope share weights=${CHANGELING_FSGAN_WEIGHTS:-$PWD/generator/weights}
  [ -e "$weights/blending.safetensors" ] || cannot_measure E4 "'$weights' holds no networks of fsgan"
  local -A cost fakes
  mkdir "$work/rows"
  rows=$(build/ci/bin/report_rows "$work/rows" 1000000)
  start=$(date +%s.%N)
  changeling report build --catalog "$work/rows/catalog.db" --out "$work/rows/report" > /dev/null
  report=$(date +%s.%N | awk -v s="$start" '{printf "%.2f", $1 - s}')
  build/ci/bin/eval_run_test --gtest_brief=1 --gtest_filter='*Once*' > "$work/said" ||
    verdict E4 "real-side features are computed more than once" 0
  cost_catalog || verdict E4 "the clips could not be prepared: $(tail -n 1 "$work/said")" 0
  for n in 6 12 24; do
    in_suite cost sample pairs "p$n" --split main --count "$n" || [ "$?" -eq 3 ] || # 3: a quota was missed
      verdict E4 "$(tail -n 1 "$work/said")" 0
    in_suite cost generate run "p$n" || verdict E4 "generate ended with an error: $(tail -n 1 "$work/said")" 0
    cost[$n]=$(user_seconds cost evaluate score --baseline-pairs 0)
    fakes[$n]=$(query "$work/cost" "SELECT count(*) AS v FROM pair JOIN pair_list USING(list_id) WHERE name = 'p$n'")
    echo "${fakes[$n]} fakes evaluated in ${cost[$n]} s of processor time"
  done
  slope=$(echo "${cost[6]} ${fakes[6]} ${cost[12]} ${fakes[12]} ${cost[24]} ${fakes[24]}" |
    awk '{printf "%.2f", ($5 - $3) / ($6 - $4) * ($4 - $2) / ($3 - $1)}')
  awk -v r="$report" -v s="$slope" 'BEGIN {exit !(r < 5 && s < 1.25)}' && holds=1
  share=$(fsgan_share "$weights") || verdict E4 "fsgan: $(tail -n 1 "$work/said")" 0
  awk -v s="${share%% *}" 'BEGIN {exit !(s < 0.25)}' || holds=0
  verdict E4 "$rows values report in $report s; a fake of the larger list costs $slope times one of the smaller; real side once; \
evaluating / making four further clips of 120 frames by fsgan at 128 px $share" "$holds"
}

elsewhere() { # WORDS...: a verb on the moved catalog, years later and at the other end of the world
  TZ=Pacific/Auckland LC_ALL=C faketime '2031-02-03 04:05:06' changeling "$@" --catalog "$work/moved/catalog.db" > /dev/null
}

goal_E5() {
  suite_run || verdict E5 "the run ended with an error: $(tail -n 1 "$work/said")" 0
  hurt_two_fakes
  expect 3 "ssim_bg" hurt evaluate score --baseline-pairs 0
  expect 0 "decode_error" hurt catalog query \
    "SELECT status, count(DISTINCT artifact_id) FROM metric_value WHERE status = 'decode_error' GROUP BY 1"
  expect 4 "Every file of the run is in its place and intact (18 of 20 files)" hurt report gate --out "$work/hurt/gate"
  expect 4 "faults" hurt catalog verify
  expect 0 "index.html" hurt report build --out "$work/hurt/report"

  in_suite base evaluate score --baseline-pairs 1 || verdict E5 "the evaluation failed" 0
  expect 0 "no baseline yet" base report gate --out "$work/base/gate"
  expect 2 "belongs to suite 'nightly'" base baseline set other latest --reason "another suite"
  expect 2 "no generate run 'nothing'" base report build nothing
  expect 2 "no corpus 'nobody'" base report card corpus:nobody
  expect 2 "no version 'nobody@1.0.0'" base report card nobody@1.0.0
  in_suite base baseline set nightly latest --reason first
  in_suite base report build --out "$work/base/report"
  in_suite base report card corpus:clips --out "$work/base/corpus"
  cp -r "$work/base" "$work/moved"
  elsewhere report build --out "$work/moved/again/report"
  elsewhere report card corpus:clips --out "$work/moved/again/corpus"
  local file
  for file in {report,corpus}/{report.json,index.md,index.html}; do
    cmp -s "$work/base/$file" "$work/moved/again/$file" || verdict E5 "$file has other bytes" 0
  done
  script/build reports_test > /dev/null
  build/ci/bin/reports_test --gtest_brief=1 --gtest_filter='Gate*:Comparison*' ||
    verdict E5 "one clip, one person, metrics without values, empty slices or foreign suites are mishandled" 0
  verdict E5 "equal bytes in another place, year and zone; every bad input gave a row or a refusal" 1
}
