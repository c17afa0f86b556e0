# shellcheck shell=bash disable=SC2154 # prepare sets $work
# Leak probes. Sourced by script/goal.
goals+=(
  "E3  leak probes: AUC <= .55 on real clips of 12 people; hold on demo set and 40 drawn people; planted CRF, resolution refused"
)

# Prints what the probes find on a catalog and keeps it in DIR/probes.txt; ends the goal when one leaks.
probe_set() { # DIR TITLE
  local code=0
  echo "$2:"
  changeling detector probe --catalog "$1/catalog.db" --no-progress > "$1/probes.txt" || code=$?
  cat "$1/probes.txt"
  [ "$code" -eq 0 ] || verdict E3 "a probe leaks on the $2" 0
}

# The areas that the probes of a set have, one a line: the table's second column.
probe_areas() { # DIR
  awk 'NR > 1 && $2 != "-" {print $2}' "$1/probes.txt"
}

# Twenty pairs of the shared clips, swapped both ways, unscored.
swap_shared_clips() { # DIR
  local config=$1/run.yaml step
  mkdir "$1"
  lay_out_people "$1/clips"
  printf 'extends: [%s, %s]\ngenerate:\n  method: [mesh_swap, fsgan]\n  max_frames: 60\n' \
    "$PWD/configs/twenty-pairs.yaml" "$PWD/configs/fsgan.yaml" > "$config"
  for step in "catalog init" "corpus add clips --adapter folder --root $1/clips" "sample split main" \
    "sample pairs main --split main" "generate run main"; do
    # shellcheck disable=SC2086
    changeling $step --config "$config" --catalog "$1/catalog.db" --quiet > /dev/null || [ $? -eq 3 ]
  done
}

goal_E3() {
  prepare
  script/build leak_goal > /dev/null
  local drawn=0 highest=unknown people="no clips in $data_dir/videos" holds=1
  script/run-chain "$work/run" configs/demo.yaml > "$work/chain.log" 2>&1 || {
    tail -n 5 "$work/chain.log"
    verdict E3 "the demo ended with an error" 0
  }
  probe_set "$work/run" "demo set"
  if [ -d "$data_dir/videos" ]; then
    swap_shared_clips "$work/real"
    probe_set "$work/real" "real clips"
    highest=$(probe_areas "$work/real" | sort -g | tail -n 1)
    people="$(query "$work/real" "SELECT count(DISTINCT subject_id) AS v FROM subject") people"
    [ "$(probe_areas "$work/real" | wc -l)" -eq 4 ] && awk -v a="$highest" 'BEGIN {exit !(a <= .55)}' || holds=0
  fi
  build/ci/bin/leak_goal || drawn=$?
  [ "$drawn" -eq 0 ] || holds=0
  verdict E3 "real clips ($people): highest AUC $highest; demo: $(probe_areas "$work/run" | wc -l) of 4 probes have one (ten \
people needed); drawn people: exit code $drawn" "$holds"
}
