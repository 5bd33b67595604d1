#!/bin/bash
# Runs a command inside a private D-Bus session with an unlocked, throw-away Secret Service (gnome-keyring),
# so that tests never touch a person's own keychain. Usage: bash test/with-keyring.sh <command> [arguments]
set -euo pipefail

if [ "${1-}" != --inside ]; then
  for program in dbus-run-session gnome-keyring-daemon secret-tool; do
    if ! command -v "$program" >/dev/null; then
      echo "$program is missing. Install it with:" >&2
      echo "  sudo apt-get install -y --no-install-recommends dbus gnome-keyring libsecret-tools" >&2
      exit 69
    fi
  done
  home="$(mktemp -d)"
  trap 'rm -rf "$home"' EXIT
  mkdir -p "$home/data" "$home/cache" "$home/run"
  chmod 700 "$home/run"
  # Without a display the unlock dialog fails at once instead of waiting for a person.
  env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS -u GNOME_KEYRING_CONTROL \
    XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" XDG_RUNTIME_DIR="$home/run" \
    dbus-run-session -- bash "$0" --inside "$@"
  exit $?
fi

shift
eval "$(printf 'for-tests-only' | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"
# The daemon answers a little later than it starts: store, read and delete one item.
for _ in $(seq 50); do
  if printf 'x' | timeout 5 secret-tool store --label=ready ready ready 2>/dev/null &&
    [ "$(timeout 5 secret-tool lookup ready ready)" = x ]; then
    secret-tool clear ready ready
    "$@"
    exit $?
  fi
  sleep 0.1
done
echo 'The throw-away keyring did not become ready.' >&2
exit 70
