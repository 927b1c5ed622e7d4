# What there is to do with this repository. `make` alone lists it.

# Where cargo puts what it builds, whatever the developer's own settings are.
BIN = $(shell cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug

TOOLS = $(abspath .tools/bin)

# As in template.yaml.
ARCHITECTURE = arm64

.DEFAULT_GOAL := help
.PHONY: help demo test test-shop test-image test-cluster kills faults soak mutants bench bench-functions bench-health emulate sam-build up down status build
.PHONY: contract openapi fmt lint tools-of-checks clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## From nothing to a Ready store: starts the local stack and creates one through the API
	@infra/local/demo.sh $(BIN)

test: build ## All tests, on a local stack of their own
	cargo test --workspace --no-run
	$(BIN)/local-stack exec -- cargo test --workspace -- --include-ignored
	@$(MAKE) --no-print-directory test-shop

test-image: ## Build the store image without a registry, and look at what is in it (root on Debian)
	@infra/images/trial/run.sh image

test-shop: ## The shop on Apache, PHP, MariaDB and WordPress (root on Debian; WOOCOMMERCE_DIR=, WP_CLI=, WORDPRESS_DIR=, KILLS=40)
	@infra/images/trial/run.sh shop

test-cluster: $(if $(KUBECONFIG),build) ## A store's story on a cluster with real pods (KUBECONFIG=FILE; infra/README.md)
ifeq ($(KUBECONFIG),)
	@echo "skipped: KUBECONFIG names no cluster with real pods"
else
	cargo test --package shopwright --test real_cluster --no-run
	$(BIN)/local-stack exec --existing-cluster -- cargo test --package shopwright --test real_cluster -- --nocapture
endif

bench: build ## Measure the runner in release beside a client that only creates and waits (ARGS=--help, JSON=FILE)
	cargo bench -p runner --bench provisioning --no-run
	$(if $(JSON),BENCH_JSON=$(abspath $(JSON))) $(BIN)/local-stack exec -- cargo bench -q -p runner --bench provisioning -- $(ARGS)

bench-health: build ## Time a pass over the health of 10, 100 and 1,000 stores, beside asking for each (ARGS=--help)
	cargo bench -p runner --bench health --no-run
	$(BIN)/local-stack exec -- cargo bench -q -p runner --bench health -- $(ARGS)

kills: build ## Many stores at once, with two runners that are killed again and again (STORES=30, SEED=…)
	cargo test --package runner --test real_parts --no-run
	STORES=$(STORES) SEED=$(SEED) $(BIN)/local-stack exec -- cargo test --package runner --test real_parts -- --ignored --nocapture kills

faults: build ## Faults at every call in every way, one at a time (FAULT='commit 3:KillAfter', STORY=Restart alone)
	cargo test --workspace --test faults --no-run
	EVERY_WAY=1 $(BIN)/local-stack exec -- cargo test --workspace --test faults -- --include-ignored --nocapture every_

mutants: build ## Take one guard after the other out of a copy of the code: the fault tests must notice
	runner/tests/faults/mutants/run.sh $(BIN)

soak: build ## Random mixes of faults (SEEDS=1000, FIRST_SEED=, SEED=7 alone)
	cargo test --workspace --test faults --no-run
	FIRST_SEED=$${FIRST_SEED:-$$(date +%s)} $(BIN)/local-stack exec -- cargo test --workspace --test faults -- --include-ignored --nocapture random_

bench-functions: tools-of-checks ## Size and start of the functions as deployed, beside the least that one can be
	PATH="$(TOOLS):$$PATH" cargo lambda build --release --quiet --package functions
	PATH="$(TOOLS):$$PATH" cargo lambda build --release --quiet --package functions --example hello
	cargo bench --quiet --package functions --bench functions

sam-build: tools-of-checks ## Build what `sam deploy` deploys (ARCHITECTURE=x86_64 for Intel)
	PATH="$(TOOLS):$$PATH" SAM_CLI_TELEMETRY=0 sam build --parameter-overrides Architecture=$(ARCHITECTURE)

emulate: build tools-of-checks ## A built function answers an event under Lambda's runtime interface emulator
	PATH="$(TOOLS):$$PATH" cargo lambda build --release --package functions --bin commands
	PATH="$(TOOLS):$$PATH" $(BIN)/local-stack exec -- infra/emulate.sh target/lambda/commands/bootstrap

up: build ## Start the local stack in the background
	@$(BIN)/local-stack up

down: ## Stop the local stack, and remove its state
	@if [ -d .local ]; then cargo build --quiet --package local-stack && $(BIN)/local-stack down; \
	else echo "Nothing runs."; fi

status: build ## Show what of the local stack runs
	@$(BIN)/local-stack status

build: ## Build all binaries
	cargo build --workspace --bins

contract: build ## Hold the API against its own description, with good data and bad
	$(BIN)/local-stack tools --checks
	PLATFORM_STORE_LIMIT=1000 OWNER_STORE_LIMIT=1000 RATE_FAILED_AUTHENTICATIONS_PER_MINUTE=1000 $(BIN)/local-stack exec -- infra/contract/run.sh $(BIN)

openapi: ## Check in what the code says of the API
	cargo run --quiet --package functions --example openapi > functions/openapi.json.new
	mv functions/openapi.json.new functions/openapi.json

fmt: ## Format the code
	cargo fmt --all

lint: ## What CI checks beside the tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@$(MAKE) --no-print-directory tools-of-checks
	@PATH="$(TOOLS):$$PATH" infra/lint.sh

tools-of-checks:
	@cargo build --quiet --package local-stack && $(BIN)/local-stack tools --checks

clean: down ## Remove what was built, the tools included
	cargo clean
	rm -rf .tools .local .aws-sam
