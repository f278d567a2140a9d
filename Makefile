# Two commands do everything: `make preview` renders, `make test` tests. Both install what is missing first.
SCENE ?= LayerProgressionScene
PYTHON ?= python3
VENV := .venv/bin

.PHONY: setup preview final test scenes peers check format clean

setup:
	@PYTHON="$(PYTHON)" bash scripts/setup.sh

preview: setup
	@$(VENV)/python scripts/render.py --quality l $(SCENE)

final: setup
	@$(VENV)/python scripts/render.py --quality h $(SCENE)

test: setup
	@$(VENV)/python -m pytest

# Every scene once, at the lowest quality; then what was written is decoded and compared with its record.
scenes: setup
	@$(VENV)/quantization-story render --all --quality l --force --output media/scenes
	@$(VENV)/quantization-story check media/scenes

# What only some users need, and what is only compared against; without it the tests of that are skipped.
peers: setup
	@$(VENV)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,peers,digits,workflow]"

check: setup
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

format: setup
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

clean:
	rm -rf .venv media .pytest_cache .mypy_cache .ruff_cache .hypothesis
