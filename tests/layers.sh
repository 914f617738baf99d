#!/usr/bin/env bash
# The arrows of ARCHITECTURE.md, from the includes: app → {net, render} → engine → platform.
set -u
cd "$(dirname "$0")/.."
status=0

# forbid FOLDER PATTERN: no file in FOLDER includes what PATTERN matches; <net/...> is the system's.
forbid() {
  if grep -nE "^#include [<\"]($2)" "$1"/*.[ch] | grep -v '<net/'; then
    echo "$1/ must not include $2"
    status=1
  fi
}

forbid engine 'net/|render/|app/|SDL|libwebsockets|nice/|agent\.h|gio/|openssl/|srtp2/'
forbid net 'render/|app/|SDL|ft2build'
forbid render 'net/|app/|libwebsockets|nice/|openssl/|srtp2/'
forbid platform 'net/|render/|app/'
if grep -nE '^#include "engine/' platform/*.[ch] | grep -vE 'engine/(media|audio_output)\.h"'; then
  echo "platform/ may know of engine/ only media.h and audio_output.h"
  status=1
fi
exit $status
