#!/usr/bin/env bash
# The installed library as a stranger meets it: installs into a folder of its own, and outside the tree builds the
# examples by `pkg-config callapi` alone and by CMake's find_package alone, and lets them call each other through the
# installed hub.
# install.sh BUILD_DIRECTORY SOURCE_DIRECTORY CC [FLAG...]: the flags are the build's sanitizers, which the programs
# need as well, because the sanitizers' libraries must come before the library that uses them.
set -u
build=$1 source=$2 cc=$3; shift 3
flags=("$@")
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
fail() { echo "FAILED: $1"; shift; [ $# = 0 ] || cat "$@"; exit 1; }
warnings=(-Wall -Wextra -Werror)

prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >"$work/log" 2>&1 || fail "installation" "$work/log"
library=$(find "$prefix" -name libcallapi.so) package=$(find "$prefix" -name callapi.pc)
[ -e "$library.0" ] && [ -n "$package" ] || fail "libcallapi.so.0 or callapi.pc is not installed"
for file in bin/callapi include/callapi/{callapi,call_types}.h share/locale/zh_CN/LC_MESSAGES/callapi.mo \
            share/callapi/assets/{i18n/zh_CN.po,theme/theme.ini,fonts/Inter-Medium.otf} \
            share/callapi/assets/web/{index.html,call/rules.inc,call/engine.js} \
            share/doc/callapi/{README,KIOSK,LIBRARY,HUB,CALLAPI_NAMES,PROTOCOL,MQTT}.md share/doc/callapi/LICENSE; do
  [ -f "$prefix/$file" ] || fail "$file is not installed"
done
export PKG_CONFIG_PATH=${package%/*} LD_LIBRARY_PATH=${library%/*}

# --- the headers: alone, in both languages
for header in callapi.h call_types.h; do
  include=$prefix/include/callapi
  echo "#include <$header>" >"$work/alone.c"
  cp "$work/alone.c" "$work/alone.cpp"
  "$cc" -std=c11 -pedantic "${warnings[@]}" -I"$include" -fsyntax-only "$work/alone.c" || fail "$header as C11"
  g++ -std=c++17 -pedantic "${warnings[@]}" -I"$include" -fsyntax-only "$work/alone.cpp" || fail "$header as C++17"
done

# --- the symbols: what the headers declare, no more and no less
sed -nE 's/^CALLAPI_EXPORT .*[ *](call[a-z_]+)\(.*/\1/p' "$prefix"/include/callapi/*.h | sort >"$work/declared"
# Not the linker's own, nor C++ templates, which libwebrtc-audio-processing has to share (it knows them by address).
nm -D --defined-only "$library" | awk '{ print $NF }' | grep -vxE '__bss_start|_edata|_end|_Z.*' |
  sort >"$work/exported"
[ "$(wc -l <"$work/declared")" -gt 20 ] || fail "the headers' functions cannot be read"
diff "$work/declared" "$work/exported" >"$work/log" || fail "declared (<) and exported (>) differ:" "$work/log"

# --- programs outside the tree
mkdir "$work/one" "$work/two"
cp "$source"/app/library/examples/*.c "$work/one"; cp "$source"/app/library/examples/*.c "$work/two"
for example in caller callee; do
  (cd "$work/one" &&
    "$cc" -std=c11 -pedantic "${warnings[@]}" "${flags[@]}" $example.c -o $example \
      $(pkg-config --cflags --libs callapi)) ||
    fail "$example by pkg-config"
done
cat >"$work/two/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES C)
find_package(callapi 0.2 CONFIG REQUIRED)
link_libraries(callapi::callapi)
add_executable(caller caller.c)
add_executable(callee callee.c)
CMAKE
{ CC=$cc CFLAGS="${warnings[*]} ${flags[*]}" cmake -S "$work/two" -B "$work/two" -G Ninja -Dcallapi_ROOT="$prefix" &&
  cmake --build "$work/two"; } >"$work/log" 2>&1 || fail "the examples by find_package" "$work/log"

# --- they call each other
"$prefix/bin/callapi" hub --listen 127.0.0.1:0 --duration 600 >"$work/hub" 2>&1 &
for _ in $(seq 100); do grep -q 'ws://' "$work/hub" && break; sleep 0.1; done
url=$(grep -o 'ws://127.0.0.1:[0-9]*' "$work/hub" | head -1)
[ -n "$url" ] || fail "the installed hub" "$work/hub"
# call CALLER CALLEE: both end with 0, and each saw and heard the other.
call() {
  timeout 60 "$2" "$url" bert >"$work/callee" 2>&1 & local callee=$!
  for _ in $(seq 100); do grep -q waiting "$work/callee" && break; sleep 0.1; done
  timeout 60 "$1" "$url" anna bert >"$work/caller" 2>&1 || fail "caller ended with $?" "$work/caller" "$work/callee"
  wait $callee || fail "callee ended with $?" "$work/callee" "$work/caller"
  for word in 'it rings at bert' 'connected' 'local hang' '^timing: {"'; do
    grep -q "$word" "$work/caller" || fail "the caller did not say '$word'" "$work/caller"
  done
  for word in 'anna calls' 'connected' 'caller is muted' 'caller is heard' 'remote hang'; do
    grep -q "$word" "$work/callee" || fail "the callee did not say '$word'" "$work/callee"
  done
  # What codecs and sound have to say goes to nobody's terminal: it is another program's.
  ! grep -hE '^\[|ALSA lib' "$work/caller" "$work/callee" >"$work/strange" ||
    fail "a library within speaks" "$work/strange"
}
call "$work/one/caller" "$work/two/callee"
call "$work/two/caller" "$work/one/callee"

# --- the first lines that README.md and callapi.h show, with what a program has around them: they make a call
cat >"$work/around.py" <<'PYTHON'
import re, sys
source, url = sys.argv[1:]
if source.endswith(".md"):
    lines = re.search(r"```c\n(.*?)```", open(source).read(), re.S)[1]
else:
    comment = re.search(r"\n( \*     struct callapi \*api.*?)\n \*\n", open(source).read(), re.S)[1]
    lines = "\n".join(line[3:] for line in comment.split("\n"))
for shown, ours in {"ws://hub:8080": url, "&error": "&why", "my_listener": "listener", "my_data": "NULL"}.items():
    lines = lines.replace(shown, ours)
loop = ("for (;;) { size_t n = callapi_descriptors(api, descriptors, SIZE);"
        " poll(descriptors, n, milliseconds_until(callapi_deadline(api))); callapi_poll(api); }")
lines = re.sub(r"for \(;;\) \{ poll\(\.\.\..*\}", loop, lines)
assert "callapi_call(" in lines and "callapi_prepare(" in lines
print("""#define _POSIX_C_SOURCE 200809L
#include <callapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
enum { SIZE = 128 };
static struct pollfd descriptors[SIZE];
static int milliseconds_until(int64_t us)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t left = (us - now.tv_sec * INT64_C(1000000) - now.tv_nsec / 1000 + 999) / 1000;
    return left < 0 ? 0 : left > 1000 ? 1000 : (int)left;
}
static void on_state(void *user_data, const struct callapi_change *change)
{
    (void)user_data;
    puts(call_state_name(change->state));
    if (change->previous >= CALL_CALLING && change->state == CALL_PREPARED)
        exit(0);
}
static const struct callapi_listener listener = { .state = on_state };
int main(void)
{
    char *why = NULL;
    const char *const cameras[] = { "synthetic", NULL };
    (void)cameras;
""" + lines + "\n}")
PYTHON
snippet() {
  local source=$1 program=$work/snippet
  python3 "$work/around.py" "$source" "$url" >"$program.c" || fail "no lines of C in $source"
  "$cc" -std=c11 "${flags[@]}" "$program.c" $(pkg-config --cflags --libs callapi) -o "$program" >"$work/log" 2>&1 ||
    fail "the lines in $source" "$work/log" "$program.c"
  timeout 60 "$work/one/callee" "$url" bert >"$work/callee" 2>&1 & local callee=$!
  for _ in $(seq 100); do grep -q waiting "$work/callee" && break; sleep 0.1; done
  timeout 60 "$program" >"$work/caller" 2>&1 & local caller=$!
  for _ in $(seq 300); do grep -q 'anna calls' "$work/callee" && break; sleep 0.1; done
  grep -q 'anna calls' "$work/callee" || fail "the lines in $source make no call" "$work/caller" "$work/callee"
  kill $caller $callee; wait $caller $callee 2>/dev/null
}
snippet "$source/app/library/README.md"
snippet "$source/engine/callapi.h"

# --- and say what is wrong
timeout 60 "$work/one/caller" "$url" anna nobody >"$work/caller" 2>&1
[ $? = 1 ] && grep -q 'nobody was not reached' "$work/caller" || fail "a call to nobody" "$work/caller"
timeout 60 "$work/one/callee" nowhere bert >"$work/callee" 2>&1
[ $? = 1 ] && grep -q '^callee: ' "$work/callee" || fail "a bad URL" "$work/callee"
"$work/one/caller" >"$work/caller" 2>&1
[ $? = 2 ] || fail "no arguments" "$work/caller"
# --- the unit names what was installed, as does one whose root is elsewhere; and all of it can be taken away again
grep -qx "ExecStart=$prefix/bin/callapi hub --config /etc/callapi/hub.ini" \
  "$prefix/lib/systemd/system/callapi-hub.service" || fail "the hub's unit starts another program"
DESTDIR=$work/image cmake --install "$build" --prefix /opt/calls >"$work/log" 2>&1 || fail "DESTDIR" "$work/log"
grep -q '^ExecStart=/opt/calls/bin/callapi kiosk' "$work/image/opt/calls/lib/systemd/system/callapi-kiosk.service" ||
  fail "the kiosk's unit names the image, or another prefix"
"$source/run" uninstall "$prefix" >"$work/log" 2>&1 || fail "./run uninstall" "$work/log"
find "$prefix" ! -type d -o -name '*callapi*' >"$work/left"
[ ! -s "$work/left" ] || fail "./run uninstall leaves:" "$work/left"
symbols=$(wc -l <"$work/exported")
echo "install: $symbols symbols; the examples call each other, built by pkg-config and by find_package"
