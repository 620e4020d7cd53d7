# Every target sets up what it needs: a virtual environment in .venv, then the pinned development set.
#   make demo [DATA=<PTB-XL folder>]   make test   make test-all   make coverage   make docs   make bench-quick
#   make format   make test-processors   make test-oldest   make test-newest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DATA ?=
WORKERS ?= 2
# The suites take up to a minute for an estimator; a worker that has finished takes tests from the other.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Two workers with one thread each beat one worker with two threads on small networks.
test test-all test-oldest test-newest coverage: export OMP_NUM_THREADS = 1

.PHONY: test test-all test-processors test-oldest test-newest coverage lint format demo docs bench-quick clean

test: lint
	$(PYTEST) -m "not slow"
	$(BIN)/python tests/processors.py --quick --workers $(WORKERS)

test-all: lint
	$(PYTEST)
	$(BIN)/python tests/processors.py --quick --workers $(WORKERS)

# Every library that picks its kernels by the processor is held to older ones in turn.
test-processors: $(READY)
	$(BIN)/python tests/processors.py --workers $(WORKERS)

# Old libraries call what newer ones have deprecated; `make test` treats deprecations as errors.
test-oldest: .venv-oldest/.ready
	.venv-oldest/bin/python -m pytest -n $(WORKERS) -m "not slow" -W ignore::DeprecationWarning

test-newest: .venv-newest/.ready
	.venv-newest/bin/python -m pytest -n $(WORKERS) -m "not slow"

coverage: $(READY)
	$(PYTEST) -m "not slow" --cov

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/python .ci/words.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(READY)
	$(BIN)/python benchmarks/demo.py $(if $(DATA),--data "$(DATA)")

bench-quick: $(READY)
	$(BIN)/python benchmarks/quick.py

docs: export OMP_NUM_THREADS = 1
docs: $(READY)
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) .venv-oldest .venv-newest docs/_build docs/api docs/gallery demo build dist

# The stamp makes the second run quick; the pins or the requirements make it stale.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

.venv-oldest/.ready: pyproject.toml .ci/minimums.py
	$(PYTHON) -m venv --clear .venv-oldest
	.venv-oldest/bin/python .ci/minimums.py > .venv-oldest/constraints.txt
	.venv-oldest/bin/python -m pip install --quiet -c .venv-oldest/constraints.txt -e ".[dev]"
	touch $@

# Every call looks for new releases. torch keeps its pin, whose build for the CPU is the one at hand.
.PHONY: .venv-newest/.ready
.venv-newest/.ready:
	test -x .venv-newest/bin/python || $(PYTHON) -m venv .venv-newest
	grep "^torch==" constraints.txt > .venv-newest/constraints.txt
	.venv-newest/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager \
		-c .venv-newest/constraints.txt -e ".[dev]"
