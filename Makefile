# Each target works in a fresh clone with Python 3.11+ alone: it makes its own .venv from the locked dependencies.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
# For two cores: one worker more than these, since some tests wait, for a browser, a pooler, a server's end.
WORKERS ?= 3
# Where the environment forbids it, each process of the tests would compile all of them anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench torture mutants run lock pictures architecture

help: ## what there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

demo: .venv/runtime ## a pretend Slack in the browser, with the billing desk in it
	@$(BIN)/python -m sandbox

run: .venv/runtime ## the bot for a real Slack, with the settings of .env
	@$(BIN)/python -m billing migrate
	@$(BIN)/python -m bot check
	@$(BIN)/python -m bot

ifdef FAST
test: .venv/development
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not (torture or slow or postgresql)" \
		tests/api tests/billing tests/bot tests/house
else
test: .venv/development ## every test, on SQLite and PostgreSQL, some in a real browser (FAST=1: what takes two minutes)
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m tests.pooler
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
endif

check: .venv/development ## style, types, import contracts, locked dependencies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/oxfmt --check sandbox/page
	@$(BIN)/oxlint --deny-warnings sandbox/page
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

torture: .venv/torture ## crashes within recoveries, a leader that is gone, storms, fuzzed parsers, long lives; half an hour (SEED; hours: POINTS=1 every crash, not every 7th, DAYS, STORMS, FUZZ_EXAMPLES, INVOICES, WORKSPACES, SECONDS, BOTS, LIFE_STEPS)
	@POINTS=$${POINTS:-7} DAYS=$${DAYS:-300} \
		$(BIN)/python -m pytest -n $(WORKERS) -o faulthandler_timeout=0 -m torture tests/torture
	@LIFE_STEPS=$${LIFE_STEPS:-20000} $(BIN)/python -m pytest -n $(WORKERS) -o faulthandler_timeout=0 tests/billing/test_any_life.py

mutants: .venv/development ## takes each guard away in a copy, and sees that a test misses it; about half an hour (NAME=words)
	@WORKERS=$(WORKERS) $(BIN)/python -m tests.mutants

bench: .venv/bench ## what it costs, beside its floor in the same run; draws docs/pictures/growth.svg
	@$(BIN)/python -m benchmarks --picture docs/pictures/growth.svg

pictures: .venv/development ## the README's pictures, taken from the running demo
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m tests.pictures

architecture: .venv/development ## docs/pictures/architecture.svg, drawn from the code
	@$(BIN)/python -m tests.architecture

lock: .venv/development ## write the locked requirements files anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra bench -c requirements-dev.txt pyproject.toml -o requirements-bench.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra torture -c requirements-dev.txt pyproject.toml -o requirements-torture.txt

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say where it is with PYTHON=..."; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv >/dev/null || { rm -rf .venv; \
		echo "$(PYTHON) cannot make .venv: on Debian and Ubuntu, apt-get install python3-venv, and run make again."; exit 1; }

.venv/runtime: requirements.txt | .venv/bin/python
	@echo "Installing what the bot needs (once, about half a minute)"
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt | .venv/runtime
	@echo "Installing what tests and checks need (once)"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

.venv/bench: requirements-bench.txt | .venv/development
	@echo "Installing what invoices are measured beside (once)"
	@$(INSTALL) -r requirements-bench.txt
	@touch $@

.venv/torture: requirements-torture.txt | .venv/development
	@echo "Installing a PostgreSQL of several machines (once)"
	@$(INSTALL) -r requirements-torture.txt
	@touch $@
