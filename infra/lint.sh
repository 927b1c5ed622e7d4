#!/usr/bin/env bash
# Looks over all files that rustc does not: each check is named, and all are run before it fails.
# Called by `make lint`, which puts the checking tools on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=()
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		printf '  %-24s ok\n' "$name"
	else
		printf '  %-24s FAILED: %s\n%s\n' "$name" "$*" "$output"
		failed+=("$name")
	fi
}

mapfile -t scripts < <(git ls-files --cached --others --exclude-standard -z | xargs -0 shfmt --find)
mapfile -t images < <(git ls-files --cached --others --exclude-standard '*Dockerfile')
mapfile -t toml < <(git ls-files --cached --others --exclude-standard '*.toml')
mapfile -t yaml < <(git ls-files --cached --others --exclude-standard '*.yaml' '*.yml')

check shellcheck shellcheck "${scripts[@]}"
check shfmt shfmt --diff "${scripts[@]}"
check hadolint hadolint "${images[@]}"
check yamllint yamllint --strict "${yaml[@]}"
# Named one by one: taplo would walk through all that lies in the folder, built trees too.
check taplo taplo fmt --check "${toml[@]}"
check typos typos
check dashboard infra/dashboard.sh check
check structure python3 infra/structure.py
check actionlint actionlint -no-color
check cargo-machete cargo machete
# Advisories are left out: see deny.toml.
check cargo-deny cargo deny --log-level error check bans licenses sources
# Neither finds all that the other finds: SAM a property of the wrong type, cfn-lint a reference to nothing.
check cfn-lint cfn-lint template.yaml
check 'sam validate' env SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 sam validate
for chart in infra/charts/*/; do
	check "$(basename "$chart") chart" infra/charts/lint.sh "${chart%/}"
done
# `make mutants` takes long: that each still fits the code is seen here.
check mutants python3 runner/tests/faults/mutants/mutate.py check

if ((${#failed[@]} > 0)); then
	printf 'failed: %s\n' "${failed[*]}"
	exit 1
fi
