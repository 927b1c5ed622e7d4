#!/usr/bin/env bash
# Unpacks Debian's Apache, PHP, MariaDB and WordPress into a folder, where nothing of this machine is touched.
#
#   infra/images/trial/base.sh FOLDER
#
# As root. Done once: a second call looks at what the first has left, and does nothing. DEBIAN_MIRROR names
# another mirror than that of this machine's own packages.
set -euo pipefail

readonly root=${1:?usage: base.sh FOLDER}
readonly packages=ca-certificates,apache2,libapache2-mod-php,php-cli,php-mysql,php-gd,php-xml,php-mbstring,php-curl,php-zip,php-intl,php-imagick,php-bcmath,mariadb-server,mariadb-client,python3-aiosmtpd,wordpress,wordpress-theme-twentytwentyfive,unzip,procps
readonly stamp="trixie $packages"

if [ "$(cat "$root.stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v debootstrap >/dev/null; then
	# A shell script with its data: it runs from where it is unpacked.
	(cd "$work" && apt-get download debootstrap >/dev/null && dpkg-deb -x debootstrap_*.deb .)
	export DEBOOTSTRAP_DIR=$work/usr/share/debootstrap PATH=$work/usr/sbin:$PATH
fi
rm -rf "$root" "$root.stamp"
mkdir -p "$root"
# The mirror that this machine takes its own release from.
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
# shellcheck disable=SC2016 # apt's own words
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
	sed -n "s/^$codename //p" | head -n 1)}
[ -n "$mirror" ] || {
	echo "apt knows no mirror of $codename: DEBIAN_MIRROR names one" >&2
	exit 1
}
debootstrap --variant=minbase --include="$packages" trixie "$root" "$mirror" >"$root.log" 2>&1 || {
	tail -n 20 "$root.log" >&2
	exit 1
}
rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
echo "$stamp" >"$root.stamp"
