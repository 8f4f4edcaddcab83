# `make` alone prints what there is. Everything lives in this folder: .venv, .venv-pypowervm and the state of `make run`.
PYTHON ?= python3
JOBS ?= 2
STATE ?= .openlpar
HTTP ?= 127.0.0.1:12080
HTTPS ?= 127.0.0.1:12443
CLOCK ?= real
ARGS ?=

BIN := .venv/bin
READY := .venv/.ready
PYPOWERVM := .venv-pypowervm/.ready
DRIVERS := .venv-drivers/.ready
PIP := -qq --disable-pip-version-check --no-input
export PYTHON
# Where an environment says so, Python compiles all our code and all tests anew for each process that it starts.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-qemu setup-drivers run test lint perf soak docs

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

setup: $(READY) $(PYPOWERVM)  ## both environments: ours in .venv, the pypowervm client in .venv-pypowervm

setup-qemu: $(READY)  ## QEMU and a guest kit, to run real partitions: 175 MB to fetch, no root (OPENLPAR_CACHE=)
	@$(BIN)/python -m openlpar.qemu_host

setup-drivers: $(DRIVERS)  ## OpenStack's PowerVM drivers with the services they are for, for the slow tests: 600 MB

run: $(READY)  ## a NovaLink-managed server on loopback (STATE= HTTP= HTTPS= CLOCK= ARGS=)
	@printf '%s\n' 'The server is ready when it prints one line of JSON; Ctrl-C ends it, its state stays in $(STATE).' \
	  'In another terminal:' \
	  '  export PATH=$(CURDIR)/$(BIN):$$PATH OPENLPAR_URL=http://$(HTTP)' \
	  '  pvmctl lpar list' >&2
	@exec $(BIN)/openlpar serve --data $(STATE) --http $(HTTP) --https $(HTTPS) --clock $(CLOCK) $(ARGS)

test: setup  ## everything that must pass before a change lands (ARGS=tests/house for a part)
	$(BIN)/pytest -n $(JOBS) $(ARGS)

lint: $(READY)  ## format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

perf: $(READY)  ## figures beside those of our peers, measured in the same run (ARGS=mappings for some)
	$(BIN)/python -m perf $(ARGS)

soak: setup  ## the slow tests: kill -9 under load, long state machines, new examples for every property
	$(BIN)/pytest -n $(JOBS) -m slow --timeout 3600 $(ARGS)
	HYPOTHESIS_PROFILE=search $(BIN)/pytest -n $(JOBS) --timeout 3600 $(shell grep -rlE '@given|RuleBasedStateMachine' tests)

docs: $(READY)  ## this project's documentation, in site/; renews the pages that are made from the code
	$(BIN)/python -m docs.generate
	$(BIN)/mkdocs build --strict

$(READY): pyproject.toml requirements/server.txt requirements/qemu.txt requirements/vnc.txt requirements/dev.txt packaging/venv.sh
	@echo 'Setting up .venv, about a minute the first time.' >&2
	@packaging/venv.sh .venv
	@$(BIN)/pip install $(PIP) --requirement requirements/dev.txt
	@$(BIN)/pip install $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(PYPOWERVM): requirements/pypowervm.txt packaging/venv.sh
	@echo 'Setting up .venv-pypowervm, the client that others wrote.' >&2
	@packaging/venv.sh .venv-pypowervm
	@.venv-pypowervm/bin/pip install $(PIP) --requirement requirements/pypowervm.txt
	@touch $@

$(DRIVERS): requirements/drivers.txt packaging/venv.sh
	@echo 'Setting up .venv-drivers, some minutes: OpenStack has many parts.' >&2
	@packaging/venv.sh .venv-drivers
	@.venv-drivers/bin/pip install $(PIP) --no-deps --requirement requirements/drivers.txt
	@touch $@
