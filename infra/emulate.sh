#!/usr/bin/env bash
# One built function under Lambda's own runtime interface emulator: it gets events/create.json, as Lambda
# would hand it over, and works on the stack around it. Called by `make emulate` inside `local-stack exec`.
set -euo pipefail
cd "$(dirname "$0")/.."

bootstrap=${1:?usage: emulate.sh BOOTSTRAP}
: "${ADMIN_TOKEN:?run this by make emulate}"

# Two ports that nobody listens on.
read -r port runtime_port < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in sockets))')

log=$(mktemp)
AWS_LAMBDA_FUNCTION_NAME=commands \
	aws-lambda-rie --runtime-interface-emulator-address "127.0.0.1:$port" \
	--runtime-api-address "127.0.0.1:$runtime_port" "$bootstrap" >"$log" 2>&1 &
emulator=$!
stop() {
	kill "$emulator" 2>/dev/null || true
	wait "$emulator" 2>/dev/null || true
	rm -f "$log"
}
trap stop EXIT

answer=$(sed "s/ADMIN_TOKEN/$ADMIN_TOKEN/" events/create.json |
	curl --silent --fail --noproxy '*' --max-time 30 --retry 50 --retry-delay 0 --retry-connrefused \
		--data @- "http://127.0.0.1:$port/2015-03-31/functions/function/invocations") || {
	cat "$log"
	exit 1
}
if [[ $answer != *'"statusCode":202'* ]]; then
	cat "$log"
	printf 'the function answered: %s\n' "$answer"
	exit 1
fi
printf 'Under the runtime interface emulator, commands answered events/create.json:\n%s\n' "$answer"
