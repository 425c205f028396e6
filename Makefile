# Everything is set up inside this folder: uv in .uv, the environment in .venv, Meltano's in .meltano.
SHELL := /bin/sh
UV_VERSION := 0.13.9
UV := .uv/bin/uv
PYTHON := .venv/bin/python
# Without compiled bytecode every start takes about four times as long.
export UV_COMPILE_BYTECODE := 1
# The Python that is there is used; none is fetched.
export UV_PYTHON_DOWNLOADS := never
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV

.PHONY: help demo test test-targets lint format bench clean

help: ## Show these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: $(UV) ## Load a simulated service into DuckDB through Meltano and show the table
	@$(UV) sync --quiet --locked --inexact --no-default-groups --group demo
	@$(PYTHON) -m demo

test: $(UV) ## Check style and types, run the tests, measure coverage
	$(UV) sync --quiet --locked --inexact
	$(MAKE) lint
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -n logical -m "not targets"
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

test-targets: $(UV) ## Load into every target through Meltano, the slow ones too
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m pytest -n logical tests/targets

lint: $(UV) ## Check style and types
	$(UV) run --no-sync ruff check
	$(UV) run --no-sync ruff format --check
	$(UV) run --no-sync mypy

format: $(UV) ## Format the code
	$(UV) run --no-sync ruff check --fix
	$(UV) run --no-sync ruff format

bench: $(UV) ## Measure against a plain tap and a bare script (under 10 minutes)
	$(UV) sync --quiet --locked --inexact --no-default-groups --group bench
	$(PYTHON) -m benchmarks

clean: ## Remove what the other targets made
	rm -rf .uv .venv .meltano output/* .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info

$(UV):
	python3 -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
