#!/bin/sh
# Builds versitygw, the S3 server that the tests of store/s3 run against, into .cache/peers. Needs Go; does nothing when it is there.
set -eu
version=v1.8.0
cd "$(dirname "$0")/../.."
peers=$PWD/.cache/peers
if [ -x "$peers/versitygw" ] && [ "$(cat "$peers/versitygw.version" 2>/dev/null)" = "$version" ]; then
  echo "versitygw $version is there"
  exit 0
fi
mkdir -p "$peers"
GOBIN=$peers CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$version"
echo "$version" >"$peers/versitygw.version"
echo "versitygw $version built"
