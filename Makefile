# Needs Python 3.11+ and make, nothing else: everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo up test check faults crash bench docs clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[local,dev]'
	touch $(STAMP)

demo: setup  ## The connector's story on a stack of its own, every claim checked.
	$(BIN)/procore-cmic demo

up: setup  ## The same stack, staying up. Ctrl-C stops it.
	$(BIN)/procore-cmic up $(if $(UI_PORT),--ui-port $(UI_PORT))

check: setup  ## Types, lint, doors.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## Everything that has to hold.
	$(BIN)/python -m pytest -m 'not crash' -n 3 --dist loadfile
	$(BIN)/python -m pytest -m crash --crash=short

faults: setup  ## The worker is killed at every point of every step, for every kind of object.
	$(BIN)/python -m pytest -m crash --crash=full

crash: faults  ## The same.

bench: setup  ## Figures, as ratios, by the scripts in benchmarks/.
	$(BIN)/python -m benchmarks.parked
	$(BIN)/python -m benchmarks.transactions

docs: setup  ## The generated pages: errors, lifecycles, mappings, settings.
	$(BIN)/python -m cli.docs

clean:  ## Forget the local stack's data.
	@test ! -e .stack/lock || $(PYTHON) -c 'import fcntl; fcntl.flock(open(".stack/lock"), fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null \
	  || { echo "The stack is up: stop it first (Ctrl-C in its terminal)."; exit 1; }
	rm -rf .stack
