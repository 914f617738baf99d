#!/usr/bin/env bash
# The one handwriting: .clang-format, .clang-tidy, shellcheck, no line of code over 120 columns and none of prose over 100.
# lint.sh [BUILD]: BUILD has the compile_commands.json (build/plain). What was found good is not looked at again.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
build=${1:-build/plain}
status=0
complain() { echo "lint: $*"; status=1; }

sources() { find app engine net platform render tests -name '*.[ch]' -o -name '*.cc'; }
scripts() { echo run; echo .ci/run; find tests assets -name '*.sh'; }

# --- one style
sources | xargs clang-format --dry-run -Werror 2>&1 | grep -E 'error:' | head -20 && complain "clang-format -i FILE mends these"

# --- what clang-tidy finds, each file once for each of its contents
mkdir -p "$build/tidy"
tidy() {
  local stamp
  stamp=$2/tidy/$({ cat .clang-tidy; cat "$1"; } | sha1sum | cut -d' ' -f1)
  [ -e "$stamp" ] || { clang-tidy -p "$2" --quiet "$1" 2>/dev/null && touch "$stamp"; }
}
export -f tidy
find app engine net platform render -name '*.c' -not -path '*/examples/*' -print0 |
  xargs -0 -P "$(nproc)" -I {} bash -c 'tidy "$1" "$2"' _ {} "$build" || complain "clang-tidy: see above"

# --- scripts
# SC1091: it does not find what is sourced; SC2046: words that are to be split.
shellcheck --severity=warning --exclude=SC1091,SC2046 $(scripts) || complain "shellcheck: see above"

# --- lines
for file in $(sources); do
  awk -v file="$file" 'length > 120 { printf "%s:%d: %d columns of code\n", file, FNR, length; bad = 1 } END { exit bad }' "$file" ||
    status=1
done
for file in README.md ARCHITECTURE.md CHANGELOG.md .github/*.md $(find app engine net platform render tests -name '*.md'); do
  awk -v file="$file" '/^```/ { code = !code } length > 100 && !code && !/^\|/ && !/https?:/ {
    printf "%s:%d: %d columns of prose\n", file, FNR, length; bad = 1 } END { exit bad }' "$file" || status=1
done
exit $status
