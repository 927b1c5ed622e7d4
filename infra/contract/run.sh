#!/usr/bin/env bash
# Holds the API of the stack around it against what it says of itself. Called by `make contract`
# with the folder of the built binaries.
set -euo pipefail

# The store of the description's examples, so that they are about something.
"${1:?usage: run.sh FOLDER-OF-BINARIES}/shopwright" create "My Test Shop" --email owner@example.com

exec .tools/bin/schemathesis --config-file infra/contract/schemathesis.toml run \
	"$API_URL/v1/openapi.json" \
	--header "Authorization: Bearer $ADMIN_TOKEN" \
	--phases examples,coverage,fuzzing
