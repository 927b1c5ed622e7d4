# What there is to do with this repository. `make` alone lists it.

# A text as one word of the shell, whatever is in it: the checkout may lie in `Ada's shop (1)`.
quote = '$(subst ','\'',$(1))'

# Where cargo puts what it builds, whatever the developer's own settings are. A path in JSON has `"` and `\`
# escaped.
TARGET = $(shell cargo metadata --no-deps --format-version 1 | \
	sed -n 's/.*"target_directory":"\(\([^"\\]\|\\.\)*\)".*/\1/p' | sed 's/\\\(.\)/\1/g')
BIN = $(call quote,$(TARGET)/debug)
LOCAL_STACK = $(call quote,$(TARGET)/debug/local-stack)

# In front of a command: the tools that `tools-of-checks` makes are on its PATH.
WITH_TOOLS = PATH=$(call quote,$(CURDIR)/.tools/bin):"$$PATH"

# In front of a stack that the dashboard is tried on: room for stores, and the provider that its tests play.
OF_TRIAL = PLATFORM_STORE_LIMIT=100 OWNER_STORE_LIMIT=100 SIGN_IN_ISSUER=http://127.0.0.1:29417 SIGN_IN_CLIENT_ID=shopwright

# In front of tests of webhooks: the libraries that receivers verify with, where Node.js and Python are there.
WITH_LIBRARIES = STANDARD_WEBHOOKS="$$(infra/webhooks/libraries.sh)"

# In front of the long tests: the cluster's programs, which are Go's, take memory rather than the cores (a sixth less of them).
WITH_MEMORY = GOGC=400

# As in template.yaml.
ARCHITECTURE = arm64

.DEFAULT_GOAL := help
.PHONY: help demo test test-shop test-image test-cluster slow kills faults soak mutants bench bench-ready bench-functions bench-health bench-front bench-pages bench-webhooks emulate sam-build up down status build
.PHONY: dashboard test-dashboard screenshots lighthouse bench-dashboard contract webhooks openapi fmt lint sbom tools-of-checks clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## From nothing to a Ready store: starts the local stack and creates one through the API
	@infra/local/demo.sh $(BIN)

test: build ## All tests, on a local stack of their own
	$(LOCAL_STACK) tools --tests
	cargo test --workspace --no-run
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} $(WITH_MEMORY) $(WITH_LIBRARIES) $(LOCAL_STACK) exec -- cargo test --workspace -- --include-ignored
	@$(MAKE) --no-print-directory --jobs=2 test-dashboard test-shop

dashboard: ## Build the page over the API, which `make build` then puts into its function (Node.js 20.19)
	@infra/dashboard.sh build

test-dashboard: build ## The dashboard: its pure parts, then all of it in Chromium on a local stack of its own
	@infra/dashboard.sh test
	$(OF_TRIAL) $(LOCAL_STACK) exec -- infra/dashboard.sh browser

lighthouse: build ## What Lighthouse says of a list of 1,000 stores, held against its budgets
	$(OF_TRIAL) $(LOCAL_STACK) exec -- infra/dashboard.sh lighthouse

bench-dashboard: build ## Bytes and requests of watching a list of 1,000 stores (MINUTES=10)
	$(OF_TRIAL) MINUTES=$(MINUTES) $(LOCAL_STACK) exec -- infra/dashboard.sh bench

screenshots: build ## Pictures of the dashboard's screens in functions/dashboard/screenshots
	$(OF_TRIAL) $(LOCAL_STACK) exec -- infra/dashboard.sh screenshots

test-image: ## Build the store image without a registry, and look at what is in it (root on Debian)
	@infra/images/trial/run.sh image

test-shop: ## The shop on Apache, PHP, MariaDB and WordPress (root on Debian; WOOCOMMERCE_DIR=, WP_CLI=, WORDPRESS_DIR=, KILLS=40)
	@infra/images/trial/run.sh shop

test-cluster: $(if $(KUBECONFIG),build) ## A store from its creation to its end on a cluster with real pods (KUBECONFIG=FILE; infra/README.md)
ifeq ($(KUBECONFIG),)
	@echo "skipped: KUBECONFIG names no cluster with real pods"
else
	cargo test --workspace --test real_cluster --no-run
	$(LOCAL_STACK) exec --existing-cluster -- cargo test --workspace --test real_cluster -- --nocapture
endif

bench: build ## Measure the runner in release beside a client that only creates and waits (ARGS=--help, JSON=FILE)
	cargo bench -p runner --bench provisioning --no-run
	$(if $(JSON),BENCH_JSON="$$(realpath -m -- $(call quote,$(JSON)))") $(LOCAL_STACK) exec -- cargo bench -q -p runner --bench provisioning -- $(ARGS)

bench-ready: $(if $(KUBECONFIG),build) ## Time a store until Ready on a cluster with real pods, with memory and a checkout (KUBECONFIG=FILE, ARGS=--help)
ifeq ($(KUBECONFIG),)
	@echo "skipped: KUBECONFIG names no cluster with real pods"
else
	cargo bench --profile dev --package shopwright --bench ready --no-run
	$(LOCAL_STACK) exec --existing-cluster -- cargo bench -q --profile dev --package shopwright --bench ready -- $(ARGS)
endif

bench-health: build ## Time a pass over the health of 10, 100 and 1,000 stores, beside asking for each (ARGS=--help)
	cargo bench -p runner --bench health --no-run
	$(LOCAL_STACK) exec -- cargo bench -q -p runner --bench health -- $(ARGS)

bench-front: build ## Requests a second and their times of the front, beside nginx with a file of the same size (ARGS=--help)
	cargo bench -p runner --bench front --no-run
	$(LOCAL_STACK) exec -- cargo bench -q -p runner --bench front -- $(ARGS)

bench-webhooks: build ## How long 50 endpoints wait for a notice beside a dead one, and beside one that answers (ARGS=--help)
	cargo bench --profile dev --workspace --bench webhooks --no-run
	$(LOCAL_STACK) exec -- cargo bench --profile dev --quiet --workspace --bench webhooks -- $(ARGS)

bench-pages: ## What the checks of shops' pages cost a minute at 1,000 stores (ARGS=--help)
	cargo bench -q -p runner --bench pages -- $(ARGS)

slow: build ## The runner's tests beside controllers and kubelets that stand still every other second
	cargo test --workspace --test real_parts --no-run
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} $(LOCAL_STACK) exec -- infra/local/slow.sh cargo test --workspace --test real_parts -- --include-ignored

kills: build ## Many stores at once, with two runners that are killed again and again (STORES=30, SEED=…)
	cargo test --workspace --test real_parts --no-run
	STORES=$(STORES) SEED=$(SEED) $(LOCAL_STACK) exec -- cargo test --workspace --test real_parts -- --ignored --nocapture kills

faults: build ## Faults at every call in every way, one at a time (FAULT='commit 3:KillAfter', SCENARIO=Restart alone)
	cargo test --workspace --test faults --no-run
	EVERY_WAY=1 $(WITH_MEMORY) $(LOCAL_STACK) exec -- cargo test --workspace --test faults -- --include-ignored --nocapture every_

mutants: build ## Take one guard after the other out of a copy of the code: the fault tests must notice
	runner/tests/faults/mutants/run.sh $(BIN)

soak: build ## Random mixes of faults (SEEDS=1000, FIRST_SEED=, SEED=7 alone)
	cargo test --workspace --test faults --no-run
	FIRST_SEED=$${FIRST_SEED:-$$(date +%s)} $(WITH_MEMORY) $(LOCAL_STACK) exec -- cargo test --workspace --test faults -- --include-ignored --nocapture random_

bench-functions: dashboard tools-of-checks ## Size and start of the functions as deployed, beside the least that one can be
	$(WITH_TOOLS) cargo lambda build --release --quiet --package functions
	$(WITH_TOOLS) cargo lambda build --release --quiet --package functions --example hello
	cargo bench --quiet --package functions --bench functions

sam-build: dashboard tools-of-checks ## Build what `sam deploy` deploys (ARCHITECTURE=x86_64 for Intel)
	$(WITH_TOOLS) SAM_CLI_TELEMETRY=0 sam build --parameter-overrides Architecture=$(ARCHITECTURE)

emulate: build tools-of-checks ## A built function answers an event under Lambda's runtime interface emulator
	$(WITH_TOOLS) cargo lambda build --release --package functions --bin commands
	$(WITH_TOOLS) $(LOCAL_STACK) exec -- infra/emulate.sh target/lambda/commands/bootstrap

up: build ## Start the local stack in the background
	@$(LOCAL_STACK) up

down: ## Stop the local stack, and remove its state
	@if [ -d .local ]; then cargo build --quiet --package local-stack && $(LOCAL_STACK) down; \
	else echo "Nothing runs."; fi

status: build ## Show what of the local stack runs
	@$(LOCAL_STACK) status

build: dashboard ## Build all binaries, the dashboard in them
	cargo build --workspace --bins

contract: build ## Hold the API against its own description, with good data and bad
	$(LOCAL_STACK) tools --checks
	PLATFORM_STORE_LIMIT=1000 OWNER_STORE_LIMIT=1000 RATE_FAILED_AUTHENTICATIONS_PER_MINUTE=100000 $(LOCAL_STACK) exec -- infra/contract/run.sh $(BIN)

webhooks: build ## Hold signatures and a real delivery of webhooks against the official libraries, from npm and PyPI
	cargo test --workspace --test standard_webhooks --test webhooks --no-run
	$(WITH_LIBRARIES) $(LOCAL_STACK) exec -- cargo test --workspace --test standard_webhooks --test webhooks -- --include-ignored --nocapture official

openapi: ## Check in what the code says of the API
	cargo build --quiet --workspace --example openapi
	$(BIN)/examples/openapi > functions/openapi.json.new
	mv functions/openapi.json.new functions/openapi.json

fmt: ## Format the code
	cargo fmt --all

lint: dashboard ## What CI checks beside the tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@$(MAKE) --no-print-directory tools-of-checks
	@$(WITH_TOOLS) infra/lint.sh

sbom: ## List what each program is made of: CycloneDX in target/sbom
	@cargo build --quiet --package local-stack && $(LOCAL_STACK) tools --sbom
	@$(WITH_TOOLS) infra/sbom.sh

tools-of-checks: build
	@$(LOCAL_STACK) tools --checks

clean: down ## Remove what was built, the tools included
	cargo clean
	rm -rf .tools .local .aws-sam
