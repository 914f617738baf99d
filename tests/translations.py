#!/usr/bin/env python3
"""Every text on the screen can be translated, and is: translations.py SOURCE_DIRECTORY BUILD_DIRECTORY"""
import gettext, pathlib, re, subprocess, sys, tempfile

source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
i18n = source / "assets/i18n"
failures = []

# The template is what the sources say now.
with tempfile.TemporaryDirectory() as folder:
    template = pathlib.Path(folder) / "callapi.pot"
    subprocess.run([i18n / "update.sh", template], check=True)
    texts = set(re.findall(r'^msgid "(.+)"$', template.read_text(), re.M))
    known = set(re.findall(r'^msgid "(.+)"$', (i18n / "callapi.pot").read_text(), re.M))
    if texts != known:
        failures.append(f"callapi.pot is old, run assets/i18n/update.sh: {sorted(texts ^ known)}")
    if len(texts) < 40:
        failures.append(f"only {len(texts)} texts were found")

    # Complete, and each translation has what its text has.
    for translation in sorted(i18n.glob("*.po")):
        check = subprocess.run(["msgfmt", "--check", "--statistics", "-o", "/dev/null", translation],
                               capture_output=True, text=True,
                               env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
        if check.returncode or "fuzzy" in check.stderr or "untranslated" in check.stderr:
            failures.append(f"{translation.name}: {check.stderr.strip()}")
        done = gettext.GNUTranslations(open(build / "locale" / translation.stem / "LC_MESSAGES/callapi.mo", "rb"))
        for text in texts:
            words = done.ngettext(text, text, 2) if text in ("%s watching", "%s missed call") else done.gettext(text)
            if words == text or words.count("%s") != text.count("%s"):
                failures.append(f"{translation.name}: '{text}' is '{words}'")

# No text goes round gettext: a literal with two letters or more stands in _() or ngettext(), or is a name inside the
# program.
inside = re.compile(r'(#include|scene->name =|g_strcmp0\(view->room_state,|g_snprintf\(number,)')
for path in sorted([*source.glob("app/screen/scene*.c"), *source.glob("app/screen/overlay*.c"),
                    source / "app/view/words.c"]):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        bare = re.sub(r'/\*.*?\*/', "", line)
        bare = re.sub(r'_\("(\\.|[^"\\])*"\)|ngettext\("[^"]*", "[^"]*"', "", bare)
        for literal in re.findall(r'"((?:\\.|[^"\\])*)"', bare):
            if re.search(r"[^\W\d_]{2}",
                         re.sub(r"%[\d.]*[a-z]|\b(ms|fps|kbit/s)\b", "", literal)) and not inside.search(line):
                failures.append(f"{path.name}:{number}: \"{literal}\" is not translated")

print("\n".join(failures) or f"{len(texts)} texts, all translated")
sys.exit(bool(failures))
