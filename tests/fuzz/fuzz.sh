#!/usr/bin/env bash
# Fuzzes what build/fuzz has, minimises what it found into corpus/, and tells what ran of each target's module.
# fuzz.sh [TARGET] [MINUTES]: one target or all, so long each (1). FUZZ_MERGE=no leaves corpus/ as it is.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
build=build/fuzz
kept=tests/fuzz/corpus
chosen='' minutes=1
for argument in "$@"; do
  case $argument in
  *[!0-9.]*) chosen=$argument ;;
  *) minutes=$argument ;;
  esac
done
status=0
# GLib's own slices hide what is read after it was freed.
export G_SLICE=always-malloc
export ASAN_OPTIONS=detect_stack_use_after_return=1:allocator_may_return_null=0
limits=(-timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=256)

# fuzz TARGET: inputs that reach something new go to build/fuzz/corpus/TARGET, those that fail to build/fuzz/found.
fuzz() {
  local target=$1 options=() log=$build/log/$1.log
  mkdir -p "$build/corpus/$target" "$build/found" "$build/log" "$kept/$target"
  [ -e "tests/fuzz/$target.dict" ] && options+=("-dict=tests/fuzz/$target.dict")
  [ -e "tests/fuzz/$target.options" ] && mapfile -t -O "${#options[@]}" options <"tests/fuzz/$target.options"
  LLVM_PROFILE_FILE=/dev/null "$build/tests/fuzz/fuzz_$target" "${limits[@]}" "${options[@]}" -print_final_stats=1 \
    -use_value_profile=1 -max_total_time="$(awk "BEGIN { print int($minutes * 60) }")" \
    -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "$kept/$target" >"$log" 2>&1 && return
  echo "$target: FAILED, see $log:"
  grep -m 3 -E 'ERROR|SUMMARY|Test unit written' "$log"
  status=1
}

# keep TARGET: the fewest inputs that reach every branch that was reached, instead of those that were kept; what bears
# a name, a finding or a seed, stays.
keep() {
  local target=$1 smallest=$build/smallest/$1 name
  rm -rf "$smallest"
  mkdir -p "$smallest"
  for name in "$kept/$target"/*; do
    [[ $(basename "$name") =~ ^[0-9a-f]{40}$ ]] || cp "$name" "$smallest"
  done
  LLVM_PROFILE_FILE=/dev/null "$build/tests/fuzz/fuzz_$target" "${limits[@]}" -merge=1 -use_counters=0 \
    -artifact_prefix="$build/found/$target-" "$smallest" "$kept/$target" "$build/corpus/$target" \
    >>"$build/log/$target.log" 2>&1 || { echo "$target: no merge"; return 1; }
  rm -rf "${kept:?}/$target"
  cp -r "$smallest" "$kept/$target"
}

# tell TARGET FILE_OR_FOLDER...: executions, lines that ran of all, and the functions that never did. Which lines those
# are: build/fuzz/profile/TARGET.txt.
tell() {
  local target=$1 executions program=$build/tests/fuzz/fuzz_$1 profile=$build/profile/$1
  shift
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/log/$target.log" | tail -1)
  # of a run that failed: as far as it told
  [ -n "$executions" ] || executions=$(sed -n '/^MERGE/q; s/^#\([0-9]*\).*/\1/p' "$build/log/$target.log" | tail -1)
  mkdir -p "$build/profile"
  LLVM_PROFILE_FILE=$profile.raw "$program" -runs=0 "$kept/$target" >/dev/null 2>&1
  llvm-profdata merge -o "$profile" "$profile.raw" || return
  printf '%-16s %10s executions, %3d inputs of %3d KiB, ' "$target" "${executions:-no}" \
    "$(find "$kept/$target" -type f | wc -l)" "$(du -bs "$kept/$target" | awk '{ print int($1 / 1024) }')"
  llvm-cov export "$program" -instr-profile="$profile" -skip-expansions | python3 tests/fuzz/coverage.py "$@"
  llvm-cov show "$program" -instr-profile="$profile" >"$profile.txt"
}

[ -z "$chosen" ] || grep -q "^$chosen " "$build/fuzz_targets" ||
  { echo "fuzz: no target '$chosen'; there are: $(cut -d' ' -f1 "$build/fuzz_targets" | xargs)" >&2; exit 2; }
while read -r target covers; do
  [ -z "$chosen" ] || [ "$chosen" = "$target" ] || continue
  fuzz "$target"
  [ "${FUZZ_MERGE:-yes}" = no ] || keep "$target"
  # shellcheck disable=SC2086
  tell "$target" $covers
done <"$build/fuzz_targets"
exit $status
