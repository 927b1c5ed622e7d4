#!/usr/bin/env bash
# The main job, shown: from nothing to a Ready store. Called by `make demo` with the folder of the
# built binaries.
set -euo pipefail

bin=${1:?usage: demo.sh FOLDER-OF-BINARIES}
name="My Test Shop"

# A stack that was up before is somebody's: the demo stops only what it has started.
was_up=$([ -e .local/env ] && echo yes || echo no)
stop() {
	trap - INT TERM
	if [ "$was_up" = no ]; then
		printf '\nStopping the stack.\n'
		"$bin/local-stack" down
	fi
	exit 130
}
trap stop INT TERM

"$bin/local-stack" up
# shellcheck source=/dev/null
. .local/env

printf '\n$ shopwright create "%s" --email owner@example.com --follow\n' "$name"
"$bin/shopwright" create "$name" --email owner@example.com --follow --if-absent

# The token is in the fragment, which no browser sends to anybody, and the page takes it away at once.
cat <<EOF

The dashboard is at $API_URL/; this link signs in:

  $API_URL/#token=$ADMIN_TOKEN

EOF
cat <<'EOF'
What to try next, after `. .local/env` in this folder:

  shopwright list                            all stores
  shopwright events my-test-shop             what happened, step by step
  kubectl -n store-my-test-shop get all      what it is made of
  shopwright delete my-test-shop --follow    take it away again
  make down                                  stop the stack

EOF
if [ "${CLUSTER:-simulated}" = simulated ]; then
	cat <<EOF
The Kubernetes API server is real, and so are its controllers, its scheduler and its RBAC. Containers
are simulated by KWOK: they become ready at once and nothing answers at the store's URL. For a real
cluster (\`make down && make demo KUBECONFIG=~/.kube/config\`) see "A cluster of yours" in the README.
EOF
fi
