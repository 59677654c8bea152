# Every target works on a bare clone: `setup` runs first and costs nothing when it has already run.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal  # two workers, a core each

.PHONY: setup compare test test-long test-docs test-all derived bench docs notebooks pictures wheel site
setup: .venv/ready

.venv/ready: pyproject.toml models/pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -c constraints.txt -e '.[dev]' -e models
	touch $@

compare: setup
	$(BIN)/genwright compare digits --minutes 4

test: setup
	$(PYTEST) -m "not long and not docs" $(FLAGS)

test-long: setup
	$(PYTEST) -m long

test-docs: setup
	$(PYTEST) -m docs

test-all: test test-long test-docs

# What follows from the code, after a family, a preset, a format or an option was added: commit what this changes
derived: setup
	$(BIN)/python -m genwright.contract.card_index
	$(BIN)/python tests/zoo/test_snapshot.py
	$(BIN)/python tests/golden/make.py
	$(BIN)/python docs/draw.py

# make bench NAME=digits measures one benchmark; without NAME it lists them
bench: setup
	$(BIN)/python benchmarks/bench.py $(NAME)

wheel:
	PYTHON=$(PYTHON) .ci/wheel

docs: setup
	$(BIN)/python docs/draw.py

notebooks: setup
	$(BIN)/python docs/run_notebooks.py

# The pictures of README and of docs/gallery.md, on a machine with nothing else to do and with Chromium: half an hour
pictures: setup
	$(BIN)/python docs/draw.py stars
	$(BIN)/python docs/draw_studio.py
	$(BIN)/python docs/draw_gallery.py $(NAME)

# The site of docs/, into site/: look at it with `python -m http.server --directory site`
site: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

