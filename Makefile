# The stack to work on: make up STACK=local
STACK ?= local
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SLIPWAY := $(BIN)/slipway

.DEFAULT_GOAL := help
.PHONY: help setup up down preview test prove soak lint bench clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1\t/' | expand -t 14

setup: $(VENV)/.ready ## Get uv, Go and the Python packages; the tools of the sandbox come with `up`

# uv and, where the machine has none, Go come from the Python package index, pinned by hash.
$(VENV)/.ready: pyproject.toml uv.lock scripts/bootstrap.lock.json
	@set -- $$($(PYTHON) scripts/bootstrap.py uv go) && "$$1" sync --frozen --quiet
# What the commands import is compiled once: some environments forbid Python to, and it would do it on every run.
	@for stack in local prod-eks prod-gke; do \
		PYTHONDONTWRITEBYTECODE= $(SLIPWAY) graph -s $$stack -o /dev/null 2>/dev/null || true; done
	@touch $@

up: setup ## Bring STACK up and ask one of its models
	@$(SLIPWAY) up -s $(STACK)

preview: setup ## Show what `up` would change
	@$(SLIPWAY) preview -s $(STACK)

down: setup ## Stop the sandbox; its state stays
	@$(SLIPWAY) down

test: setup ## Run every test, few times each
	@$(BIN)/python -m tests.run test

prove: setup ## Run every test at larger counts, one line a number
	@$(BIN)/python -m tests.run prove

soak: setup ## Run every test at its full count
	@$(BIN)/python -m tests.run soak

lint: setup ## Format, lint and type check
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy
	@$(BIN)/python -m tests.gofmt

bench: setup ## Measure, side by side in one run; writes docs/performance.md
	@$(BIN)/python -m benchmarks.run

clean: setup ## Stop the sandbox and forget its state, and that of the stacks in it
	@$(SLIPWAY) sandbox reset --yes
