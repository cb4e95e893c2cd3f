# make repro: install and run the whole pipeline on the demo songs. make test: install and run the tests.
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH :=

.PHONY: help install repro test test-quick lint format clean

help:
	@echo "make repro       install into .venv and run the pipeline (dvc repro)"
	@echo "make test        run the tests (about twenty minutes); test-quick: the quick ones (a minute)"
	@echo "make lint        ruff, mypy and the walls between packages; make format: ruff format"
	@echo "make clean       remove .venv and tools' caches; data, models, results and .cache stay"
	@echo "To work by hand: source .venv/bin/activate"

install: $(VENV)/.installed

repro: $(VENV)/.installed
	dvc repro

test: $(VENV)/.installed-dev
	pytest

test-quick: $(VENV)/.installed-dev
	pytest -m "not slow"

lint: $(VENV)/.installed-dev
	ruff check
	ruff format --check
	mypy
	lint-imports

format: $(VENV)/.installed-dev
	ruff check --fix
	ruff format

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt constraints.txt
	@command -v git >/dev/null || { echo "songmap needs git: install it and try again" >&2; exit 1; }
	@test -n "$(PYTHON)" || { echo "songmap needs Python 3.11 or newer, and none was found: install it, or make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "songmap needs Python 3.11 or newer: $$($(PYTHON) --version) was found; try make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "songmap needs Python's venv module: on Debian, apt install python3-venv" >&2; exit 1; }
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	python -m songmap.compiled
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@
