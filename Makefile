# The commands of this project. Each one installs what it needs, once, and works on a bare checkout.
#
#   make app      start the page           make default-model   train the embedded model again
#   make test     set up and run all tests make library         build the starter library again
#   make check    the fast loop            make bench           plain ways beside ours
#   make attack   attacks on a server      make soak            many visitors at once
#   make site     the documentation   make film            the README's film of the page
#   make coverage tests, and what they reach
#   make apart    tests that take minutes, left out of make test

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
# constraints.txt pins the tested version of every package.
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt
# make PYTHON=/path/to/python3.11 app  selects the interpreter for a new environment.
PYTHON ?=
# glibc returns large blocks to the system at once and requests them again in the next step.
# Keeping them made training on a CPU 1.6 times faster (docs/lab-log.md).
KEEP_MEMORY := MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=2000000000 \
	MALLOC_TOP_PAD_=500000000 TOKENIZERS_PARALLELISM=false
DEBIAN_PACKAGES := chromium wordnet-base wordnet-sense-index

.PHONY: site film help app test tests coverage check lint style types constraints space space-dry-run soak audit default-model default-model-quick \
	library results explain-figures bench bench-pages fuzz apart attack soak-hostile kills server-kills debian-packages clean
.DELETE_ON_ERROR:

help:
	@sed -n '1,9s/^# \{0,1\}//p' Makefile

app: $(VENV)/.app
	@$(PY) app.py

# mypy works beside the tests: it takes minutes on a fresh checkout, and most of one core alone.
test: $(VENV)/.dev debian-packages style
	@$(MAKE) --no-print-directory --jobs=2 types tests

# Two workers of one thread each: on two cores that takes two thirds of the time of one with two threads.
ALL_TESTS := OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses 2

tests: $(VENV)/.dev
	@$(ALL_TESTS)

# All tests with the floors of what they reach. Tracing takes up to 1.7 times the time, so make test does without.
coverage: $(VENV)/.dev debian-packages
	@$(ALL_TESTS) --cov --cov-report=
	@$(BIN)/coverage json -q -o - | $(PY) .ci/floors.py

check: $(VENV)/.dev lint
	@$(PY) -m pytest --quiet tests/test_architecture.py
	@$(PY) -m pytest --quiet -m "not apart and not slow and not browser and not gpu and not weights and not network"

lint: style types

style: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell

types: $(VENV)/.dev
	@$(BIN)/mypy

# After a change of requirements: pins the versions installed in .venv (CONTRIBUTING.md).
constraints: $(VENV)/.dev
	@.ci/pin $(PY)

# Resumes where it was stopped and skips finished stages.
default-model: $(VENV)/.train
	@env $(KEEP_MEMORY) $(PY) -m train make --config phantom --out runs/phantom --resume
	@cp -R runs/phantom/model/. assets/default_model/
	@echo "Next: make library, then make results, which writes the new figures to README.md and docs/results.md."

# The same stages in minutes; never overwrites the embedded model. Fails unless every task beats its baselines.
default-model-quick: $(VENV)/.train
	@env $(KEEP_MEMORY) $(PY) -m train make --config quick --out runs/quick --resume
	@echo "To try it: MED3DVLM_MODEL=runs/quick/model make app"

library: $(VENV)/.app
	@$(PIP) -e '.[maps]'
	@$(PY) -m train library --model assets/default_model --out assets/library

# Writes the figures of the embedded model into the documents that show them; a test compares them.
results: $(VENV)/.app
	@$(PY) -m train table --short --into README.md
	@$(PY) -m train table --into docs/results.md
	@$(PY) -m train card

# Writes the folder to push to a Space; space-dry-run starts it as a Space would (docs/spaces.md).
space: $(VENV)/.app
	@rm -rf runs/space
	@$(PY) -m med3dvlm.hosting.space runs/space $(if $(MODEL),--model $(MODEL))

space-dry-run: space
	@bash .ci/space-dry-run runs/space "$(PYTHON)"

# Tests that take most of a minute, or all cores, which `make test` leaves out.
apart: $(VENV)/.dev
	@OMP_NUM_THREADS=1 $(PY) -m pytest -m apart

# Load test: thirty visitors for four minutes; writes a table into benchmarks/.
soak: $(VENV)/.app
	@$(PY) -m benchmarks.soak

# The same without and with a hostile visitor, one after the other; eight minutes.
soak-hostile: $(VENV)/.app
	@$(PY) -m benchmarks.attack.soak

# Kills a process that adds to a library and removes from it, 200 times; nothing may be lost.
kills: $(VENV)/.app
	@$(PY) -m tests.retrieval.kills --kills 200

# The same with all processes of a PostgreSQL server, while three writers change its library.
server-kills: $(VENV)/.dev
	@$(PY) -m tests.retrieval.server_kills --kills 200

# Attacks on fresh servers of this machine, in some minutes; writes a table into benchmarks/.
attack: $(VENV)/.dev
	@$(PY) -m benchmarks.attack

# Known vulnerabilities of installed packages; needs the network. Without it, checks only consistency, and fails.
audit: $(VENV)/.dev
	@{ $(PIP) pip-audit && $(BIN)/pip-audit --local --skip-editable; } || { $(PY) -m pip check; exit 1; }

# How far maps are true, from which size on findings are detected, and what needs the image; hours on two cores.
explain-figures: $(VENV)/.app
	@$(PY) -m train certify --cases 200 --kept runs/maps/maps.jsonl
	@$(PY) -m train ground --cases 200 --record
	@$(PY) -m train detect --people 100 --record --into docs/results.md

# The documentation site, into runs/site; any warning is an error.
site: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# The pictures of the README: the page as it is, and a visit to it.
film: $(VENV)/.dev debian-packages
	@$(PY) docs/images/make_film.py
	@$(PY) docs/images/make_stages.py

# One table of every plain way beside ours, into docs/results.md and README.md; minutes. SHORT=1 takes smaller scans.
bench: $(VENV)/.train
	@$(PY) -m benchmarks.speed $(if $(SHORT),--short)

# The longer pages of single parts, into benchmarks/.
bench-pages: $(VENV)/.app
	@set -e; for script in benchmarks/[a-z]*.py; do \
		case $$script in */soak.py|*/visitor.py) continue;; esac; \
		$(PY) -m "benchmarks.$$(basename "$$script" .py)"; done

# Damaged uploads of every kind, for MINUTES minutes; the tests include a short run.
MINUTES ?= 10
fuzz: $(VENV)/.dev
	@$(PY) -m tests.volumes.fuzzing --minutes $(MINUTES)

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov

$(PY):
	@for python in "$(PYTHON)" python3.12 python3.11 python3; do \
		if [ -n "$$python" ] && "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer is needed: install it, or run make PYTHON=/path/to/python3."; exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$found" --version). This takes a few minutes, once."; \
	if ! "$$found" -m venv $(VENV); then \
		rm -rf $(VENV); echo "venv is missing; on Debian: apt-get install python3-venv."; exit 1; \
	fi

# torch first and alone, so that no other package pulls in a different build of it.
$(VENV)/.app: requirements.txt constraints.txt | $(PY)
	@echo "Installing what the app needs."
	@$(PIP) "$$(grep '^torch' requirements.txt)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.train: pyproject.toml $(VENV)/.app
	@echo "Installing what training needs."
	@$(PIP) -e '.[train]'
	@touch $@

$(VENV)/.docs: pyproject.toml $(VENV)/.train
	@echo "Installing what the documentation site needs."
	@$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.app
	@echo "Installing what the tests need."
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.train

# Tests whose program is missing are skipped, and the summary counts them.
debian-packages:
	@if [ -x /usr/bin/chromium ] && [ -e /usr/share/wordnet/index.sense ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
		echo "apt-get was not found: tests that need $(DEBIAN_PACKAGES) will be skipped."; exit 0; \
	fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=; \
	elif command -v sudo >/dev/null; then as_root="sudo -n"; \
	else echo "No root or sudo: have an administrator run apt-get install $(DEBIAN_PACKAGES); until then their tests are skipped."; exit 0; fi; \
	echo "Installing $(DEBIAN_PACKAGES)."; \
	$$as_root apt-get -qq update >/dev/null && \
	DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq -y install --no-install-recommends $(DEBIAN_PACKAGES) >/dev/null || \
	echo "apt-get failed: tests that need $(DEBIAN_PACKAGES) will be skipped."
