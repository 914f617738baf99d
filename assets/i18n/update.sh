#!/usr/bin/env bash
# Collects what is on the screen into callapi.pot, and merges it into the translations: after each change of such a
# text.
# update.sh [POT]: only writes the template, to POT (for tests/translations.py).
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=assets/i18n pot=${1:-assets/i18n/callapi.pot}
xgettext --language=C --from-code=UTF-8 --keyword=_ --sort-by-file --no-location --package-name=callapi \
  --output="$pot" \
  $(grep -rlE "\b(_|ngettext)\(" app --include="*.c" | LC_ALL=C sort)
xgettext --language=JavaScript --from-code=UTF-8 --keyword=_ --keyword=ngettext:1,2 --sort-by-file --no-location \
  --package-name=callapi --join-existing --output="$pot" assets/web/page/*.js
sed -i '/^"POT-Creation-Date/d; s/charset=CHARSET/charset=UTF-8/' "$pot"
[ $# = 0 ] || exit 0
for translation in "$folder"/*.po; do
  msgmerge --quiet --no-fuzzy-matching --backup=none --update "$translation" "$pot"
done
