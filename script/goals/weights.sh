# shellcheck shell=bash
# Trained weights on held-out people. Sourced by script/goal. CHANGELING_TRAIN_DATA may name a folder that
# script/train-data has filled already.
goals+=(
  "Q1  G_s on held-out faces of FASSEG: face IoU >= 0.85 and above the hull of the landmarks, interval excluding 0"
  "Q2  G_r on pairs of held-out people: L1, SSIM, pose, landmarks better than copy, mesh warp and blurred warp"
)

# Sets `sets` to a folder with ytf-128/ and fasseg-128/.
training_sets() { # NAME
  sets=${CHANGELING_TRAIN_DATA:-}
  [ -z "$sets" ] || return 0
  local data=${data_dir:?}
  [ -d "$data/fasseg" ] || cannot_measure "$1" "no fasseg in $data (set CHANGELING_DATA_DIR)"
  sets=$(mktemp -d)
  trap 'rm -rf "$sets"' EXIT
  CHANGELING_DATA_DIR=$data script/train-data "$sets" 128 > /dev/null
}

measure_weights() { # NAME FILE SET
  local file=generator/weights/$2.safetensors
  [ -f "$file" ] || cannot_measure "$1" "no $file is shipped"
  script/build weights_goal > /dev/null
  training_sets "$1"
  build/ci/bin/weights_goal "$1" "$file" "$sets/$3" "${@:4}"
}

goal_Q1() {
  measure_weights Q1 segmentation fasseg-128
}

goal_Q2() {
  measure_weights Q2 reenactment ytf-128 "$CHANGELING_ASSETS_DIR/models"
}
