# shellcheck shell=bash
# Exported data sets. Sourced by script/goal.
goals+=(
  "X1  demo catalog: every format exports and verifies; flipped bit, renamed file, swapped label, moved person are caught"
  "X3  exports: copies, face crops and checks at >= 80 % of disk, encoder, decoder; 10,000 items take <= 32 MiB more than 20"
  "X4  which labels survive a copy remux, an encode, a trim: as docs/formats/sidecar.md says"
  "X2  same bytes on another day; overlapping splits, a licence conflict, a withdrawn person are refused with names"
)

# The demo's catalog in $work/run, a spec with every format in $work/spec.yaml.
export_demo() { # GOAL
  script/build changeling changeling-generate changeling-evaluate > /dev/null
  changeling models import --quiet
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  script/run-chain "$work/run" configs/demo.yaml > "$work/chain.log" 2>&1 || {
    tail -n 5 "$work/chain.log"
    verdict "$1" "the demo ended with an error" 0
  }
  formats=$(changeling export --help | tr '\n' ' ' | sed -n 's/.*Layouts to write: \([a-z, ]*\)\..*/\1/p' | tr -s ' ')
  [ -n "$formats" ] || verdict "$1" "'export --help' lists no formats" 0
  printf 'export: {name: demo, version: 1.0.0, formats: [%s]}\n' "$formats" > "$work/spec.yaml"
}

export_into() { # FOLDER [OPTION...]
  local out=$1
  shift
  changeling export "$work/spec.yaml" --catalog "$work/run/catalog.db" --out "$out" --quiet --no-progress "$@"
}

changed_copy() { # a fresh copy of the export in $work/copy
  rm -rf "$work/copy"
  cp -r "$work/out/demo-1.0.0" "$work/copy"
}

list_anew() { # new digests in the copy, as somebody would make who hides a change but has no key
  (cd "$work/copy" && cut -c 67- SHA256SUMS | tr '\n' '\0' | xargs -0 sha256sum > ../sums && mv ../sums SHA256SUMS)
}

expect_fault() { # TEXT: verify must exit 4 and say it
  local said code=0
  said=$(changeling export verify "$work/copy" --catalog "$work/run/catalog.db") || code=$?
  if [ "$code" -ne 4 ] || ! grep -q -- "$1" <<< "$said"; then
    echo "$said"
    verdict X1 "export verify exits $code where it must say '$1'" 0
  fi
  echo "caught: $(grep -m 1 -- "$1" <<< "$said")"
}

goal_X1() {
  export_demo X1
  export_into "$work/out" || verdict X1 "the export ended with an error" 0
  local folder=$work/out/demo-1.0.0 file
  changeling export verify "$folder" --catalog "$work/run/catalog.db" || verdict X1 "export verify finds faults" 0

  changed_copy
  file=$(find "$work/copy/webdataset" -name '*.tar' | sort | head -n 1)
  head -c 20001 "$file" | tail -c 1 | tr '\000-\377' '\001-\377\000' | dd of="$file" bs=1 seek=20000 conv=notrunc status=none
  expect_fault "was changed"

  changed_copy
  file=$(find "$work/copy/ffpp" -name '*_*.mp4' | sort | head -n 1)
  mv "$file" "$(dirname "$file")/900_901.mp4"
  expect_fault "900_901.mp4' is not part of the export"

  changed_copy
  sed -i '0,/FAKE/s//REAL/' "$work/copy/dfdc/dfdc_train_part_0/metadata.json"
  list_anew
  expect_fault "is labelled 0, items.jsonl says fake"

  changed_copy
  sed -i '1s/"part":"train"/"part":"test"/' "$work/copy/items.jsonl"
  list_anew
  expect_fault "split: "
  verdict X1 "formats $formats; $(wc -l < "$folder/items.jsonl") items; 4 of 4 changes caught" 1
}

expect_refusal() { # CHECK PATTERN [OPTION...]: exit 4, the offender named, nothing written
  local check=$1 pattern=$2 said code=0
  shift 2
  said=$(export_into "$work/refused" "$@" 2>&1) || code=$?
  if [ "$code" -ne 4 ] || ! grep -Eq "refused \($check\): .*$pattern" <<< "$said" || [ -e "$work/refused" ]; then
    echo "$said"
    verdict X2 "exit code $code where $check must be refused with '$pattern'" 0
  fi
  grep -E -m 1 "\($check\)" <<< "$said"
}

person_of_demo() { # COLUMN
  changeling catalog query --catalog "$work/run/catalog.db" --json \
    "SELECT $1 AS v FROM subject JOIN corpus USING(corpus_id) ORDER BY subject_id LIMIT 1" |
    sed 's/^{"v"://; s/}$//; s/"//g'
}

goal_X2() {
  command -v faketime > /dev/null || cannot_measure X2 "no faketime (script/bootstrap installs it)"
  export_demo X2
  local corpus person number differ
  corpus=$(person_of_demo name)
  person=$(person_of_demo ext_id)
  number=$(person_of_demo subject_id)
  export_into "$work/today" || verdict X2 "the export ended with an error" 0
  faketime -f '+40d' changeling export "$work/spec.yaml" --catalog "$work/run/catalog.db" --out "$work/later" \
    --quiet --no-progress || verdict X2 "the second export ended with an error" 0
  differ=$(diff -rq "$work/today" "$work/later" | wc -l)
  [ "$differ" -eq 0 ] || verdict X2 "$differ files differ on another day" 0

  printf 'corpus,subject,part\n%s,%s,test\n' "$corpus" "$person" > "$work/split.csv"
  changeling sample split other --mode list --list "$work/split.csv" --catalog "$work/run/catalog.db" --quiet
  expect_refusal person_part "subject $number of test in train" --set export.split=other --set export.version=2.0.0
  expect_refusal licence "'$corpus/.*' is not redistributable" --public --set export.version=2.0.0
  expect_refusal licence "'CC0-1.0' permits more" --set export.card.licence=CC0-1.0 --set export.version=2.0.0
  changeling corpus forget-subject "$corpus" "$person" --reason "goal X2" --withdraw-only --quiet \
    --catalog "$work/run/catalog.db"
  expect_refusal withdrawn "subject $number, withdrawn on" --set export.version=2.0.0
  verdict X2 "$(find "$work/today" -type f | wc -l) files equal after 40 days; 4 of 4 exports refused with names" 1
}

export_peak() { # REPEATS: items and peak memory in KiB of the export of a catalog of that size
  local at=$work/$1
  mkdir "$at"
  build/ci/bin/export_goal catalog "$at/catalog" "$1"
  printf 'export: {name: many, version: 1.0.0, formats: [webdataset, videofolder], limits: %s}\n' \
    '{codec_auc: 1, metadata_auc: 1, background_auc: 1, box_auc: 1, max_class_ratio: 0}' > "$at/spec.yaml"
  /usr/bin/time -f %M -o "$at/peak" changeling export "$at/spec.yaml" --catalog "$at/catalog/catalog.db" \
    --keys-dir "$at/catalog/keys" --out "$at" --quiet --no-progress
  echo "$(wc -l < "$at/many-1.0.0/items.jsonl") $(tail -n 1 "$at/peak")"
  rm -rf "$at"
}

goal_X3() {
  script/build changeling export_goal > /dev/null
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  local speed=1 few many few_items few_kib many_items many_kib grown holds=0
  build/ci/bin/export_goal speed "$work/speed" || speed=0
  rm -rf "$work/speed"
  few=$(export_peak 0)
  many=$(export_peak 998)
  read -r few_items few_kib <<< "$few"
  read -r many_items many_kib <<< "$many"
  grown=$(awk -v a="$few_kib" -v b="$many_kib" 'BEGIN {printf "%.1f", (b - a) / 1024}')
  [ "$speed" -eq 1 ] && [ "$many_items" -ge 9990 ] && awk -v g="$grown" 'BEGIN {exit !(g <= 32)}' && holds=1
  verdict X3 "$few_items items peak at $few_kib KiB, $many_items at $many_kib KiB: $grown MiB more" "$holds"
}

goal_X4() {
  script/build media_test > /dev/null
  local holds=0
  build/ci/bin/media_test --gtest_filter='TagSurvival.*' --gtest_brief=1 && holds=1
  sed -n '/^## What survives/,/^## /p' docs/formats/sidecar.md | grep '^|'
  verdict X4 "$(grep -c '^| `-c' docs/formats/sidecar.md || true) treatments, the page $([ "$holds" -eq 1 ] ||
    echo "does not say ")what was measured" "$holds"
}
