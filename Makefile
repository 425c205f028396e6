# Everything is set up inside this folder: uv in .uv, the environment in .venv, Meltano's in .meltano.
SHELL := /bin/sh
UV_VERSION := 0.13.9
# The uv that is there is used; else one is made in .uv.
UV := $(or $(shell uv --version >/dev/null 2>&1 && command -v uv),.uv/bin/uv)
PYTHON := .venv/bin/python
# Without compiled bytecode every start takes about four times as long.
export UV_COMPILE_BYTECODE := 1
# If there is no Python from 3.11 on, uv fetches one, unless UV_PYTHON_DOWNLOADS=never forbids it.
export UV_PYTHON_DOWNLOADS ?= automatic
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV
.PHONY: help demo docs test test-newest test-targets test-more-targets test-readers test-engines test-page findings lint format \
	bench clean

help: ## Show these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: $(UV) ## Load a simulated service into DuckDB through Meltano and show the table
	@$(UV) sync --quiet --locked --inexact --no-default-groups --group demo || { \
		$(UV) python find --quiet --no-project '>=3.11' >/dev/null 2>&1 || \
		echo "make needs Python 3.11, 3.12, 3.13 or 3.14: install one (Debian, Ubuntu: apt install python3)"; exit 1; }
	@$(PYTHON) -m scripts.demo

test: $(UV) ## Check style and types, run the tests, measure coverage
	$(UV) sync --quiet --locked --inexact
	$(MAKE) lint
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -n logical -m "not targets and not engines and not browser"
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report
	$(MAKE) test-newest

# Without what installs plugins or packages: `make test-targets` plays the demo on every Python.
test-newest: $(UV) ## Run the fast tests on the newest Python too, if it is newer than that of .venv
	newest=$$($(PYTHON) -m scripts.pythons) && test -z "$$newest" || { set -e; \
		UV_PROJECT_ENVIRONMENT=.venv-newest $(UV) sync --quiet --locked --python "$$newest"; \
		.venv-newest/bin/python -m pytest -n logical -m "not targets and not engines and not browser" \
			--ignore tests/targets --ignore tests/test_checkout.py --ignore tests/test_package.py; }

test-targets: $(UV) ## Load into every target through Meltano, and play the demo on every Python
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m pytest -n logical -m "not browser" tests/targets tests/test_checkout.py tests/test_package.py plugins

test-more-targets: $(UV) ## Load into more targets, each by itself (not in meltano.yml)
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m pytest -n logical tests/more_targets

test-readers: $(UV) ## Read what was loaded with DuckDB, pandas, polars and others (docs/reading.md)
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m pytest tests/readers

test-engines: $(UV) ## Run the examples on Airflow, Dagster, Kubernetes' schema, cron and Meltano
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m pytest tests/engines

test-page: $(UV) ## Look at the page of calls in Chromium (Debian: apt install chromium)
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m pytest -m browser plugins/calls

findings: $(UV) ## Run each finding about other software, and fail if one has changed
	@changed=; for script in findings/*.sh; do \
		echo "== $$script"; PATH="$(abspath $(dir $(UV))):$$PATH" sh $$script || changed="$$changed $$script"; \
	done; test -z "$$changed" || { echo "Changed or failed:$$changed"; exit 1; }

docs: $(UV) ## Write the copies of settings, columns and measurements
	$(UV) sync --quiet --locked --inexact
	$(PYTHON) -m scripts.docs
	$(PYTHON) -m scripts.picture

lint: $(UV) ## Check style and types
	$(UV) run --no-sync ruff check
	$(UV) run --no-sync ruff format --check
	$(UV) run --no-sync sqlfmt --quiet --check transform
	$(UV) run --no-sync mypy
	$(UV) run --no-sync mypy plugins/target-duckdb
	$(UV) run --no-sync check-jsonschema --quiet --builtin-schema vendor.meltano meltano.yml

format: $(UV) ## Format the code
	$(UV) run --no-sync ruff check --fix
	$(UV) run --no-sync ruff format
	$(UV) run --no-sync sqlfmt --quiet transform

bench: $(UV) ## Measure against a plain tap, a bare script and an older commit
	$(UV) sync --quiet --locked --inexact --no-default-groups --group test
	$(PYTHON) -m benchmarks

clean: ## Remove ignored files, except .env and output/
	rm -rf output/demo
	git clean -dfXq -e '!.env' -e '!output/' -e '!output/*'

.uv/bin/uv:
	@python3 -m venv .uv || { rm -rf .uv; echo "make needs uv, or python3 with venv (Debian: apt install python3-venv)"; exit 1; }
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
