# Everything a contributor runs. Needs Python 3.11 or newer and a package index; the rest is installed into $(VENV).
#   make demo      run the example exercise, and say where its pages are
#   make demo-live the same, and keep its nodes up: the browser's centre, one click to enter as each office
#   make host      people in the seats of the example exercise, from browsers on this network
#   make web       build the browser centre's page; `make install` does it too
#   make test      tests and the examples in docstrings
#   make check     format, lint, types, room borders and tests: what must pass before a commit
#   make pictures  draw the pictures of the README and the guides anew: every view, in three languages
#   make campaign  long searches (hypothesis, kills, twenty minutes of fuzzing, models); the models need Java
#   make bench     measurements, side by side

PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
# Scripts of npm packages call `node` by name: the one that was installed here, whatever else the machine has.
NPM := PATH="$(abspath $(BIN)):$$PATH" $(BIN)/npm
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
RUN_STAMP := $(VENV)/run.stamp
DEV_STAMP := $(VENV)/dev.stamp
NOBLE := $(VENV)/strangers/noble
NOBLE_STAMP := $(NOBLE)/install.stamp
PAGE := src/entente/web/static/index.html
PAGE_STAMP := $(VENV)/page.stamp
NODE_STAMP := $(VENV)/node.stamp
CHROMIUM ?= chromium
SOURCES := src tests $(wildcard bench fuzz)

.PHONY: install web demo demo-live host test check static format pictures campaign bench lock clean

install: $(RUN_STAMP) web

# The lock names every file by its hash, so what is installed here is what was tested.
$(RUN_STAMP): requirements/lock.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/lock.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m entente.deconfliction
	@touch $@

$(DEV_STAMP): requirements/dev.txt $(RUN_STAMP)
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The npm packages whose code checks ours (tests/strangers), each named by its hash in package-lock.json.
$(NOBLE_STAMP): tests/strangers/noble/package-lock.json $(DEV_STAMP)
	mkdir -p $(NOBLE)
	cp tests/strangers/noble/package.json tests/strangers/noble/package-lock.json $(NOBLE)
	$(NPM) ci --prefix $(NOBLE) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The page is built where the project is installed from a clone: by Node from the package index, with npm packages that
# package-lock.json names by their hashes. A wheel brings the built page along and needs none of this; neither does
# `make demo`, which serves no page.
web: $(PAGE_STAMP)

$(NODE_STAMP): requirements/node.txt web/package-lock.json $(RUN_STAMP)
	$(PIP) install --require-hashes -r requirements/node.txt
	$(NPM) ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

web/places.json.gz: tools/centre_places.py $(RUN_STAMP)
	$(BIN)/python tools/centre_places.py $@

web/src/api/schema.d.ts: docs/reference/openapi.json $(NODE_STAMP)
	$(NPM) run --prefix web --silent schema
	@touch $@

$(PAGE): $(PAGE_STAMP)

$(PAGE_STAMP): $(NODE_STAMP) $(shell find web/src web/index.html web/*.ts web/*.js -type f 2>/dev/null) web/places.json.gz web/src/api/schema.d.ts
	$(NPM) run --prefix web --silent build
	@touch $@

demo: $(RUN_STAMP)
	$(BIN)/entente exercise run amman --out out/amman

demo-live: $(RUN_STAMP) $(PAGE_STAMP)
	$(BIN)/entente exercise live amman --out out/amman-live

host: $(RUN_STAMP) $(PAGE_STAMP)
	$(BIN)/entente exercise host amman --out out/amman-host

test: $(NOBLE_STAMP) $(PAGE_STAMP)
	$(NPM) test --prefix web --silent
	$(BIN)/python -m pytest -q -n 2 -m "not campaign"

check: static test

static: $(DEV_STAMP) $(NODE_STAMP) web/places.json.gz web/src/api/schema.d.ts
	$(NPM) run --prefix web --silent check
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

# Needs Chromium. All of it lies in out/views afterwards, what the guides show also in docs/images: look at it.
pictures: $(DEV_STAMP) $(PAGE_STAMP)
	$(BIN)/python tools/pictures.py $(CHROMIUM)
	$(BIN)/python -m tools.views

campaign: $(NOBLE_STAMP) $(PAGE_STAMP)
	HYPOTHESIS_PROFILE=campaign $(BIN)/python -m pytest -q -n 2
	$(BIN)/python -m fuzz --minutes 20
	$(BIN)/python spec/models/run.py

bench: $(DEV_STAMP)
	$(BIN)/python -m bench

# Needs `uv`. The resolution holds for every supported Python and system; no index address is written down.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --group build pyproject.toml --output-file requirements/lock.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --group build --group dev pyproject.toml --constraints requirements/lock.txt --output-file requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --group pyproject.toml:page --constraints requirements/dev.txt --output-file requirements/node.txt

clean:
	rm -rf $(VENV) web/node_modules src/entente/web/static out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
