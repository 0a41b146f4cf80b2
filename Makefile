# Everything a contributor runs. The only thing fetched is Python packages, each by a digest in locks/.
#   make PYTHON=python3.12 ...   another interpreter (3.11 or later; .venv is made anew)
#   make test PYTEST_ARGS=-x     options for pytest

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
HISTORIES ?= 300
EXAMPLES ?= 300
CASES ?= 50000
FUZZ_ARGS ?=
REPEAT ?= 1
COOL_OFF ?= 7 days
AUDIT_ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SUPPLY := $(VENV)/supply
FUZZ := $(VENV)/fuzz
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
STAMP := $(VENV)/.vinofleet-installed-$(VERSION)

# What is no test: those are ruff's alone.
SOURCES := producer worker collector common vinofleet bench tools examples

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test tour faults defences sim fuzz fuzz-forms fuzz-guided bench notebook check lint types contracts fix wheel check-wheel audit sbom locks clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv and install everything into it (the other targets do it by themselves)

# An environment of another Python version is thrown away; one of the same version is brought up to date.
$(STAMP): pyproject.toml locks/dev.txt scripts/preflight.sh
	@scripts/preflight.sh interpreter "$(PYTHON)"
	@echo "Installing into $(VENV) ..."
	@"$(PYTHON)" -m venv $(if $(wildcard $(STAMP)),,--clear) "$(VENV)"
	@$(PIP) install --require-hashes --requirement locks/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@scripts/preflight.sh libraries "$(BIN)/python"
	@touch "$@"

demo: $(STAMP) ## find people in a synthetic street: demo/demo.mp4, demo/demo.png, demo/demo-report.html
	@$(BIN)/vinofleet demo demo

test: $(STAMP) ## run the tests (VINOFLEET_ASSETS=FOLDER adds those that need models and clips)
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

tour: $(STAMP) ## type every command that docs/notebook.md shows
	$(BIN)/python -m pytest -n 2 -m tour $(PYTEST_ARGS) tests/tour

# Tests that a row of the table names are its tests, wherever they are. Two at a time: most of them wait most of the time.
faults: $(STAMP) ## show each row of the fault table of docs/operations.md REPEAT=1 times in a row
	VINOFLEET_FAULTS_REPEAT=$(REPEAT) $(BIN)/python -m pytest -n 2 -m "faults or process" $(PYTEST_ARGS) tests/faults \
	    $$(grep -Eoh 'tests/process/\w+\.py::\w+' docs/operations.md | sort -u)

defences: $(STAMP) ## switch each defence of docs/security.md off, and see its test fail
	$(BIN)/python -m pytest -n 2 -m defences $(PYTEST_ARGS) tests/defences

sim: $(STAMP) ## run HISTORIES=300 random histories of whole fleets on a virtual clock
	VINOFLEET_SIM_HISTORIES=$(HISTORIES) $(BIN)/python -m pytest -m sim tests/sim $(PYTEST_ARGS)

fuzz: fuzz-forms fuzz-guided ## hostile bytes at each decoder: EXAMPLES=300 of its form, CASES=50000 guided by coverage

fuzz-forms: $(STAMP) ## the first half of `make fuzz`
	VINOFLEET_FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n 2 --dist worksteal -m fuzz --timeout=3600 tests/fuzz $(PYTEST_ARGS)

# Beside the environment, not in it: nothing else is to need it. A system without a wheel of it has the other half.
$(FUZZ)/installed: locks/fuzz.txt | $(STAMP)
	@rm -rf "$(FUZZ)" && mkdir -p "$(FUZZ)"
	@$(PIP) install --require-hashes --no-deps --target "$(FUZZ)" --requirement $< || { test -z "$$CI" && \
	    echo "There is no Atheris for this system: what it would find is not looked for here."; }
	@touch "$@"

fuzz-guided: $(FUZZ)/installed ## the second half; FUZZ_ARGS="--only NAME --keep" and others (see tests/fuzz/guided.py)
	@test ! -d "$(FUZZ)/atheris" || PYTHONPATH="$(FUZZ):." PYTHONHASHSEED=0 OPENBLAS_NUM_THREADS=1 \
	    $(BIN)/python -m tests.fuzz.guided --cases $(CASES) $(FUZZ_ARGS)

bench: $(STAMP) ## compare one process with the fleet on a 1080p clip; needs VINOFLEET_ASSETS (see bench/)
	clip=$$($(BIN)/python bench/clips.py "$$VINOFLEET_ASSETS/videos/vtest.avi" 300) && \
	    $(BIN)/vinofleet compare "$$clip" --labels person $(BENCH_ARGS) \
	    --model "$$VINOFLEET_ASSETS/models/person-detection-0202/person-detection-0202.xml"

notebook: $(STAMP) ## execute the example notebook anew
	cd examples && PATH="$(abspath $(BIN)):$$PATH" $(abspath $(BIN))/jupyter-execute --inplace async_inference.ipynb

check: lint types contracts ## lint, types and import contracts

lint: $(STAMP) ## ruff: rules and format; bandit
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(SOURCES)

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

contracts: $(STAMP) ## import-linter: who may import whom
	$(BIN)/lint-imports

fix: $(STAMP) ## let ruff repair and format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

wheel: $(STAMP) ## build the wheel and the source distribution into dist/
	@rm -rf dist
	$(BIN)/python -m hatchling build --directory dist

check-wheel: wheel ## install the wheel into an environment of its own and start every command
	scripts/check_contents.sh dist
	scripts/check_wheel.sh "$(PYTHON)" dist/*.whl locks/user.txt

# Its tools are kept from everything else: none of what they bring is run by vinofleet or decides its versions.
$(SUPPLY)/installed: locks/supply.txt | $(STAMP)
	@"$(PYTHON)" -m venv --clear "$(SUPPLY)"
	@$(SUPPLY)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement $<
	@touch "$@"

audit: $(SUPPLY)/installed ## are vulnerabilities known in what is locked? (AUDIT_ARGS="--service osv" asks another service)
	$(SUPPLY)/bin/python tools/audit.py locks/*.txt $(AUDIT_ARGS)

sbom: $(SUPPLY)/installed ## list what a user's install brings: dist/vinofleet.cdx.json (CycloneDX)
	scripts/make_sbom.sh $(BIN)/python $(SUPPLY)/bin/cyclonedx-py locks/user.txt dist/vinofleet.cdx.json

locks: $(SUPPLY)/installed ## lock the newest versions that pyproject.toml admits and that are COOL_OFF="7 days" old
	scripts/renew_locks.sh $(SUPPLY)/bin/uv "$(COOL_OFF)"

clean: ## remove everything that was built or cached
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
