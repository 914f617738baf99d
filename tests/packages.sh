#!/usr/bin/env bash
# Whether the packages that ./run installs are those that were tried in a fresh Debian (tests/fresh.sh). packages.sh [note SUITE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -z "${FRESH:-}" ] || exit 77         # this is the trial
tried=tests/fresh.tried
lists=$(sed -n '/^build_packages=/,/^test_packages=/p' run | tr -s ' \n\\' '\n' | sha256sum | cut -c1-16)
if [ "${1:-}" = note ]; then
  { grep -v "^$2 " $tried 2>/dev/null || true; echo "$2 $lists"; } | sort >"$tried.new" && mv "$tried.new" $tried
  exit
fi
for suite in bookworm trixie; do
  grep -qx "$suite $lists" $tried || { echo "the lists of packages in ./run changed: try them, ./run fresh $suite"; exit 1; }
done
