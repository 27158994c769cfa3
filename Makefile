# Everything a developer runs. `make test` and `make demo` need Python and make alone; what else they need they install into .venv/.
#
#   make test PYTHON=python3.13     another interpreter; each version has an environment of its own
#   make test ARGS='-k sqs -x'      arguments for pytest

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

# The first Python that is new enough and can make environments.
USABLE := import ensurepip, sys; sys.exit(sys.version_info < (3, 10))
ifndef PYTHON
  PYTHON := $(shell for python in python3 python python3.14 python3.13 python3.12 python3.11 python3.10; do \
	"$$python" -c '$(USABLE)' >/dev/null 2>&1 && echo "$$python" && break; done)
endif
VERSION := $(shell "$(PYTHON)" -c '$(USABLE)' 2>/dev/null && "$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ifeq ($(VERSION),)
  $(error No usable Python$(if $(PYTHON), in '$(PYTHON)'): 3.10 or newer with venv and ensurepip is needed; name one with PYTHON=...)
endif

VENV := .venv/$(VERSION)
BIN := $(CURDIR)/$(VENV)/bin
# Locust's first release that is taken needs Python 3.11.
LOAD := $(if $(filter 3.10,$(VERSION)),,$(VENV)/load.stamp)
WHEEL := $(VENV)/dist/built
QUIETLY := --quiet --quiet --disable-pip-version-check
PIP := $(BIN)/python -m pip install $(QUIETLY)
EXTRAS := aws,azure,gcp,local
# The folders are among them, for they change when a file comes or goes.
SOURCES := pyproject.toml README.md LICENSE $(shell find pytest_serverless -type d ! -name __pycache__ -o -name '*.py' -o -name '*.mjs' -o -name '*.cjs' -o -name '*.json' -o -path '*/assets/*' -o -name py.typed)

export PIP_ROOT_USER_ACTION := ignore

.PHONY: help test core oldest load demo lint format types cov bench tsc install clean

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(VENV)/tools.stamp: pyproject.toml
	"$(PYTHON)" -m venv $(VENV)
	$(PIP) --upgrade pip build
	@touch $@

$(WHEEL): $(VENV)/tools.stamp $(SOURCES)
	@rm -rf $(VENV)/dist
	$(BIN)/python -m build --wheel --outdir $(VENV)/dist . >$(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	@touch $@

$(VENV)/requirements.stamp: pyproject.toml | $(WHEEL)
	$(PIP) --group test --group lint "$$(echo $(VENV)/dist/*.whl)[$(EXTRAS)]"
	@touch $@

$(VENV)/wheel.stamp: $(WHEEL) $(VENV)/requirements.stamp
	$(PIP) --force-reinstall --no-deps $(VENV)/dist/*.whl
	@touch $@

install: $(VENV)/wheel.stamp ## Build the wheel and install it with what the tests need into .venv/.

# The tests run against the installed wheel, never against this folder: `pytest`, unlike `python -m pytest`, leaves it off sys.path.
TESTS := env -u PYTHONPATH PYTEST_SERVERLESS_WHEEL=1 $(BIN)/pytest

test: install ## Run the tests.
	$(TESTS) $(ARGS)

# Two environments beside it: one with the core dependencies alone, one with the oldest of all that are allowed.
$(VENV)/core.stamp: $(WHEEL)
	"$(PYTHON)" -m venv --clear $(VENV)/core
	$(VENV)/core/bin/python -m pip install $(QUIETLY) --upgrade pip
	$(VENV)/core/bin/python -m pip install $(QUIETLY) $(VENV)/dist/*.whl
	@touch $@

core: $(VENV)/core.stamp ## Run the tests that need no extra, in an environment that has none.
	env -u PYTHONPATH PYTEST_SERVERLESS_WHEEL=1 $(VENV)/core/bin/pytest tests/project/test_core_alone.py tests/project/test_light_import.py $(ARGS)

$(VENV)/oldest.stamp: $(WHEEL) tests/oldest.txt
	"$(PYTHON)" -m venv --clear $(VENV)/oldest
	$(VENV)/oldest/bin/python -m pip install $(QUIETLY) --upgrade pip
	$(VENV)/oldest/bin/python -m pip install $(QUIETLY) --constraint tests/oldest.txt --group test "$$(echo $(VENV)/dist/*.whl)[$(EXTRAS)]"
	@touch $@

oldest: $(VENV)/oldest.stamp ## Run the tests with the oldest dependencies that are allowed.
	env -u PYTHONPATH PYTEST_SERVERLESS_WHEEL=1 $(VENV)/oldest/bin/pytest $(ARGS)

# Locust has an environment of its own: it changes the process it is in, and brings a plugin of its own for pytest.
$(VENV)/load.stamp: $(WHEEL)
	"$(PYTHON)" -m venv --clear $(VENV)/load
	$(VENV)/load/bin/python -m pip install $(QUIETLY) --upgrade pip
	$(VENV)/load/bin/python -m pip install $(QUIETLY) --group load-test "$$(echo $(VENV)/dist/*.whl)[local,load]"
	@touch $@

load: $(VENV)/load.stamp ## Run the tests that need Locust, in an environment that has it; it needs Python 3.11 or newer.
	env -u PYTHONPATH PYTEST_SERVERLESS_WHEEL=1 $(VENV)/load/bin/pytest tests/locust tests/load/drivers tests/load/targets $(ARGS)

demo: install $(LOAD) ## Run the sample applications' own tests, the command line, and a burst on the local platform.
	env -u PYTHONPATH PATH="$(BIN):$$PATH" LOCUST="$(if $(LOAD),$(CURDIR)/$(VENV)/load/bin/locust)" sh tools/demo.sh

lint: install ## Check format and style.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: install ## Format, and mend what can be mended.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install ## Check the types, strictly.
	$(BIN)/mypy

cov: install ## Report the branches that no test takes.
	$(BIN)/coverage erase
	env -u PYTHONPATH PYTEST_SERVERLESS_WHEEL=1 $(BIN)/coverage run $(BIN)/pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# Those that are of Locust run where it is; without it they say so, and are left out.
bench: install $(LOAD) ## Measure what the README claims, each figure beside its peer.
	for subject in startup invoke events accuracy templates permissions patterns delivery backends sqs application simulation sandboxes local_platform soak answers estimates acceptance load_core signing; do $(BIN)/python benchmarks/$$subject.py $(ARGS) || exit 1; done
	for subject in drivers open_loop; do $(if $(LOAD),$(VENV)/load,$(VENV))/bin/python benchmarks/$$subject.py $(ARGS) || exit 1; done

tsc: install ## Judge the AWS events by @types/aws-lambda; needs node.
	$(BIN)/python tools/check_types_with_tsc.py

clean: ## Remove what these commands made.
	rm -rf .venv build dist .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis
