"""The notebooks run from top to bottom, and lie in the repository without what they gave when they ran."""

from pathlib import Path

import pytest

from source_tree import ROOT

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("matplotlib")
pytest.importorskip("ipykernel")

# The pictures that each shows, one a figure.
FIGURES = {"error_geometry": 13, "own_network": 1}


@pytest.mark.parametrize("name", FIGURES)
def test_a_notebook_runs(name: str, tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "examples" / f"{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.outputs or cell.execution_count]
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output.get("data", {}) for cell in code for output in cell.outputs]
    assert sum("image/png" in data for data in shown) == FIGURES[name]
    if name == "own_network":
        assert "<video" in "".join(data.get("text/html", "") for data in shown)


def test_every_notebook_is_run() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("*.ipynb")} == set(FIGURES)
