#!/usr/bin/env bash
# Installs the programs that the interoperability tests talk to, from Debian's packages and npm's. Does nothing for those already there.
set -euo pipefail

packages=(
  sip-tester kamailio kamailio-tls-modules kamailio-websocket-modules kamailio-outbound-modules kamailio-extra-modules
  baresip-core coturn tshark chromium espeak-ng sox ffmpeg libspandsp-dev libopus-dev
  pulseaudio pulseaudio-utils libasound2-plugins iproute2
)

# Other JavaScript runtimes; their packages bring the program.
runtimes=()
for runtime in bun deno; do
  command -v "$runtime" >/dev/null || runtimes+=("$runtime")
done
if [ ${#runtimes[@]} -gt 0 ]; then
  echo "Installing from npm: ${runtimes[*]}"
  npm install --global --silent --no-fund --no-audit "${runtimes[@]}"
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "All test peers are installed."
  exit 0
fi

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for attempt in 1 2 3; do
  if "${sudo[@]}" apt-get update >"$log" 2>&1 &&
    "${sudo[@]}" apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    echo "Installed."
    exit 0
  fi
  echo "Attempt $attempt failed:" && tail -n 5 "$log"
done
echo "The test peers could not be installed." >&2
exit 1
