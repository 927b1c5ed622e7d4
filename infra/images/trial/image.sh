#!/usr/bin/env bash
# Builds the store image from its unchanged Dockerfile, without a container registry and without the download
# hosts, and unpacks it.
#
#   infra/images/trial/image.sh BASE FOLDER
#
# As root, with buildah and openssl. The base images are the Debian that base.sh has put into BASE; the
# downloads are packed from WORDPRESS_DIR (Debian's), WOOCOMMERCE_DIR and WP_CLI (both stand-ins here), and
# served by an HTTPS server of its own. The image's files are FOLDER afterwards.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
readonly here base=${1:?usage: image.sh BASE FOLDER} image=${2:?usage: image.sh BASE FOLDER}
readonly store=$here/../store

version_of() {
	sed -n "s/^ARG $1=//p" "$store/Dockerfile"
}
pin_of() {
	sed -n "s/^FROM \($1:[^ ]*\) AS.*/\1/p" "$store/Dockerfile"
}

mkdir -p "$(dirname "$image")"
work=$(mktemp -d "$(dirname "$image")/build.XXXXXX")
trap 'kill "${server:-}" 2>/dev/null || true; umount -R "$work"/storage/overlay 2>/dev/null || true; rm -rf "$work"' EXIT

# Layers over each other, or where the kernel won't have that here, copies: slower, and always there.
driver=vfs
mkdir -p "$work"/try/{lower,upper,work,merged}
if mount -t overlay overlay -o "lowerdir=$work/try/lower,upperdir=$work/try/upper,workdir=$work/try/work" "$work/try/merged" 2>/dev/null; then
	umount "$work/try/merged"
	driver=overlay
fi
build() {
	buildah --storage-driver "$driver" --root "$work/storage" --runroot "$work/run" "$@"
}

# What the official image has beside Debian's packages, as far as the Dockerfile touches it.
official() {
	# Linked and not copied: what is changed below is removed or made, and never written into.
	cp -al "$base" "$work/official" 2>/dev/null || cp -a "$base" "$work/official"
	local root=$work/official version
	version=$(ls "$root/etc/php")
	rm -rf "$root/var/www/html" "$root/usr/share/wordpress"
	mkdir -p "$root/usr/local/etc/php/conf.d" "$root/usr/src/wordpress" "$root/var/www/html"
	cp -a "$root/etc/php/$version/cli/conf.d/." "$root/usr/local/etc/php/conf.d/"
	for sapi in cli apache2; do
		rm -rf "$root/etc/php/$version/$sapi/conf.d"
		ln -s /usr/local/etc/php/conf.d "$root/etc/php/$version/$sapi/conf.d"
	done
	touch "$root/usr/local/bin/docker-entrypoint.sh" "$root/usr/src/php.tar.xz" "$root/usr/src/php.tar.xz.asc"
	ln -s docker-entrypoint.sh "$root/usr/local/bin/docker-ensure-installed.sh"
	chroot "$root" a2enmod -q rewrite expires remoteip status >/dev/null
	echo 'RemoteIPHeader X-Forwarded-For' >"$root/etc/apache2/conf-enabled/remoteip.conf"
}

wordpress() {
	local target=$work/wordpress root=$base
	if [ -n "${WORDPRESS_DIR:-}" ]; then
		cp -a "$WORDPRESS_DIR" "$target"
	else
		# Debian's has links out of its folder.
		chroot "$root" tar -chf - -C /usr/share --exclude=wordpress/.htaccess --exclude=wordpress/wp-config.php \
			--exclude=wordpress/wp-content/languages wordpress | tar -xf - -C "$work"
	fi
	rm -f "$target/wp-config.php" "$target/.htaccess"
	mkdir -p "$target/wp-content/plugins/akismet"
	touch "$target/wp-content/plugins/akismet/akismet.php" "$target/wp-content/plugins/hello.php"
}

# One TLS server that has all downloads, and takes the place of every host as a proxy would.
downloads() {
	mkdir -p "$work/www/release" "$work/tls"
	wordpress
	tar -czf "$work/www/wordpress-$(version_of WORDPRESS_VERSION).tar.gz" -C "$work" wordpress
	cp "${WP_CLI:-$here/stand-ins/wp}" "$work/www/wp-cli-$(version_of WP_CLI_VERSION).phar"
	cp -a "${WOOCOMMERCE_DIR:-$here/stand-ins/woocommerce}" "$work/woocommerce"
	python3 "$here/translations.py" "$work/www" "$store/Dockerfile"
	(cd "$work" && python3 -m zipfile -c "www/woocommerce.$(version_of WOOCOMMERCE_VERSION).zip" woocommerce)
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$work/tls/key.pem" -out "$work/tls/cert.pem" \
		-subj /CN=downloads -addext \
		'subjectAltName=DNS:wordpress.org,DNS:github.com,DNS:downloads.wordpress.org' 2>/dev/null
	python3 "$here/downloads.py" "$work/www" "$work/tls" "$work/port" &
	server=$!
	for _ in $(seq 100); do
		[ ! -s "$work/port" ] || break
		sleep 0.1
	done
}

image_of() {
	local container
	container=$(build from scratch)
	build copy --quiet "$container" "$1" / >/dev/null
	build commit --quiet "$container" "$2" >/dev/null
	build rm "$container" >/dev/null
}

sha() {
	"$1" "$2" | cut -d ' ' -f 1
}

official
downloads
# It takes alpine's place too: what that has to do, any system's shell can.
image_of "$work/official" localhost/official
rm -rf "$work/official"

# Both of the formats that builders write: the OCI one, which buildah and podman take by default.
SSL_CERT_FILE=$work/tls/cert.pem HTTPS_PROXY=http://127.0.0.1:$(<"$work/port") \
	build build --isolation chroot --format oci --quiet --tag localhost/store \
	--build-context "$(pin_of wordpress)=docker-image://localhost/official" \
	--build-context "$(pin_of alpine)=docker-image://localhost/official" \
	--build-arg WORDPRESS_SHA256="$(sha sha256sum "$work"/www/wordpress-*.tar.gz)" \
	--build-arg WOOCOMMERCE_SHA256="$(sha sha256sum "$work"/www/woocommerce.*.zip)" \
	--build-arg WP_CLI_SHA512="$(sha sha512sum "$work"/www/wp-cli-*.phar)" \
	"$store" >"$work/build.log" 2>&1 || {
	tail -n 40 "$work/build.log" >&2
	exit 1
}

container=$(build from localhost/store)
build inspect --type image localhost/store >"$image.json"
umount -R "$image" 2>/dev/null || true
rm -rf "$image"
mkdir -p "$image"
cp -a "$(build mount "$container")/." "$image"
build umount "$container" >/dev/null
