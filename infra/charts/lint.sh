#!/usr/bin/env bash
# Looks over one chart: by helm, by its own unit tests, and by two scanners over what it renders with each
# of its values files. What of the scanners' findings stays, and why, is in the chart's
# accepted-findings.txt: a line each, of scanner, finding and reason.
#
#   infra/charts/lint.sh infra/charts/runner
set -euo pipefail

chart=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A developer's plugins and settings are none of the chart's.
export HELM_CACHE_HOME=$scratch/cache HELM_CONFIG_HOME=$scratch/config HELM_DATA_HOME=$scratch/data

# The findings of one scanner that stay, with commas between them.
accepted() {
	local file=$chart/accepted-findings.txt
	[ ! -f "$file" ] || awk -v file="$file" -v scanner="$1" '
		/^(#|$)/ { next }
		$1 != "kube-score" && $1 != "checkov" { print file ": " $1 " is no scanner" > "/dev/stderr"; exit 1 }
		NF < 3 { print file ": no reason for " $2 > "/dev/stderr"; exit 1 }
		$1 == scanner { printf "%s%s", comma, $2; comma = "," }' "$file"
}

rendered=$scratch/rendered
mkdir "$rendered"
for values in "$chart"/values-*.yaml; do
	helm lint --strict --quiet --values "$values" "$chart"
	helm template release "$chart" --namespace namespace --values "$values" >"$rendered/$(basename "$values")"
done
helm-unittest --strict "$chart"
ignored=$(accepted kube-score)
kube-score score --kubernetes-version v1.34 --exit-one-on-warning --ignore-test "$ignored" "$rendered"/*
skipped=$(accepted checkov)
checkov --quiet --compact --skip-download --framework kubernetes --directory "$rendered" --skip-check "$skipped"
