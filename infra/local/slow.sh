#!/usr/bin/env bash
# Runs a command while the controllers and the kubelets of its local stack stand still for one second of every two, as
# they do on a machine that has too much to do. What a test takes for granted of them, and does not wait for, fails.
#
#   local-stack exec -- infra/local/slow.sh COMMAND...
set -euo pipefail

[ $# -gt 0 ] || {
	echo "usage: local-stack exec -- slow.sh COMMAND..." >&2
	exit 2
}
command -v pgrep >/dev/null || {
	echo "slow.sh needs pgrep (procps)" >&2
	exit 1
}
state=$(dirname "${KUBECONFIG:?it runs in a local stack}")
# Their command lines lead to the state of their stack.
slowed=$(pgrep -f "^[^ ]*/(kube-controller-manager|kwok) .*$state/") || {
	echo "slow.sh: no controllers run in $state" >&2
	exit 1
}

pace() {
	# Their numbers, each a word.
	# shellcheck disable=SC2086
	while kill -STOP $slowed && sleep 1 && kill -CONT $slowed; do
		sleep 1
	done 2>/dev/null
}
pace &
pacer=$!
# shellcheck disable=SC2086
trap 'kill "$pacer" 2>/dev/null || true; kill -CONT $slowed 2>/dev/null || true' EXIT
"$@"
