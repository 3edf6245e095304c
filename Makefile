# The verbs of this project. Each sets up .venv when that is missing or older than pyproject.toml.

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up

# The newest Python from 3.11 on that can make virtual environments (Debian has pythons without ensurepip).
PYTHON ?= $(shell for python in python3.16 python3.15 python3.14 python3.13 python3.12 python3.11 python3 python; do \
	if $$python -c 'import sys, venv, ensurepip; v = sys.version_info; sys.exit(v < (3, 11) or v[3] != "final")' \
		>/dev/null 2>&1; then echo $$python; break; fi; done)

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types contracts docs fix bench fuzz-tools kerberos-tools wmic-tool fuzz clean

help:
	@echo 'make demo    set up, then query this machine and poll a call'
	@echo 'make test    set up, then run all tests; PYTEST_ADDOPTS="-k name" narrows'
	@echo 'make check   lint, strict types, import contracts, documentation'
	@echo 'make fix     repair what the linter can repair'
	@echo 'make docs    build the documentation into docs/_build/html and run its examples'
	@echo 'make bench   measure'
	@echo 'make fuzz    fuzz every parser for FUZZ_SECONDS (600)'

# pip ends with the package that it could not find, and not with what kept it from finding any.
NOT_INSTALLED = printf '%s\n' \
	'The Python packages that wmix needs could not be installed; pip says above what went wrong.' \
	'They come from the package index that pip is configured for (pypi.org, if for none). When it cannot be reached:' \
	'behind a proxy set HTTPS_PROXY, with an index of your own PIP_INDEX_URL; then run make again.'

$(STAMP): pyproject.toml
	@test -n '$(PYTHON)' || { echo 'no Python 3.11 or newer with venv was found (Debian: apt install python3-venv)' >&2; exit 1; }
	@test -x $(BIN)/python -a -x $(BIN)/pip || { echo 'setting up $(VENV) with $(PYTHON)'; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[all,dev,docs]' || { $(NOT_INSTALLED) >&2; exit 1; }
	@touch $@

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

test: $(STAMP)
	@$(BIN)/python -m pytest

check: lint types contracts docs

lint: $(STAMP)
	$(BIN)/ruff check

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

docs: $(STAMP)
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	$(BIN)/sphinx-build -q -W --keep-going -b doctest docs docs/_build/doctest

fix: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/python tools/draw_pictures.py

bench: $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[bench]'
	@for part in engine events mof repository sealing server wmio wire; do $(BIN)/python bench/$$part.py || missed="$$missed $$part"; done; \
	test -z "$$missed" || { echo "aims were missed by:$$missed" >&2; exit 1; }

FUZZ_SECONDS ?= 600

# Where there is no wheel of atheris nothing is installed, and nothing fails.
fuzz-tools: $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[fuzz]'

# Built from source where there is no wheel, with libkrb5-dev, python3-dev and gcc; the tests of Kerberos skip without it.
kerberos-tools: $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[kerberos]' 'pyspnego[kerberos]'

# The C client, from the only registry that has a build of it; where there is none its tests skip, and nothing fails.
wmic-tool: $(STAMP)
	@$(BIN)/python tools/get_wmic.py $(BIN)

fuzz: fuzz-tools
	@$(BIN)/python fuzz/run.py --seconds $(FUZZ_SECONDS)

clean:
	rm -rf build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
