# shellcheck shell=bash disable=SC2154 # prepare sets $work, script/goal $source_root
# The chain around the networks. Sourced by script/goal. How and why so: docs/decisions/023.
goals+=(
  "P5  fsgan jobs (small networks), claim to publish: >= .90 of the frames/s of the slowest stage alone"
  "P10 catalog: >= 300,000 rows/s in batches, <= 1 ms a clip commit (WAL, FULL), < 1 % of a clip's time at 256 frames/s"
  "P12 cold start (CPU, small networks) to the first frame, signed and catalogued: <= 3 s (median of 5)"
)

goal_P5() {
  script/build pipeline_goal > /dev/null
  OMP_WAIT_POLICY=PASSIVE build/ci/bin/pipeline_goal
}

goal_P10() {
  script/build catalog_goal > /dev/null
  work=$(mktemp -d) # TMPDIR chooses the disk
  trap 'rm -rf "$work"' EXIT
  [ "$(stat -f -c %T "$work")" != tmpfs ] || cannot_measure P10 "'$work' lies in memory (TMPDIR chooses another disk)"
  build/ci/bin/catalog_goal "$work"
}

goal_P12() {
  prepare
  local i start ended times figure holds=0
  mkdir "$work/base"
  (cd "$work" && changeling models init-fsgan --out fsgan-small --ngf 8 --resolution 64 && changeling corpus sample clips) > /dev/null
  printf 'extends: %s/configs/fsgan-small.yaml\ngenerate: {max_frames: 1}\n' "$source_root" > "$work/one.yaml"
  one_frame base catalog init
  one_frame base corpus add clips --adapter folder --root clips
  one_frame base sample split main
  one_frame base sample pairs main --count 1
  for i in 1 2 3 4 5; do
    cp -r "$work/base" "$work/$i"
    start=$(date +%s%N)
    one_frame "$i" generate run main
    ended=$(date +%s%N)
    [ "$(query "$work/$i" "SELECT count(*) AS v FROM job JOIN artifact USING(job_id) JOIN manifest USING(artifact_id)
      WHERE state = 'done' AND kind = 'fake_video'")" = 1 ] || verdict P12 "the frame was not made" 0
    echo "$(((ended - start) / 1000000)) ms, $(cat "$work/cpu") s of CPU" >> "$work/times"
  done
  cat "$work/times"
  times=$(sort -n "$work/times" | sed -n 3p)
  figure=$(awk '{printf "%.2f", $1 / 1000}' <<< "$times")
  awk -v s="$figure" 'BEGIN {exit !(s <= 3)}' && holds=1
  verdict P12 "$figure s from the command to its end, ${times#*, }" "$holds"
}

one_frame() { # FOLDER WORDS...: a verb on the catalog of $work/FOLDER; its CPU time in $work/cpu
  local folder=$1
  shift
  (cd "$work" && /usr/bin/time -o cpu -f '%U + %S' changeling "$@" --config one.yaml --catalog "$folder/catalog.db" \
    --no-progress > said 2>&1) || verdict P12 "'$1 $2': $(tail -n 2 "$work/said" | head -n 1)" 0
}
