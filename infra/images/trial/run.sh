#!/usr/bin/env bash
# `make test-image` and `make test-shop`: builds the store image with what image.sh and base.sh put in place
# of the registries, looks at what is in it, and for `shop` runs the tests of the shop on it.
#
#   infra/images/trial/run.sh image|shop
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly what=${1:?usage: run.sh image|shop}
readonly here=infra/images/trial base=$PWD/.tools/shop/base image=$PWD/.local/shop/image

skip() {
	echo "skipped: make test-$what needs $1"
	exit 0
}
[ "$(id -u)" = 0 ] || skip "root, for folders that play containers"
[ -e /etc/debian_version ] || skip "Debian, whose packages it unpacks"
for tool in buildah openssl python3 unshare apt-get; do
	command -v "$tool" >/dev/null || skip "$tool (apt-get install $tool)"
done
unshare --mount --net --pid --fork true 2>/dev/null || skip "leave to make namespaces"

mkdir -p "$(dirname "$base")" "$(dirname "$image")"
$here/base.sh "$base"

# The image is built anew when a part of it has changed.
parts=(infra/images)
for part in "${WORDPRESS_DIR:+$WORDPRESS_DIR/wp-includes/version.php}" \
	"${WOOCOMMERCE_DIR:+$WOOCOMMERCE_DIR/woocommerce.php}" "${WP_CLI:-}"; do
	if [ -n "$part" ]; then
		parts+=("$part")
	fi
done
made_of=$(find "${parts[@]}" -type f -exec sha256sum {} + | sort | sha256sum)
if [ "$what" = image ] || [ "$(cat "$image.made-of" 2>/dev/null)" != "$made_of" ]; then
	rm -f "$image.made-of"
	$here/image.sh "$base" "$image"
	echo "$made_of" >"$image.made-of"
fi

if [ "$what" = image ]; then
	$here/look.sh "$image"
	exit
fi
cargo test --quiet --workspace --test shop --no-run
$here/shop.sh "$base" "$image" cargo test --offline --quiet --workspace --test shop -- \
	--include-ignored --test-threads 1
