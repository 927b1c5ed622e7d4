#!/usr/bin/env bash
# Builds, checks and tries the dashboard: infra/dashboard.sh build|check|test|browser|screenshots|lighthouse|bench. Called by make.
set -euo pipefail
cd "$(dirname "$0")/../functions/dashboard"

# What is needed, named before anything is done.
command -v npm >/dev/null || {
	echo "the dashboard needs Node.js 20.19 or later with npm (https://nodejs.org)" >&2
	exit 1
}

# The packages of the lock file, unless they are there.
packages() {
	local stamp=node_modules/.installed
	if ! cmp --silent package-lock.json "$stamp"; then
		npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
		mkdir -p node_modules
		cp package-lock.json "$stamp"
	fi
}

# Whether there is a browser to try it in.
browser() {
	[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null
}

case ${1:-} in
build)
	packages
	# What is built is newer than all that it is built from, and cargo builds the function again only if it is not.
	newer=$(find . ../openapi.json -path ./node_modules -prune -o -path ./built -prune -o -path ./tests -prune -o \
		-path ./src/api/schema.d.ts -prune -o -path ./screenshots -prune -o -type f -newer built/index.html -print -quit 2>/dev/null || echo all)
	[ -e built/index.html ] && [ -z "$newer" ] || npm run --silent build
	;;
check)
	packages
	npm run --silent check
	;;
test)
	packages
	npm run --silent test
	;;
browser | screenshots | lighthouse | bench)
	browser || {
		echo "skipped: there is no Chromium to try the dashboard in (apt-get install chromium, or name one in CHROMIUM)"
		exit 0
	}
	packages
	[ "$1" != lighthouse ] || (cd tests/lighthouse && packages)
	npm run --silent "$1"
	;;
*)
	echo "usage: infra/dashboard.sh build|check|test|browser|screenshots|lighthouse|bench" >&2
	exit 2
	;;
esac
