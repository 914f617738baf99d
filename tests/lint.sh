#!/usr/bin/env bash
# The one handwriting: .clang-format, .clang-tidy, shellcheck, no line of code over 120 columns and none of prose over
# 100.
# lint.sh [BUILD]: BUILD has the compile_commands.json (build/plain). What was found good is not looked at again.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
build=${1:-build/plain}
status=0
complain() { echo "lint: $*"; status=1; }

ours() { grep -v -e /node_modules -e assets/web/vendor; }
sources() { find app engine net platform render tests -name '*.[ch]' -o -name '*.cc' | ours; }
scripts() { echo run; echo .ci/run; find tests assets platform -name '*.sh' | ours; }
others() {
  echo CMakeLists.txt
  find app assets engine net platform render tests -name CMakeLists.txt \
    -o -name '*.cmake' -o -name '*.py' -o -name '*.js' -o -name '*.mjs' -o -name '*.css' -o -name '*.html' \
    -o -name '*.yaml' -o -name '*.inc' | ours
}

# --- one style
unformatted=$(sources | xargs clang-format --dry-run -Werror 2>&1 | grep -E 'error:' | head -20)
[ -z "$unformatted" ] || { echo "$unformatted"; complain "clang-format -i FILE mends these"; }

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
# SC1091: it does not find what is sourced; SC2044, SC2046: our own names have no blanks.
shellcheck --severity=warning --exclude=SC1091,SC2044,SC2046 $(scripts) || complain "shellcheck: see above"

# --- lines
# overlong COLUMNS [FILE...]: the lines that are longer.
overlong() {
  local columns=$1; shift
  LC_ALL=C.UTF-8 grep -nE "^.{$((columns + 1)),}" "$@" | cut -c1-100
}
# shellcheck disable=SC2046
overlong 120 $(sources) $(scripts) $(others) && complain "a line of code has at most 120 columns"
for file in $(find . \( -path ./build -o -path ./out -o -name node_modules \) -prune -o -name '*.md' -print); do
  awk '/^```/ { code = !code } code || /^\|/ || /https?:/ || /^    / { print ""; next } { print }' "$file" |
    overlong 100 | sed "s#^#$file:#" | grep . && complain "a line of prose has at most 100 columns"
done
exit $status
