# make run      start the explorer
# make check    lint, types, the quick tests and the browser part's own checks: under a minute
# make test     run every test, the browser part's own too where there is Node.js
# make lint     ruff                          make bench        measure the speed
# make types    mypy, strict                  make screenshots  take the README's pictures anew
# make quick    the quick tests alone         make web          check the browser part, where there is Node.js
#
# Each first makes .venv and installs what it needs; a second run starts at once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# A worker for each core, four at most: each loads torch, and starts a server and a browser when a test asks for them.
# Tests go to the workers in runs that follow each other, and a worker that has done its own takes some of another's.
PARALLEL := -n auto --maxprocesses 4 --dist worksteal
# Node.js 20.19 or later, and npm, check the browser part; without them the rest is tested all the same.
NODE := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a == 20 && +b >= 19) ? 0 : 1)' 2>/dev/null && command -v npm 2>/dev/null)

.PHONY: run check test quick lint types web bench screenshots clean

run: $(VENV)/.app
	$(BIN)/streamlit run app.py

# Types and tests run beside each other; what they print is not mixed where make can hold it back.
check: $(VENV)/.dev
	@$(MAKE) --no-print-directory -j 4 $(if $(filter output-sync,$(.FEATURES)),--output-sync) lint types web quick

test: $(VENV)/.dev web
	$(BIN)/python -m tools.browser --install
	$(BIN)/python -m pytest $(PARALLEL)

quick: $(VENV)/.dev
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy --strict explorer benchmarks tools app.py

ifneq ($(and $(NODE),$(wildcard package.json)),)
web: node_modules/.installed
	npm run --silent check

node_modules/.installed: package.json $(wildcard package-lock.json)
	npm $(if $(wildcard package-lock.json),ci,install) --loglevel=error --no-audit --no-fund
	@touch $@
else
web:
	@echo "The browser part was not checked: that takes Node.js 20.19 or later, and npm."
endif

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

screenshots: $(VENV)/.dev
	$(BIN)/python -m tools.browser --install
	$(BIN)/python -m tools.screenshots

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or later; $(PYTHON) is older. Name another: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.app: $(VENV)/.python requirements.txt constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
