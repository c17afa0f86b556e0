# shellcheck shell=bash
# Trained weights on held-out people. Sourced by script/goal. CHANGELING_TRAIN_DATA may name a folder that
# script/train-data has filled already.
goals+=(
  "Q1  G_s on held-out faces of FASSEG: face IoU >= 0.85 and above the hull of the landmarks, interval excluding 0"
  "Q2  G_r on pairs of held-out people: L1, SSIM, pose, landmarks better than copy, mesh warp and blurred warp"
  "Q3  swaps of held-out people, stills and clips: pose and landmarks not worse than mesh_swap, median id_margin_dlib > 0"
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
  [ -f generator/weights/blending.safetensors ] || cannot_measure Q3 "no weights of G_r, G_c and G_b are shipped"
  [ -d "${data_dir:?}/ytf_p1" ] || cannot_measure Q3 "no ytf_p1 in $data_dir (set CHANGELING_DATA_DIR)"
  [ -d "$data_dir/videos" ] || cannot_measure Q3 "no clips in $data_dir/videos (set CHANGELING_DATA_DIR)"
  prepare
  local work=${work:?}
  script/build swap_goal > /dev/null
  mkdir "$work/stills" "$work/clips" "$work/files"
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
  swap_and_score "$work/stills" configs/held-out-stills.yaml

  echo "path,subject,licence,consent_basis,redistributable" > "$work/files/subjects.csv"
  local name
  for name in talk_d9 talk_d10 talk_s18 talk_s20; do
    cp "$data_dir/videos/$name.mp4" "$work/files/"
    echo "$name.mp4,$name,research,public-research,0" >> "$work/files/subjects.csv"
  done
  script/run-chain "$work/clips" configs/held-out-clips.yaml "$work/files" > /dev/null
  if [ -n "${CHANGELING_KEEP:-}" ]; then
    rm -rf "$CHANGELING_KEEP" && cp -r "$work" "$CHANGELING_KEEP"
  fi
  build/ci/bin/swap_goal "$work/stills/catalog.db" "$work/clips/catalog.db"
}
