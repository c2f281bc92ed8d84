#!/bin/sh
# Installs the Debian packages that the tests use as oracles. Without root, or elsewhere, tests that need them skip and say so.
set -eu
packages="adduser apt-utils gtk-update-icon-cache arch-test attr binutils bzip2 chromium debian-archive-keyring docker-registry dpkg-dev gnupg init-system-helpers
  libcap2-bin mawk mmdebstrap openssl perl postgresql prometheus python3 python3-aiosmtpd rpm skopeo sqlite3 time umoci util-linux xz-utils zstd"
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
# The tests start servers of their own; the packages must not start one.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
# shellcheck disable=SC2086 # a list of names
apt-get install -q -y --no-install-recommends $missing
