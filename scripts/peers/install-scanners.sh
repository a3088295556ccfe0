#!/bin/sh
# Builds syft and osv-scanner, which the scan benchmark runs beside ours, into .cache/peers. Needs Go and a module proxy that has them; takes
# minutes. Does nothing for those that are there. (grype would need its own database, which only its makers serve.)
set -eu
cd "$(dirname "$0")/../.."
peers=$PWD/.cache/peers
if ! command -v go >/dev/null; then
  echo "not available: syft and osv-scanner need Go to be built" >&2
  exit 1
fi
mkdir -p "$peers"
missing=0
build() { # name, module, version, package
  if [ -x "$peers/$1" ] && [ "$(cat "$peers/$1.version" 2>/dev/null)" = "$3" ]; then
    echo "$1 $3 is there"
    return
  fi
  # Their go.mod may replace modules, which "go install" refuses: each is built from its own folder.
  folder=$(cd "$peers" && go mod download -json "$2@$3" | sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p')
  if [ -z "$folder" ]; then
    echo "not available: $1 $3" >&2
    missing=1
    return
  fi
  work=$(mktemp -d)
  cp -R "$folder" "$work/source"
  chmod -R u+w "$work/source"
  if (cd "$work/source" && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=$3" -o "$peers/$1" "./$4"); then
    echo "$3" >"$peers/$1.version"
    echo "$1 $3 built"
  else
    missing=1
  fi
  rm -rf "$work"
}
build syft github.com/anchore/syft v1.51.0 cmd/syft
build osv-scanner github.com/google/osv-scanner/v2 v2.5.0 cmd/osv-scanner
exit "$missing"
