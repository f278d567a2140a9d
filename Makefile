# Two commands do everything: `make preview` renders, `make test` tests. Both install what is missing first.
SCENE ?= LayerProgressionScene
PYTHON ?= python3
VENV := .venv/bin

# Per cent of lines and branches that tests come to: `make coverage` fails below it.
FLOOR ?= 0

.PHONY: setup preview final test nightly coverage scenes peers docs check format clean

setup:
	@PYTHON="$(PYTHON)" bash scripts/setup.sh

preview: setup
	@$(VENV)/python scripts/render.py --quality l $(SCENE)

final: setup
	@$(VENV)/python scripts/render.py --quality h $(SCENE)

# A worker a core; what shares something stays together (tests/conftest.py).
test: setup
	@$(VENV)/python -m pytest --numprocesses auto --dist loadgroup

# Random seeds, and a hundred times as many examples as usual.
nightly: setup
	@HYPOTHESIS_PROFILE=nightly $(VENV)/python -m pytest --numprocesses auto --dist loadgroup

# Names the lines and branches that no test comes to.
coverage: setup
	@$(VENV)/python -m pytest --numprocesses auto --dist loadgroup \
		--cov --cov-report term-missing:skip-covered --cov-fail-under $(FLOOR)

# Every scene once, at the lowest quality; then what was written is decoded and compared with its record.
scenes: setup
	@$(VENV)/quantization-story render --all --quality l --force --output media/scenes
	@$(VENV)/quantization-story check media/scenes

# What only some users need, and what is only compared against; without it the tests of that are skipped.
peers: setup
	@$(VENV)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,peers,digits,onnx,workflow,examples,docs,slides]"

# The documentation as a site, in site/: strictly, so that no link leads nowhere.
docs: setup
	@$(VENV)/python -c "import material, mkdocstrings" 2>/dev/null \
		|| $(VENV)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	@$(VENV)/python -m mkdocs build --quiet

check: setup
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

format: setup
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

clean:
	rm -rf .venv media build dist site .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
