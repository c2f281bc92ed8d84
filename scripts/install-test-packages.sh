#!/bin/sh
# Installs the Debian packages that the tests use as oracles. Without root, or elsewhere, tests that need them skip and say so.
set -eu
packages="apt-utils arch-test binutils debian-archive-keyring docker-registry gnupg mmdebstrap openssl rpm skopeo time umoci xz-utils zstd"
missing=""
for package in $packages; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "not root: tests that need$missing will be skipped" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # a list of names
apt-get install -q -y --no-install-recommends $missing
