#!/usr/bin/env bash
# Manual pages and bash's completion, made of what the program itself says (help, COMMAND --help), and so of its table
# of options: neither can forget one.
# manual.sh FOLDER VERSION PROGRAM...: several words where it runs under an emulator.
set -euo pipefail
export LC_ALL=C
folder=$1 version=$2; shift 2
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%d)
mkdir -p "$folder"

say() { env -u CALLAPI_CONFIG "$@" | sed 's/…/.../g'; }
# roff reads these as its own: a backslash, a minus (a hyphen to it), a line's first dot or quote.
roff() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/"; }
head_of() { printf '.TH %s 1 %s "callapi %s" "CallAPI"\n' "${1^^}" "$date" "$version"; }

help=$(say "$@" help)
# COMMAND, two blanks or more, what it is for.
commands=$(sed -nE 's/^  ([a-z]+) +(.*)$/\1 \2/p' <<<"$help")

page() {
  local command=$1 purpose=$2 text=$3 usage='[OPTION...]'
  local name=$purpose rest=${purpose##*: }
  # "what for: --room R" ends with what it needs.
  case $purpose in
  *': '[-[]*) name=${purpose%: *} usage="$rest $usage" ;;
  esac
  head_of "callapi-$command"
  printf '.SH NAME\n%s\n' "$(roff <<<"callapi-$command - $name")"
  printf '.SH SYNOPSIS\n.B callapi %s\n%s\n.SH OPTIONS\n' "$command" "$(roff <<<"$usage")"
  # "  -v, --verbose   Say more", "  --config=FILE   Read ...": the option, and behind two blanks or more its words.
  sed -nE 's/^  (-[^ ]*,? ?-?-[^ ]*|--[^ ]*) +(.*)$/\x01\1\n\2/p' <<<"$text" | roff | sed 's/^\x01/.TP\n.B /'
  if grep -q -- --config <<<"$text"; then
    printf '.SH ENVIRONMENT\n%s\n%s\n' "$(roff <<<'CALLAPI_TIMEOUT=20 is --timeout 20, and so on. An option goes before')" \
      'the environment, that before the file of \-\-config.'
  fi
  printf '.SH EXIT STATUS\n0: done; 1: it failed, and said why; 2: wrong usage.\n.SH SEE ALSO\n.BR callapi (1)\n'
}

main_page() {
  head_of callapi
  printf '.SH NAME\ncallapi \\- one\\-on\\-one video calls out of a live room\n'
  printf '.SH SYNOPSIS\n.B callapi\n.I COMMAND\n[\\fIOPTION\\fR...]\n.SH COMMANDS\n'
  sed -E 's/^([a-z]+) (.*)$/\x01\1 (1)\n\2/' <<<"$commands" | roff | sed 's/^\x01/.TP\n.BR callapi\\-/'
  printf '.SH OPTIONS\n.TP\n.B \\-\\-version\nWhich this is, and which libraries it runs with\n'
  printf '.TP\n.B help\nThe commands\n'
}

# The completion of one command: its options (with = where they take a value), and its words.
complete_command() {
  local options words
  options=$(grep -oE -- '^  (-[a-z], )?--[a-z-]+=?' <<<"$2" | grep -oE -- '--[a-z-]+=?' | tr '\n' ' ')
  words=$(sed -nE 's/^  callapi [a-z]+ \[OPTION\.\.\.\] ([a-z|]+)$/\1/p' <<<"$2" | tr '|' ' ')
  printf '    [%s]="%s"\n' "$1" "$options$words"
}

files=
main_page >"$folder/callapi.1"
{
  printf '# Made by app/commands/manual.sh from what callapi says of its options.\n_callapi_words() {\n  local -A words=(\n'
  while read -r command purpose; do
    text=$(say "$@" "$command" --help)
    page "$command" "$purpose" "$text" >"$folder/callapi-$command.1"
    complete_command "$command" "$text"
    files+=$(grep -oE -- '--[a-z-]+=(FILE|DIR)' <<<"$text" | sed 's/=.*//')$'\n'
  done <<<"$commands"
  # shellcheck disable=SC2016
  printf '  )\n  echo "${words[$1]-}"\n}\n'
  # shellcheck disable=SC2016
  printf '_callapi_is_file() {\n  case $1 in\n  %s) return 0 ;;\n  *) return 1 ;;\n  esac\n}\n' \
    "$(grep . <<<"$files" | sort -u | paste -sd'|')"
  printf '_callapi_commands="%s help --version"\n' "$(cut -d' ' -f1 <<<"$commands" | paste -sd' ')"
  cat <<'BASH'
_callapi() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  # Bash takes the = of --option=value for a word.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local IFS=$'\n'
  if [ "$COMP_CWORD" = 1 ]; then
    mapfile -t COMPREPLY < <(IFS=' '; compgen -W "$_callapi_commands" -- "$word")
  elif _callapi_is_file "$before" || { [ "${COMP_WORDS[1]}" = watch ] && [[ $word != -* ]]; }; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  else
    mapfile -t COMPREPLY < <(IFS=' '; compgen -W "$(_callapi_words "${COMP_WORDS[1]}")" -- "$word")
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
  fi
  return 0
}
complete -F _callapi callapi
BASH
} >"$folder/callapi.bash"
