#!/bin/sh
# Builds BuildKit's daemon and client, which scripts/conformance/build/ and the build benchmark ask, into .cache/peers. Needs Go and a module
# proxy that has them. Does nothing when they are there.
set -eu
version=v0.26.0
cd "$(dirname "$0")/../.."
peers=$PWD/.cache/peers
if [ -x "$peers/buildkitd" ] && [ "$(cat "$peers/buildkit.version" 2>/dev/null)" = "$version" ]; then
  echo "buildkit $version is there"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "not available: BuildKit needs Go to be built" >&2
  exit 1
fi
mkdir -p "$peers"
# Its go.mod replaces modules, which "go install" refuses: it is built from its own folder.
folder=$(cd "$peers" && go mod download -json "github.com/moby/buildkit@$version" | sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p')
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
cp -R "$folder" "$work/source"
chmod -R u+w "$work/source"
(cd "$work/source" && go build -trimpath -ldflags="-s -w -X github.com/moby/buildkit/version.Version=$version" -o "$peers/" ./cmd/buildkitd ./cmd/buildctl)
echo "$version" >"$peers/buildkit.version"
echo "buildkit $version built"
