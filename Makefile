# ConvertOS. `make help` lists what there is; `make up` and `make test` set up whatever they need.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := src/convertos/web/static/vendor
# What `make test` gives to pytest, such as PYTEST_ARGS="tests/ledger -x".
PYTEST_ARGS ?=
# Everything that depends on the version of PostgreSQL: the schema with its walls, and the whole way of the data.
ON_OLDEST := tests/contracts/test_catalog.py tests/journeys
# Only as given to make: some shells export a clock of this name.
CHAOS_SECONDS = $(if $(filter command,$(origin SECONDS)),$(SECONDS),600)

.DEFAULT_GOAL := help
.PHONY: help up demo test test-plugin check plugin bench chaos lock docs format clean

##@ Run
up: $(VENV)/.runtime $(STATIC)/.built ## Set everything up and run ConvertOS (Ctrl-C stops it)
	@exec $(BIN)/convertos up

demo: $(VENV)/.runtime $(STATIC)/.built ## Fill a running ConvertOS with 18 months of made-up history
	@$(BIN)/convertos demo

##@ Develop
test: $(VENV)/.dev $(STATIC)/.built ## Set up what the tests need, and run all of them
	@scripts/install-test-tools
	@$(BIN)/python -m pytest $(PYTEST_ARGS)
	@echo "The same on the oldest PostgreSQL that is supported:"
	@$(BIN)/python -m pytest --postgresql 15 $(ON_OLDEST)

test-plugin: $(VENV)/.dev ## Only the WordPress plugin's tests (WOOCOMMERCE_DIR, CF7_DIR, FUNNEL_BUILDER_DIR for real ones)
	@scripts/install-test-tools
	@$(BIN)/python -m pytest tests/wordpress $(PYTEST_ARGS)

check: $(VENV)/.dev ## Style, types, layers, docs, migrations
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/docs.py --check
	@$(BIN)/python scripts/check_migrations.py
	@$(BIN)/python scripts/check_locks.py

format: $(VENV)/.dev ## Put the code into its form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

docs: $(VENV)/.dev ## Write the reference pages from the code
	@$(BIN)/python scripts/docs.py

plugin: $(VENV)/.runtime ## Build the WordPress plugin's ZIP into dist/
	@$(BIN)/python scripts/build_plugin.py dist

bench: $(VENV)/.dev $(STATIC)/.built ## Measure against the figures that the project promises
	@scripts/install-test-tools wrk
	@$(BIN)/python -m benchmarks

chaos: $(VENV)/.dev $(STATIC)/.built ## Kill processes at named steps under load, and check that nothing is lost (SECONDS=600)
	@$(BIN)/python -m tests.chaos --seconds $(CHAOS_SECONDS)

lock: $(VENV)/.dev ## Pin every dependency anew, with hashes
	@scripts/lock-dependencies

clean: ## Remove what the commands above made (not your data in .convertos)
	@rm -rf $(VENV) node_modules $(STATIC) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

$(VENV)/bin/pip:
	@scripts/make-environment "$(PYTHON)" "$(VENV)"

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/pip
	@scripts/install-python "$(VENV)" requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/pip
	@scripts/install-python "$(VENV)" requirements-dev.lock
	@touch $@ $(VENV)/.runtime

$(STATIC)/.built: package.json package-lock.json src/convertos/web/build_assets.py src/convertos/web/static/icons.txt | $(VENV)/.runtime
	@scripts/install-assets "$(VENV)"
	@touch $@
