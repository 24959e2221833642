#!/usr/bin/env bash
# Installs the programs that the interoperability tests talk to, from Debian's packages and npm's. Does nothing for those already there.
set -euo pipefail

packages=(
  sip-tester
  kamailio kamailio-tls-modules kamailio-websocket-modules kamailio-outbound-modules kamailio-presence-modules kamailio-extra-modules
  baresip-core coturn tshark chromium espeak-ng sox ffmpeg gcc libc6-dev libspandsp-dev libopus-dev
  pulseaudio pulseaudio-utils libasound2-plugins iproute2
)

sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

failed=()

# Other JavaScript runtimes; their packages bring the program. Sound cards, too: 28 MB that nobody else needs.
runtimes=()
command -v bun >/dev/null || runtimes+=(bun@1)
command -v deno >/dev/null || runtimes+=(deno@2)
[ -d "$(npm root --global)/decibri" ] || runtimes+=(decibri@5)
if [ ${#runtimes[@]} -gt 0 ]; then
  echo "Installing from npm: ${runtimes[*]}"
  as_needed=()
  [ -w "$(npm prefix --global)" ] || as_needed=("${sudo[@]}")
  "${as_needed[@]}" npm install --global --no-fund --no-audit "${runtimes[@]}" >"$log" 2>&1 ||
    { tail -n 5 "$log" && failed+=("${runtimes[@]}"); }
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

export DEBIAN_FRONTEND=noninteractive
install() { "${sudo[@]}" apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; }

if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  complete=
  for attempt in 1 2 3; do
    if "${sudo[@]}" apt-get update >"$log" 2>&1 && install "${missing[@]}"; then
      complete=yes
      break
    fi
    echo "Attempt $attempt failed:" && tail -n 5 "$log"
  done
  # One that is not to be had must not keep the others away.
  [ -n "$complete" ] || for package in "${missing[@]}"; do install "$package" || failed+=("$package"); done
fi

if [ ${#failed[@]} -gt 0 ]; then
  echo "Could not be installed: ${failed[*]}. The tests that need them are skipped, or fail where OFFHOOK_PEERS=required." >&2
  exit 1
fi
echo "All test peers are installed."
