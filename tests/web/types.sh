#!/usr/bin/env bash
# The types in the page's comments (JSDoc) hold: TypeScript's compiler reads them, and makes nothing.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v tsc >/dev/null || { echo "skipped: tsc is not installed (Debian: node-typescript)"; exit 77; }
exec tsc --project .
