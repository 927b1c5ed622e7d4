#!/usr/bin/env bash
# Installs the official libraries of Standard Webhooks, as they are pinned beside this, from npm and PyPI, and prints the folder that they are in. Tests find it in STANDARD_WEBHOOKS. Where Node.js or Python with `venv` is missing it says so, and prints nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v node >/dev/null || ! command -v npm >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
	echo "skipped: the official libraries of webhooks need Node.js with npm, and Python with venv" >&2
	exit 0
fi
pins=$PWD/infra/webhooks/libraries
folder=$PWD/target/standard-webhooks
if ! cmp --silent <(cat "$pins"/*) "$folder/installed"; then
	rm -rf "$folder"
	mkdir -p "$folder"
	cp "$pins"/package*.json "$folder"
	npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent >&2
	python3 -m venv "$folder/venv" >&2
	"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
		--only-binary :all: --require-hashes --requirement "$pins/requirements.txt" >&2
	cat "$pins"/* >"$folder/installed"
fi
printf '%s\n' "$folder"
