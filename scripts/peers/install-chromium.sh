#!/bin/sh
# The browser that tests of pages drive, from the system's packages.
set -eu
! command -v chromium >/dev/null || exit 0
sudo=''
[ "$(id -u)" -eq 0 ] || sudo=sudo
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null
