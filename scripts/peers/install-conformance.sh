#!/bin/sh
# Builds the conformance suite of the OCI distribution-spec, which scripts/conformance/ runs, into .cache/peers. Needs Go and a module proxy
# that has it; says so and fails where it cannot be had. Does nothing when it is there.
set -eu
version=v0.0.0-20260716174315-967efdc079b9
cd "$(dirname "$0")/../.."
peers=$PWD/.cache/peers
if [ -x "$peers/conformance" ] && [ "$(cat "$peers/conformance.version" 2>/dev/null)" = "$version" ]; then
  echo "conformance $version is there"
  exit 0
fi
mkdir -p "$peers"
if ! command -v go >/dev/null; then
  echo "not available: the OCI conformance suite needs Go to be built" >&2
  exit 1
fi
GOBIN=$peers CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "github.com/opencontainers/distribution-spec/conformance@$version" || {
  echo "not available: the OCI conformance suite $version cannot be had from this machine's Go module proxy" >&2
  exit 1
}
echo "$version" >"$peers/conformance.version"
echo "conformance $version built"
