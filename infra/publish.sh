#!/usr/bin/env bash
# Builds the images and charts of a version and pushes them to a registry, which docker and helm are logged in
# to. Called by CI on a tag.
#
#   infra/publish.sh ghcr.io/OWNER/shopwright v1.2.3
set -euo pipefail
cd "$(dirname "$0")/.."

registry=${1:?usage: publish.sh REGISTRY TAG}
tag=${2:?usage: publish.sh REGISTRY TAG}
version=${tag#v}
# As helm takes it for a chart (semver 2).
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
	printf 'the tag %s is not a version, such as v1.2.3\n' "$tag" >&2
	exit 1
fi

docker build --tag "$registry/runner:$version" --file infra/images/runner/Dockerfile .
docker build --tag "$registry/store:$version" infra/images/store
docker push "$registry/runner:$version"
docker push "$registry/store:$version"

packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
for chart in infra/charts/*/; do
	helm package "$chart" --version "$version" --app-version "$version" --destination "$packages"
done
for package in "$packages"/*.tgz; do
	helm push "$package" "oci://$registry/charts"
done
