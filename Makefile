# One command to see it run, one to test it; `make` alone lists them all.
# Both locks go into the same .venv: the development lock holds every pin of the other. They are
# whole, so that pip need not ask what depends on what (some versions of it then miss a pin).

.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
PYTEST := $(BIN)/python -m pytest
CODE := bot brokers strategies migrations tests benchmarks
BUILD := hatch_build.py
WORKERS := 2
TESTERS := 3  # one more: many tests wait for a process or a socket

# The first Python that is new enough and can make a virtual environment, or a sentence that
# says what to install. PYTHON=... on the command line is tried alone.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
define find_python
old=; bare=; \
for python in $(PYTHONS); do \
  command -v $$python >/dev/null 2>&1 || continue; \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { old=$$python; continue; }; \
  $$python -c 'import ensurepip, venv' 2>/dev/null && break; \
  bare=$$python; python=; \
done; \
$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  if [ -n "$$bare" ]; then \
    echo "$$bare cannot make a virtual environment. On Debian: apt install python3-venv" >&2; \
  elif [ -n "$$old" ]; then \
    echo "Python 3.11 or later is needed, $$old is older. On Debian 12 or later: apt install python3 python3-venv" >&2; \
  else \
    echo "Python 3.11 or later is needed. On Debian: apt install python3 python3-venv" >&2; \
  fi; exit 3; }
endef

.PHONY: help
help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.runtime $(VENV)/.project  ## install what is needed and show the demo: no account, no network
	@$(BIN)/trimtab demo

.PHONY: test
test: lint types imports  ## every check that needs nothing but Python
	@$(PYTEST) -q -n $(TESTERS) --dist worksteal -m "not browser and not syscalls"

.PHONY: lint
lint: dev  ## style and format
	@$(BIN)/ruff check $(wildcard $(CODE)) $(BUILD)
	@$(BIN)/ruff format --check $(wildcard $(CODE)) $(BUILD)

.PHONY: types
types: dev  ## what the type checker proves
	@$(BIN)/mypy

.PHONY: imports
imports: dev  ## which room may know which
	@PATH="$(CURDIR)/$(BIN):$$PATH" lint-imports --no-cache --no-logo

.PHONY: test-browser
test-browser: dev  ## pages looked at with Debian's chromium
	@$(call need,chromium)
	@$(PYTEST) -q -m browser

.PHONY: test-syscalls
test-syscalls: dev  ## what the process really asks of the kernel, seen with Debian's strace
	@$(call need,strace)
	@$(PYTEST) -q -m syscalls --ignore tests/syscalls/test_disk_fails.py

.PHONY: soak-disk
soak-disk: dev  ## writes and syncs of a cycle fail one by one, as strace makes them (DISK_POINTS=)
	@$(call need,strace)
	@DISK_POINTS=$${DISK_POINTS:-6} $(PYTEST) -q -m syscalls --timeout 3600 tests/syscalls/test_disk_fails.py

.PHONY: soak-power
soak-power: dev  ## the power fails at 20,000 moments of two cycles, and a disk keeps any part (POWER_CASES=)
	@$(call need,strace)
	@POWER_CASES=$${POWER_CASES:-20000} $(PYTEST) -q -m syscalls --timeout 36000 \
	  tests/syscalls/test_power_loss.py

.PHONY: test-wheel
test-wheel: dev  ## the wheel, installed on its own, answers
	@.ci/wheel

.PHONY: bench
bench: dev  ## measure: how fast, and how close to the best known answer
	@for room in $(basename $(wildcard benchmarks/[a-z]*.py)) $(patsubst %/__main__.py,%,$(wildcard benchmarks/*/__main__.py)); do \
	  echo "== $$room"; \
	  OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1 \
	    $(BIN)/python -m "$$(echo "$$room" | tr / .)" || exit 1; \
	done

.PHONY: sweep-targets
sweep-targets: dev  ## 1,000 nasty covariances through every target strategy (ARGS=...)
	@$(BIN)/python -m benchmarks.targets.sweep --in-turn --jobs $(WORKERS) $(ARGS)

.PHONY: soak-gate
soak-gate: dev  ## ten million orders of garbage plans fired at the gate (GATE_ORDERS=, GATE_SEED=)
	@GATE_ORDERS=$${GATE_ORDERS:-10000000} $(PYTEST) -q -n $(WORKERS) --timeout 36000 \
	  tests/bot/core/test_gate_garbage.py

.PHONY: soak-lease
soak-lease: dev  ## two processes fight for one account until it has changed hands 5,000 times
	@HANDOVERS=$${HANDOVERS:-5000} $(PYTEST) -q --timeout 14400 tests/bot/book/test_book_lease_fight.py

.PHONY: soak-sim
soak-sim: dev  ## 1,000 account-years on the exchange's bad days (YEARS=..., SEED=..., SEEDS=...)
	@YEARS="$(or $(YEARS),1000)" SEED="$(or $(SEED),1)" SEEDS="$(SEEDS)" WORKERS=$(WORKERS) \
	  OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/simulation/soak.py

.PHONY: museum
museum: dev  ## bugs of other bots, put into our code one by one: how the simulation sees each (SEEDS=5)
	@SEEDS="$(SEEDS)" $(BIN)/python tests/museum/show.py

.PHONY: mutants
mutants: dev  ## how many changes of a room its own tests notice, by mutmut (ROOM=gate, book, lots, washes; FILES="chain orders")
	@WORKERS=$(WORKERS) .ci/mutants $(or $(ROOM),gate) $(FILES)

.PHONY: soak-kill
soak-kill: dev  ## the kill switch is thrown at 20,000 random moments of trading; the figures are shown
	@MOMENTS=$${MOMENTS:-20000} $(PYTEST) -q -s --timeout 86400 tests/scenarios/test_kill_switch.py

.PHONY: soak-sigkill
soak-sigkill: dev  ## trading cycles are killed at 10,000 random places (KILLS=, KILL_SECONDS=, KILL_SEED=)
	@$(PYTEST) -q -s --timeout 0 tests/scenarios/soak_sigkill.py

.PHONY: soak-bytes
soak-bytes: dev  ## the line to a broker fails at every byte of what is said (BYTES_EVERY=, ARGS="-k ibkr")
	@BYTES_EVERY=$${BYTES_EVERY:-1} $(PYTEST) -q -s --timeout 0 tests/scenarios/test_every_byte.py $(ARGS)

.PHONY: soak-fuzz
soak-fuzz: dev  ## ten million payloads that no broker should send (PAYLOADS=, FUZZ_SEED=)
	@PAYLOADS=$${PAYLOADS:-10000000} $(PYTEST) -q -n $(WORKERS) --timeout 36000 tests/fuzz

.PHONY: sweep-washes
sweep-washes: dev  ## 10,000 random households against an oracle that knows only the statute (ARGS=...)
	@$(BIN)/python -m benchmarks.tax.brute --jobs $(WORKERS) $(ARGS)

.PHONY: demo-ib
demo-ib: dev  ## a pretended IB Gateway on port 4002, to point an account at
	@PYTHONPATH=tests $(BIN)/python -m standins.tws_demo --port 4002 $(ARGS)

.PHONY: demo-alpaca
demo-alpaca: dev  ## a pretended Alpaca on port 4010, to point an account at
	@PYTHONPATH=tests $(BIN)/python -m standins.alpaca_demo --port 4010 $(ARGS)

# Alpaca's OpenAPI files are Alpaca's; whoever has them says where. Nothing of npm is in the locks.
PRISM := build/prism
PRISM_PACKAGE := @stoplight/prism-cli@5.14.2
PRISM_TESTS := tests/contract/test_broker_contract.py tests/contract/test_cycle_on_both_books.py \
  tests/brokers/alpaca/test_alpaca_cycle.py tests/brokers/alpaca/test_alpaca_published.py
.PHONY: prism
prism: dev  ## Alpaca's adapter and stand-in, judged by Alpaca's OpenAPI files (SPECS=folder)
	@[ -n "$(SPECS)" ] || { echo "say where Alpaca's OpenAPI files are: make prism SPECS=folder" >&2; exit 3; }
	@$(call need,npm)
	@[ -x $(PRISM)/node_modules/.bin/prism ] || { echo "installing $(PRISM_PACKAGE)"; \
	  npm install --prefix $(PRISM) --ignore-scripts --no-audit --no-fund --silent $(PRISM_PACKAGE); }
	@PYTHONPATH=tests $(PYTEST) -q -p standins.prism --specs "$(SPECS)" \
	  --prism $(PRISM)/node_modules/.bin/prism $(PRISM_TESTS) \
	  -k "(alpaca or published) and not paper and not ibkr and not trouble and not breaks" $(ARGS)

.PHONY: lock
lock:  ## write both locks anew from pyproject.toml; UPGRADE=--upgrade moves every pin
	@$(find_python); set -e; \
	tool=$$(mktemp -d); trap 'rm -rf "$$tool"' EXIT; \
	$$python -m venv "$$tool"; "$$tool/bin/pip" --quiet --disable-pip-version-check install uv; \
	lock() { "$$tool/bin/uv" pip compile pyproject.toml --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-index-url --quiet $(UPGRADE) "$$@" >/dev/null; }; \
	lock --all-extras --group dev -o requirements-dev.lock; \
	cp requirements-dev.lock requirements.lock; \
	UPGRADE=; lock --group build -o requirements.lock

.PHONY: clean
clean:  ## remove everything that was made here, .venv too
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .import_linter_cache
	@find $(wildcard $(CODE)) -name __pycache__ -prune -exec rm -rf {} +
	@rm -f strategies/optimize/kernel/*.so

.PHONY: dev
dev: $(VENV)/.dev $(VENV)/.project

$(VENV)/.made:
	@$(find_python); echo "making $(VENV) with $$($$python --version)"; \
	$$python -m venv $(VENV) && touch $@

$(VENV)/.runtime: requirements.lock | $(VENV)/.made
	@echo "installing from $<"
	@$(PIP) install --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/.made
	@echo "installing from $<"
	@$(PIP) install --no-deps --require-hashes -r $<
	@touch $@ $(VENV)/.runtime

# The project itself, where it stands; what builds it is in both locks, so nothing is fetched.
# A compiler, where there is one, makes the optimizer quicker; without one it is the same.
$(VENV)/.project: pyproject.toml hatch_build.py strategies/optimize/kernel/_climb.c | $(VENV)/.made
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# A Debian package that a test needs: root installs it, anyone else is told how.
define need
command -v $(1) >/dev/null 2>&1 || { \
  if [ "$$(id -u)" = 0 ]; then \
    echo "installing $(1)"; \
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $(1) >/dev/null; \
  else \
    echo "$(1) is not installed. On Debian: sudo apt-get install $(1)" >&2; exit 3; \
  fi; }
endef
