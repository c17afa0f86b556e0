# shellcheck shell=bash
# Trained weights on held-out people. Sourced by script/goal. CHANGELING_TRAIN_DATA may name a folder that
# script/train-data has filled already.
goals+=(
  "Q1  G_s on held-out faces of FASSEG: face IoU >= 0.85 and above the hull of the landmarks, interval excluding 0"
  "Q2  G_r on pairs of held-out people: L1, SSIM, pose, landmarks better than copy, mesh warp and blurred warp"
  "Q3  swaps of held-out people, stills and clips: pose and landmarks not worse than mesh_swap, median id_margin_dlib > 0"
  "Q4  a training killed three times ends with the weights of an unbroken one; damaged input and a full disk are refused"
  "Q5  training: every stage waits less than 10 % of its time for crops; samples/s and share of the FLOP limit"
)

# Sets `sets` to a folder with ytf-128/, fasseg-128/ and clips-128/.
training_sets() { # NAME
  sets=${CHANGELING_TRAIN_DATA:-}
  [ -z "$sets" ] || return 0
  local data=${data_dir:?}
  [ -d "$data/fasseg" ] || cannot_measure "$1" "no fasseg in $data (set CHANGELING_DATA_DIR)"
  sets=$(mktemp -d)
  trap 'rm -rf "$sets"' EXIT
  CHANGELING_DATA_DIR=$data script/train-data "$sets" 128 > /dev/null
}

# Runs weights_goal NAME on a shipped file, the given arguments and the sets that `test_sets` names.
measure_weights() { # NAME FILE [MODELS_DIR]
  local file=generator/weights/$2.safetensors
  [ -f "$file" ] || cannot_measure "$1" "no $file is shipped"
  script/build weights_goal > /dev/null
  training_sets "$1"
  build/ci/bin/weights_goal "$1" "$file" "${@:3}" "${test_sets[@]/#/$sets/}"
}

goal_Q1() {
  local test_sets=(fasseg-128)
  measure_weights Q1 segmentation
}

goal_Q2() {
  local test_sets=(ytf-128 clips-128)
  measure_weights Q2 reenactment "$CHANGELING_ASSETS_DIR/models"
}

# Generates and scores the pair list `main` of the catalog in $1.
swap_and_score() { # DIR CONFIG
  local verb
  for verb in "generate run main" "evaluate score"; do
    # shellcheck disable=SC2086
    changeling $verb --config "$2" --catalog "$1/catalog.db" --quiet || [ $? -eq 3 ]
  done
  changeling report build --config "$2" --catalog "$1/catalog.db" --out "$1/report" --quiet
}

goal_Q3() {
  # CHANGELING_FSGAN_WEIGHTS: a folder with other networks than the shipped ones.
  local weights=${CHANGELING_FSGAN_WEIGHTS:-$PWD/generator/weights}
  [ -f "$weights/blending.safetensors" ] || cannot_measure Q3 "no G_b in $weights (set CHANGELING_FSGAN_WEIGHTS)"
  [ -d "${data_dir:?}/ytf_p1" ] || cannot_measure Q3 "no ytf_p1 in $data_dir (set CHANGELING_DATA_DIR)"
  [ -d "$data_dir/videos" ] || cannot_measure Q3 "no clips in $data_dir/videos (set CHANGELING_DATA_DIR)"
  check_keep
  prepare
  local work=${work:?}
  script/build swap_goal > /dev/null
  mkdir "$work/stills" "$work/clips"
  local set
  for set in stills clips; do
    printf 'extends: %s\nfsgan:\n  weights: %s\n' "$PWD/configs/held-out-$set.yaml" "$weights" > "$work/$set.yaml"
  done
  changeling catalog init --catalog "$work/stills/catalog.db" > /dev/null
  changeling corpus add ytf --adapter ytf_keypoints --root "$data_dir/ytf_p1" --catalog "$work/stills/catalog.db" --quiet
  { # the last 47 of 347 people are held out (script/train-data)
    echo corpus,subject,part
    find "$data_dir/ytf_p1" -name '*.jpg' -printf '%f\n' | sed 's/_[0-9][0-9]\.jpg$//' | LC_ALL=C sort -u |
      awk 'NR > 300 {print "ytf," $0 ",test"}'
  } > "$work/parts.csv"
  changeling sample split main --mode list --list "$work/parts.csv" --catalog "$work/stills/catalog.db" --quiet
  changeling sample pairs main --split main --config configs/held-out-stills.yaml \
    --catalog "$work/stills/catalog.db" --quiet || [ $? -eq 3 ]
  swap_and_score "$work/stills" "$work/stills.yaml"

  lay_out_people "$work/files" talk_d9 talk_d10 talk_s18 talk_s20
  script/run-chain "$work/clips" "$work/clips.yaml" "$work/files" > /dev/null
  keep "$work"
  build/ci/bin/swap_goal "$work/stills/catalog.db" "$work/clips/catalog.db"
}

# Six small steps of G_r, a checkpoint after each.
short_training() { # OUT
  changeling train fit reenactment --packs "${sets:?}/ytf-128" --out "$1" --steps 6 --batch 2 --ngf 4 --precision fp32 \
    --set train.fit.checkpoint_every=1 --set train.fit.validate_every=6 --quiet
}

# Runs the training in $1 and kills it as soon as it has written another checkpoint.
kill_training() { # OUT
  local before after pid
  before=$(sha256sum "$1/checkpoint.safetensors" 2> /dev/null || true)
  short_training "$1" > /dev/null 2>&1 &
  pid=$!
  while kill -0 "$pid" 2> /dev/null; do
    after=$(sha256sum "$1/checkpoint.safetensors" 2> /dev/null || true)
    [ "$after" = "$before" ] || break
    sleep 0.02
  done
  pkill -KILL -P "$pid" 2> /dev/null || true
  kill -KILL "$pid" 2> /dev/null || true
  wait "$pid" 2> /dev/null || true
}

# One line on stderr and a failure, of a training that cannot be.
refused() { # WHAT COMMAND...
  local what=$1 lines
  shift
  if "$@" > /dev/null 2> "$work/refusal"; then
    echo "  $what: accepted"
    return 1
  fi
  lines=$(grep -vc ' I ' "$work/refusal" || true)
  echo "  $what: $(grep -v ' I ' "$work/refusal" | cut -c1-160)"
  [ "$lines" -eq 1 ]
}

goal_Q4() {
  training_sets Q4
  prepare
  script/build changeling-train train_test > /dev/null
  local work=${work:?} damaged pack kills=0 failures=0
  export OMP_NUM_THREADS=1
  short_training "$work/unbroken" > /dev/null
  for _ in 1 2 3; do
    kill_training "$work/killed"
    [ -f "$work/killed/checkpoint.safetensors" ] && kills=$((kills + 1))
  done
  short_training "$work/killed" > /dev/null
  cmp "$work/unbroken/best.safetensors" "$work/killed/best.safetensors" || failures=$((failures + 1))
  damaged=$work/damaged
  cp -r "$sets/ytf-128" "$damaged"
  # A pack that the training reads: those of the test part stay closed.
  pack=$(python3 -c 'import json, sys
print(next(pack["file"] for pack in json.load(open(sys.argv[1]))["packs"] if pack["part"] == "train"))' "$damaged/set.json")
  printf '\377' | dd of="$damaged/$pack" bs=1 seek=200000 conv=notrunc status=none
  refused "a damaged pack" changeling train fit reenactment --packs "$damaged" --out "$work/a" --quiet ||
    failures=$((failures + 1))
  # No file may grow beyond 100 kB: what a full disk looks like to a program.
  refused "a full disk" bash -c 'trap "" XFSZ; ulimit -f 100; exec "$@"' - \
    changeling train fit reenactment --packs "$sets/ytf-128" --out "$work/b" --steps 1 --batch 2 --ngf 4 --precision fp32 \
    --quiet || failures=$((failures + 1))
  # An empty class and a single person: by hand-made sets.
  build/ci/bin/train_test --gtest_brief=1 \
    --gtest_filter='Recipe.*Refuses*:*FitTask.*Refuses*:FitTask.BlendingRefusesASinglePerson' ||
    failures=$((failures + 1))
  verdict Q4 "killed $kills times, $failures of 4 checks failed" $((kills == 3 && failures == 0))
}

goal_Q5() {
  training_sets Q5
  script/build training_goal > /dev/null
  build/ci/bin/training_goal "$sets/ytf-128" "$sets/fasseg-128" generator/weights/segmentation.safetensors \
    "$CHANGELING_ASSETS_DIR/models"
}
