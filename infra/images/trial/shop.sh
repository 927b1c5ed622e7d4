#!/usr/bin/env bash
# Runs the tests of the shop with real parts: the store image as image.sh has unpacked it, with a database, in
# namespaces of their own.
#
#   infra/images/trial/shop.sh BASE IMAGE COMMAND...
#
# As root. COMMAND finds in SHOP_TRIAL a folder with `job` and `shop`, what the Job's and the shop's containers
# see: a root that can't be written, a /tmp that can, and for the shop a volume at wp-content. In SHOP_DATABASE
# is the address of a server, whose `root` needs no password.
set -euo pipefail

readonly base=${1:?usage: shop.sh BASE IMAGE COMMAND...} image=${2:?usage: shop.sh BASE IMAGE COMMAND...}
shift 2

if [ "${SHOP_TRIAL:-}" = "" ]; then
	work=$(mktemp -d)
	code=0
	SHOP_TRIAL=$work unshare --mount --propagation private --net --pid --fork --kill-child \
		"$0" "$base" "$image" "$@" || code=$?
	rm -rf "$work"
	exit "$code"
fi

ip link set lo up
chmod 755 "$SHOP_TRIAL"
container() {
	local root=$SHOP_TRIAL/$1
	mkdir -p "$root"
	mount --bind "$image" "$root"
	mount -o remount,ro,bind "$root"
	mount --bind -o ro /proc "$root/proc" 2>/dev/null || mount -t proc proc "$root/proc"
	mount --bind /dev "$root/dev"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	mount -t tmpfs -o mode=1777 tmpfs "$root/run"
}
container job
container shop
mkdir -p "$SHOP_TRIAL/volume" "$SHOP_TRIAL/data" "$SHOP_TRIAL/db"
chown 33:33 "$SHOP_TRIAL/volume"
# The first init container sees the volume at another place than the shop.
mkdir "$SHOP_TRIAL/shop/tmp/volume"
mount --bind "$SHOP_TRIAL/volume" "$SHOP_TRIAL/shop/tmp/volume"
chroot --userspec=33:33 "$SHOP_TRIAL/shop" seed /tmp/volume
mount --bind "$SHOP_TRIAL/volume/wp-content" "$SHOP_TRIAL/shop/var/www/html/wp-content"

mount --bind "$base" "$SHOP_TRIAL/db"
mount --bind "$SHOP_TRIAL/data" "$SHOP_TRIAL/db/mnt"
mount --bind /dev "$SHOP_TRIAL/db/dev"
mount -t tmpfs tmpfs "$SHOP_TRIAL/db/tmp"
chroot "$SHOP_TRIAL/db" chown mysql /mnt
chroot "$SHOP_TRIAL/db" mariadb-install-db --no-defaults --user=mysql --datadir=/mnt --force --skip-test-db \
	--auth-root-authentication-method=normal >/dev/null 2>&1
chroot "$SHOP_TRIAL/db" mariadbd --no-defaults --user=mysql --datadir=/mnt --socket=/mnt/socket --port=3306 \
	--bind-address=127.0.0.1 >"$SHOP_TRIAL/db.log" 2>&1 &
database=$!
until chroot "$SHOP_TRIAL/db" mariadb --no-defaults --socket=/mnt/socket --user=root \
	--execute "CREATE USER shop@'%' IDENTIFIED BY 'shop'; GRANT ALL ON *.* TO shop@'%'" >/dev/null 2>&1; do
	kill -0 "$database" || {
		tail -n 20 "$SHOP_TRIAL/db.log" >&2
		exit 1
	}
	sleep 0.2
done
"$@"
