# Every target works from a fresh clone: it first makes .venv from constraints.txt where that is missing or older.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

# The first Python of 3.11 or later that can make a virtual environment.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do "$$python" -c \
  'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest --quiet
N ?= 100

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

$(INSTALLED): constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 with ensurepip found (on Debian: apt-get install python3-venv)"; exit 1; }
	@echo "Installing into $(VENV); this takes about half a minute."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r constraints.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

install: $(INSTALLED)  ## make .venv with exactly the pinned packages
.PHONY: help install

# Segment's Node and browser SDKs, where npm is present; what needs one says so where it is missing.
NODE_INSTALLED := demo/node/node_modules/.package-lock.json
LIBRARY_INSTALLED := tests/browser/node/node_modules/.package-lock.json
%/node_modules/.package-lock.json: %/package-lock.json
	@if command -v npm >/dev/null; then cd $* && npm ci --silent --ignore-scripts --no-audit --no-fund || true; fi

demo: $(INSTALLED) $(NODE_INSTALLED)  ## a store's traffic through real SDKs to a receiving sandbox, counted at both ends
	@$(BIN)/python -m demo $(if $(PORT),--port $(PORT)) $(if $(SANDBOX_PORT),--sandbox-port $(SANDBOX_PORT))
up: $(INSTALLED)  ## run Trackyard on ./workspace and ./data (both are made where missing)
	test -d workspace || $(BIN)/trackyard init workspace --template store
	$(BIN)/trackyard up --workspace workspace --data data
.PHONY: demo up

test: $(INSTALLED) $(NODE_INSTALLED) $(LIBRARY_INSTALLED)  ## every test but the long suites, in random order
	$(PYTEST) -n 2 -m "not slow"
verify: check  ## check, then every test with ten times the examples, the long suites, and the kills
	$(PYTEST) --hypothesis-profile verify
	$(BIN)/python tests/fuzz/languages.py -runs=20000 -max_total_time=300
	$(MAKE) crash
conformance: $(INSTALLED)  ## what every Log and Store promises; every destination against the recorded requests
	$(PYTEST) tests/conformance
	$(BIN)/python -m tests.conformance.destinations
crash: $(INSTALLED)  ## N=100: kill any process at random moments under load; nothing acked may be lost
	$(BIN)/python -m tests.crash --kills $(N)
bench: $(INSTALLED)  ## events per second and latency, door to sink
	$(BIN)/python -m bench
.PHONY: test verify conformance crash bench

check: lint types contracts words test wheel  ## all that must hold before a commit is pushed
lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
types: $(INSTALLED)
	$(BIN)/mypy
contracts: $(INSTALLED)
	$(BIN)/lint-imports --no-cache
words: $(INSTALLED)
	$(BIN)/typos
# The wheel must run without the development packages.
wheel: $(INSTALLED)
	rm -rf dist build/wheel-venv
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints-runtime.txt
	build/wheel-venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps dist/*.whl
	build/wheel-venv/bin/trackyard --version
	for command in $$(build/wheel-venv/bin/python -c 'from trackyard.cli.main import main; print(*main.list_commands(None))'); \
	  do build/wheel-venv/bin/trackyard $$command --help >/dev/null || exit 1; done
.PHONY: check lint types contracts words wheel

format: $(INSTALLED)  ## put the code in its one layout
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
reference: $(INSTALLED)  ## write docs/reference anew from the code
	$(BIN)/python -m tests.docs.reference
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --no-annotate pyproject.toml
constraints: $(INSTALLED)  ## pin anew what pyproject.toml asks for (UPGRADE=1: the newest of everything)
	$(PIN) $(if $(UPGRADE),--upgrade) --group dev --output-file constraints.txt
	$(PIN) --constraints constraints.txt --output-file constraints-runtime.txt
.PHONY: format reference constraints
