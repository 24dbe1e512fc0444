# Everything is made inside this folder: .venv (tools and the built library), build, dist.
# `make demo` and `make test` need only git, make, Python >= 3.11 with venv and headers,
# and a C compiler; tools/find_python.sh says which of them is missing.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:

PYTHON ?=
OUT ?= stocklevel-demo
VENV := .venv
DONE := $(VENV)/done
BIN := $(VENV)/bin
PYTEST_ARGS ?=
FAMILY ?=
POINTS ?= 200

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install -qq
EXTRA := $(BIN)/python tools/extra.py

# What the build reads: a change in any of these rebuilds the compiled modules.
COMPILED := $(shell find src -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.h')
STUBS := $(subst /,.,$(patsubst src/%.pyi,%,$(filter-out %/__init__.pyi %/family.pyi,$(shell find src -name '*.pyi'))))

.PHONY: help demo test lint types docs accuracy bench bench-smoke package test-pandas2 build clean

help:
	@echo 'make demo         tune a stocking plan on a year of real grocery sales; files go to $(OUT)'
	@echo 'make test         run the tests (PYTEST_ARGS="-k name" picks some)'
	@echo 'make lint         ruff and cython-lint'
	@echo 'make types        mypy, and the stubs of the compiled modules against the modules'
	@echo 'make docs         build the documentation, warnings as errors, and run its examples'
	@echo 'make accuracy     every function beside mpmath at points drawn anew (FAMILY="gamma poisson", POINTS=200)'
	@echo 'make bench        time every operation beside its numpy/scipy counterpart'
	@echo 'make bench-record the same, with growth and threads, into the performance page'
	@echo 'make bench-smoke  the same in small, only to see that it runs'
	@echo 'make package      source distribution and, from it, a wheel, in dist'
	@echo 'make test-pandas2 the tests of frames and demand on the wheel under pandas 2'
	@echo 'make build        only the environment and the compiled modules'
	@echo 'make clean        remove all that make made'
	@echo
	@echo 'PYTHON=/path/to/python3 chooses the Python (3.11 or newer), OUT=folder where the demo writes.'

demo: $(DONE)/extra-demo
	$(BIN)/stocklevel demo --output $(OUT)

test: $(DONE)/extra-test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(DONE)/extra-lint
	$(BIN)/ruff check .
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint src

types: $(DONE)/extra-lint $(DONE)/extra-test
	$(BIN)/mypy
	$(BIN)/stubtest --mypy-config-file pyproject.toml $(STUBS)

docs: $(DONE)/extra-docs
	$(BIN)/python -m pytest --doctest-modules --doctest-ignore-import-errors \
		--doctest-glob='*.rst' --doctest-glob=README.md --ignore-glob='docs/*.py' src docs README.md
	$(BIN)/python -m sphinx -q -W --keep-going -n -b html docs docs/_build/html
	@echo 'The pages are in docs/_build/html/index.html.'

accuracy: $(DONE)/extra-test
	$(BIN)/python tests/reference/check.py $(FAMILY) --points $(POINTS)

bench: $(DONE)/extra-test
	$(BIN)/python benchmarks/run.py

bench-record: $(DONE)/extra-test
	$(BIN)/python benchmarks/run.py --more --json docs/performance.json

bench-smoke: $(DONE)/extra-test
	$(BIN)/python benchmarks/run.py --smoke

build: $(DONE)/built

# --- the environment -------------------------------------------------------------------------

$(DONE)/venv:
	@python=$$(PYTHON='$(PYTHON)' sh tools/find_python.sh) && \
	echo "Making $(VENV) with $$python" && \
	"$$python" -m venv $(VENV) && mkdir -p $(DONE) && touch $@

$(DONE)/build-tools: pyproject.toml tools/extra.py | $(DONE)/venv
	@echo 'Installing the build tools'
	@$(EXTRA) build-system >$(DONE)/build-tools.txt && \
	$(INSTALL) -r $(DONE)/build-tools.txt && touch $@

# Without isolation, so that a rebuild finds the tools at once; the log is shown when it fails.
$(DONE)/built: setup.py pyproject.toml $(COMPILED) $(DONE)/build-tools
	@echo 'Building stocklevel'
	@mkdir -p build && \
	if $(PIP) install --verbose --no-build-isolation --editable . >build/build.log 2>&1; then \
		touch $@; \
	else \
		cat build/build.log; \
		echo 'The build of stocklevel failed; its log is above and in build/build.log.' >&2; \
		exit 1; \
	fi

$(DONE)/extra-%: pyproject.toml tools/extra.py | $(DONE)/built
	@echo 'Installing what "$*" needs'
	@$(EXTRA) $* >$(DONE)/$*.txt && $(INSTALL) -r $(DONE)/$*.txt && touch $@

# --- the package, and pandas 2 ---------------------------------------------------------------

package: $(DONE)/package

# The wheel is built from the source distribution: what that lacks shows here.
$(DONE)/package: $(DONE)/built $(shell find src -name '*.py' -o -name '*.pyi' -o -name py.typed)
	@echo 'Building the source distribution and the wheel'
	@rm -rf dist && mkdir -p build dist && \
	if { $(BIN)/python -c 'from setuptools import build_meta; build_meta.build_sdist("dist")' && \
		$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist dist/*.tar.gz; \
	} >build/package.log 2>&1; then \
		ls dist && touch $@; \
	else \
		cat build/package.log; \
		echo 'The packaging of stocklevel failed; its log is above and in build/package.log.' >&2; \
		exit 1; \
	fi

PANDAS2 := $(VENV)/pandas2

$(DONE)/pandas2: $(DONE)/package
	@echo 'Making an environment with pandas 2'
	@$(BIN)/python -m venv --clear $(PANDAS2) && $(EXTRA) test >$(DONE)/test.txt && \
	$(PANDAS2)/bin/python -m pip --disable-pip-version-check --no-input install -qq \
		dist/*.whl 'pandas>=2.2,<3' -r $(DONE)/test.txt && touch $@

test-pandas2: $(DONE)/pandas2
	$(PANDAS2)/bin/python -m pytest tests/frame tests/demand tests/cli

# ---------------------------------------------------------------------------------------------

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	rm -rf src/*.egg-info docs/_build docs/_generated docs/reference/api
	find src -name '*.so' -exec rm -f {} +
	find src -name '*.pyx' -exec sh -c 'rm -f "$${1%.pyx}.c"' sh {} \;
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
