#!/usr/bin/env bash
# Lists what each program is made of, as CycloneDX JSON in target/sbom, and holds the lists against Cargo.lock.
# Called by `make sbom`, which puts cargo-cyclonedx on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

out=target/sbom
rm -rf "$out"
mkdir -p "$out"
# It writes beside each Cargo.toml, under a name that no file of the repository has.
cargo cyclonedx --quiet --format json --spec-version 1.5 --describe crate --override-filename sbom.cdx
git ls-files -z '*Cargo.toml' | while IFS= read -r -d '' manifest; do
	folder=$(dirname "$manifest")
	if [ -f "$folder/sbom.cdx.json" ]; then
		name=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$manifest" | head -1)
		mv "$folder/sbom.cdx.json" "$out/$name.cdx.json"
	fi
done

python3 infra/check_sbom.py Cargo.lock "$out"/*.json
