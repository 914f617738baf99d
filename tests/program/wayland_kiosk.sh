#!/usr/bin/env bash
# Inside a compositor (tests/program/wayland.sh): a kiosk fills the screen, and its room's picture is what the
# compositor shows.
# wayland_kiosk.sh PROGRAM FRAMECODE
set -eu
program=$1 framecode=$2
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
SDL_VIDEODRIVER=dummy "$program" host --headless --hub embedded --listen 127.0.0.1:0 --room Lobby --user anna \
  2>"$work/host" &
for _ in $(seq 100); do grep -q ws: "$work/host" && break; sleep 0.1; done
"$program" kiosk --fullscreen --hub "$(grep -o 'ws://[^ ]*' "$work/host")" --room Lobby --user kiosk 2>"$work/kiosk" &
for _ in $(seq 150); do
  sleep 0.2
  grim -t ppm "$work/screen.ppm"
  ffmpeg -v error -y -i "$work/screen.ppm" -f rawvideo -pix_fmt gray - |
    "$framecode" read --size 1280x720 --fps 1 >"$work/seen"
  if grep -q '"codes":\[{"source":1,' "$work/seen"; then echo "as expected: $(cat "$work/seen")"; exit; fi
done
echo "no picture on the screen: $(cat "$work/seen")"; cat "$work/kiosk"; exit 1
