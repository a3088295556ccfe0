#!/bin/sh
# Makes the checkout ready: its own Node and every locked package, installed once and again only when the lock changes.
# The stamp is a copy of the lock file, written last, so an interrupted install is seen and done over.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.lading-lock
usable_node() {
  node=node_modules/.bin/node
  [ -x "$node" ] || node=$(command -v node || true)
  [ -n "$node" ] && "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 24 || (a === 24 && b >= 15) ? 0 : 1)' 2>/dev/null
}
ready() { cmp -s package-lock.json "$stamp" && usable_node; }

if ready; then
  touch "$stamp" # newer than the lock file, so that bin/lading need not compare them at every start
  exit 0
fi
mkdir -p node_modules
install() {
  ready && return 0
  echo "lading: installing locked packages (once per change of package-lock.json) ..." >&2
  rm -f "$stamp"
  npm ci --no-audit --no-fund --loglevel=error >&2
  usable_node || {
    echo "lading: Node 24.15 or later is needed, and none could be installed for this system ($(uname -sm))." >&2
    echo "        Install it yourself and put it first in PATH, then run this again." >&2
    exit 1
  }
  cp package-lock.json "$stamp"
}
if command -v flock >/dev/null 2>&1; then
  # npm ci empties node_modules, so the lock lives beside it.
  mkdir -p .cache
  exec 9>.cache/install.lock
  flock 9
fi
install
