# shellcheck shell=bash
# Sourced: what a process keeps when its connections have ended, as /proc tells. Elsewhere nothing is looked at.

# A font's file stays open from when its size is drawn first: those are few, and of no connection.
descriptors() { find "/proc/$1/fd" -type l ! -lname "*/fonts/*" 2>/dev/null | wc -l; }
threads() { find "/proc/$1/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat" 2>/dev/null || echo 0; }      # of CPU, a hundred a second

# given_back PID NAME DESCRIPTORS THREADS: it comes back to these, while it runs.
given_back() {
  for _ in $(seq 200); do
    kill -0 "$1" 2>/dev/null || fail "$2 ended before it had given all back"
    [ "$(descriptors "$1")" -le "$3" ] && [ "$(threads "$1")" -le "$4" ] && break
    sleep 0.1
  done
  [ "$(descriptors "$1")" -le "$3" ] ||
    { ls -l "/proc/$1/fd"; fail "$2 keeps $(descriptors "$1") descriptors, before $3"; }
  [ "$(threads "$1")" -le "$4" ] || fail "$2 keeps $(threads "$1") threads, before $4"
}

# at_rest PID: ticks that it takes in a second.
at_rest() {
  local before
  before=$(ticks "$1"); sleep 1
  echo $(($(ticks "$1") - before))
}

# rests PID TICKS: whether in one second of ten it takes less. What spins does so in each of them; a busy machine makes
# the same work dearer in some.
rests() {
  for _ in $(seq 10); do
    [ "$(at_rest "$1")" -lt "$2" ] && return
  done
  return 1
}

# nothing_left_behind PID NAME DESCRIPTORS THREADS [REST]: and takes less than a quarter of a core then, beside the REST
# that it took before: a host draws its own picture, which a sanitizer makes dear.
nothing_left_behind() {
  given_back "$@"
  rests "$1" $((25 + ${5:-0})) || fail "$2 does not rest"
}
