#!/usr/bin/env bash
# Another monitor for the tests' X server or Wayland compositor. screen_mode.sh WIDTH HEIGHT; or off, or on (as it was)
set -euo pipefail
if [ -n "${SWAYSOCK:-}" ]; then
  case $1 in
  off) swaymsg -q output HEADLESS-1 disable ;;
  on) swaymsg -q output HEADLESS-1 enable ;;
  *) swaymsg -q -- output HEADLESS-1 mode --custom "${1}x$2" ;;
  esac
else
  xrandr | grep -qw "${1}x$2" ||
    { xrandr --newmode "${1}x$2" 0 "$1" 0 0 0 "$2" 0 0 0; xrandr --addmode screen "${1}x$2"; }
  xrandr --output screen --mode "${1}x$2"
fi
