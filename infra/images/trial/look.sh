#!/usr/bin/env bash
# Looks at the unpacked store image: what must be in it is, what must not is not, and who may write what.
#
#   infra/images/trial/look.sh IMAGE
set -euo pipefail

readonly image=${1:?usage: look.sh IMAGE}
wrong=0
complain() {
	echo "  $1" >&2
	wrong=1
}

for path in /var/www/html/wp-load.php /var/www/html/wp-config.php /var/www/html/ready.php /var/www/html/status.php \
	/usr/share/shopwright/plugins/woocommerce/woocommerce.php /usr/share/shopwright/mu-plugins/loopback.php \
	/usr/share/shopwright/prepared.gz /usr/share/shopwright/assets/avatar.svg \
	/var/www/html/wp-content/uploads/woocommerce_uploads/.htaccess \
	/var/www/html/wp-content/uploads/shopwright/sample-product.png; do
	[ -f "$image$path" ] || complain "$path is not in the image"
done
for program in setup setup-database setup-shop await-setup seed serve schedule upgrade activity wp; do
	[ -x "$image/usr/local/bin/$program" ] || complain "$program can't be executed"
done
[ "$(readlink "$image/var/www/html/wp-content/plugins/woocommerce")" = /usr/share/shopwright/plugins/woocommerce ] ||
	complain "WooCommerce is not linked"

for path in /usr/src/wordpress /usr/src/php.tar.xz /usr/src/php.tar.xz.asc \
	/usr/local/bin/docker-entrypoint.sh /usr/local/bin/docker-ensure-installed.sh /usr/local/bin/prepare \
	/prepared /var/www/html/.htaccess /var/www/html/wp-config-docker.php \
	/var/www/html/wp-content/plugins/akismet /var/www/html/wp-content/plugins/hello.php \
	/var/www/html/wp-content/plugins/woocommerce/.git /etc/apache2/mods-enabled/status.load \
	/etc/apache2/mods-enabled/status.conf /etc/apache2/conf-enabled/other-vhosts-access-log.conf \
	/etc/apache2/conf-enabled/remoteip.conf \
	/etc/apache2/sites-enabled/000-default.conf; do
	if [ -e "$image$path" ] || [ -L "$image$path" ]; then
		complain "$path is in the image"
	fi
done
foreign=$(find "$image/var/www/html" "$image/usr/share/shopwright" \( ! -user 0 -o -perm /022 \) ! -type l -print -quit)
[ -z "$foreign" ] || complain "${foreign#"$image"} is not root's alone"

code=$(find "$image/usr/share/shopwright/languages" -type f ! -name '*.mo' ! -name '*.json' -print -quit)
[ -z "$code" ] || complain "${code#"$image"} is no catalogue of texts"
for locale in de_DE sv_SE; do
	for file in "$locale.mo" "admin-$locale.mo" "plugins/woocommerce-$locale.mo"; do
		[ -s "$image/usr/share/shopwright/languages/$locale/$file" ] || complain "$file is not in the image"
	done
done

# The salts of the build, and a shop's own values, are in no prepared database.
if zcat "$image/usr/share/shopwright/prepared.gz" | grep -qE '"(auth|secure_auth|logged_in|nonce)_(key|salt)"'; then
	complain "the prepared database has salts"
fi
mount --bind /dev "$image/dev"
trap 'umount "$image/dev"' EXIT
chroot "$image" env APACHE_RUN_DIR=/tmp MAX_REQUEST_WORKERS=1 SITE_ADDRESS=https://shop.example.com \
	PROXY_ADDRESSES="10.0.0.0/8 ::1" apache2ctl -t -DTLS -DXMLRPC 2>&1 |
	grep -q 'Syntax OK' || complain "Apache does not like its configuration"
grep -q '"User": "33:33"' "$image.json" || complain "the image does not name its user"
grep -q '"serve"' "$image.json" || complain "the image does not start serve"

[ "$wrong" = 0 ] || exit 1
printf 'The image is as it should be: %s MiB, of which WordPress %s, WooCommerce %s, the prepared database %s KiB.\n' \
	"$(du -sm --one-file-system "$image" | cut -f 1)" "$(du -sm "$image/var/www/html" | cut -f 1)" \
	"$(du -sm "$image/usr/share/shopwright/plugins" | cut -f 1)" \
	"$(du -sk "$image/usr/share/shopwright/prepared.gz" | cut -f 1)"
