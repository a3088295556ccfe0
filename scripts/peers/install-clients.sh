#!/bin/sh
# Builds clients of registries, which scripts/clients/ runs, into .cache/peers: crane, regctl and helm, with --all also cosign, which takes
# minutes; and dive, whose figures ours are compared with. Needs Go. Each is built once; what cannot be had is said, and the others are built all the same.
set -u
cd "$(dirname "$0")/../.."
peers=$PWD/.cache/peers
mkdir -p "$peers"
failed=0
install() { # NAME PACKAGE VERSION
  if [ -x "$peers/$1" ] && [ "$(cat "$peers/$1.version" 2>/dev/null)" = "$3" ]; then
    echo "$1 $3 is there"
  elif GOBIN=$peers CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "$2@$3"; then
    echo "$3" >"$peers/$1.version"
    echo "$1 $3 built"
  else
    echo "not available: $1 $3" >&2
    failed=1
  fi
}
install crane github.com/google/go-containerregistry/cmd/crane v0.22.1
install regctl github.com/regclient/regclient/cmd/regctl v0.11.7
install helm helm.sh/helm/v3/cmd/helm v3.22.0
install dive github.com/wagoodman/dive v0.13.1
[ "${1:-}" != --all ] || install cosign github.com/sigstore/cosign/v2/cmd/cosign v2.6.5
exit "$failed"
