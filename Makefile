# `make lab` opens the lessons, `make test` runs every check. README.md says what the others do.

PYTHON   ?= python3.11 python3.12 python3.13 python3 python
PORT     ?=
BROWSER  ?= yes
PIP_ARGS ?=
ARGS     ?=
UPGRADE  ?=
AGAINST  ?=
ROUNDS   ?=

VENV := .venv
# A file stays with one worker, so that its environment, JupyterLab or network is made once. On two cores three workers
# test, for one of them mostly waits for a page or a kernel; where there is neither, two.
SHARED := --dist loadfile --no-loadscope-reorder -n
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
# A moved folder has another stamp, so its environment, which knows its own path, is put right.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
LAB  := $(VENV)/.lab-$(HERE)
TEST := $(VENV)/.test-$(HERE)
NEW  := import sys; sys.exit(sys.version_info < (3, 11))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Workers test at once, each with one thread; what one process has compiled, Python's and pytest's, the next one loads.
test quick: export OMP_NUM_THREADS := 1
test quick: export PYTHONDONTWRITEBYTECODE :=
.PHONY: lab test quick check types real fuzz bench notebooks site pictures faces manifest lock clean

lab: $(LAB)
	@$(BIN)/ferviz lab $(if $(PORT),--port $(PORT)) $(if $(filter no false 0,$(BROWSER)),--no-browser)

# The checks run beside the browser's installation and the first tests: mypy has no use for a second core.
test: $(TEST)
	@$(MAKE) --no-print-directory check & checks=$$!; \
	CHROMIUM="$$($(BIN)/python data_scripts/chromium.py)" || { wait $$checks; exit 1; }; export CHROMIUM; \
	$(BIN)/python -m pytest $(SHARED) 3 $(ARGS); status=$$?; \
	wait $$checks || { echo "the checks failed: \`make check\` says what" >&2; exit 1; }; exit $$status

# For a developer at work, in under 90 seconds: no browser, lesson, kernel or wheel, nothing that trains, draws clips or
# follows a face through a film, nothing of tests/slow.txt, and of a test with many cases the first.
quick: $(TEST)
	$(BIN)/ruff check . && $(BIN)/python -m pytest $(SHARED) 2 -m "not long" $(ARGS)

types: $(TEST)
	$(BIN)/python data_scripts/check_scripts.py

check: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python data_scripts/build_notebooks.py --check
	$(BIN)/python data_scripts/build_readme.py --check

real: $(TEST)
	@CHROMIUM="$$($(BIN)/python data_scripts/chromium.py)" || exit 1; export CHROMIUM; \
	$(BIN)/python -m pytest tests/real $(ARGS)

fuzz: $(TEST)
	$(BIN)/python tests/media/fuzz.py --files 2000

bench: $(TEST)
	@CHROMIUM="$$($(BIN)/python data_scripts/chromium.py)" || exit 1; export CHROMIUM; status=0; \
	$(if $(AGAINST),exec $(BIN)/python tests/benchmarks/against.py $(AGAINST) --rounds $(or $(ROUNDS),3);) \
	for bench in tests/benchmarks/bench_*.py; do \
	  echo "== $$bench"; $(BIN)/python "$$bench" || status=1; \
	done; exit $$status

notebooks: $(TEST)
	$(BIN)/python data_scripts/build_notebooks.py
	$(BIN)/python data_scripts/build_readme.py

site: $(TEST)
	$(BIN)/python data_scripts/build_site.py

pictures: $(TEST)
	@CHROMIUM="$$($(BIN)/python data_scripts/chromium.py)" || exit 1; export CHROMIUM; \
	$(BIN)/python data_scripts/take_pictures.py

faces: $(LAB)
	$(BIN)/python data_scripts/make_faces.py

manifest: $(LAB)
	$(BIN)/python data_scripts/manifest.py

lock: $(LAB)
	$(BIN)/python data_scripts/lock.py $(if $(UPGRADE),--upgrade)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(LAB): requirements.lock pyproject.toml
	@$(environment)
	$(BIN)/python -m pip install $$([ -t 1 ] || echo -qq) $(PIP_ARGS) -c requirements.lock -e .
	@touch $@

$(TEST): requirements.lock pyproject.toml
	@$(environment)
	$(BIN)/python -m pip install $$([ -t 1 ] || echo -qq) $(PIP_ARGS) -c requirements.lock -e '.[test]'
	@touch $(LAB) $@

# The first Python that is new enough and can make an environment.
define environment
$(BIN)/python -c 'import pip; $(NEW)' 2>/dev/null && exit 0; found=; \
for python in $(PYTHON); do \
  "$$python" -c '$(NEW)' >/dev/null 2>&1 || continue; found=$$python; \
  "$$python" -c 'import venv, ensurepip' >/dev/null 2>&1 || continue; \
  echo "ferviz: making $(VENV) with $$python and installing the pinned packages (a few minutes, once)"; \
  "$$python" -m venv --clear $(VENV); exit; \
done; \
if [ -n "$$found" ]; then \
  echo "ferviz: $$found cannot make environments; install its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; \
else \
  echo "ferviz: Python 3.11 or later is needed, and none of '$(PYTHON)' is; install it, or name it: make lab PYTHON=/path/to/python3" >&2; \
fi; exit 1
endef
