"""Every notebook of docs/notebooks runs from its first cell to its last, in a namespace and a folder of its own, and
shows what it is for.

They are stored without outputs, so that what a reader sees is what a run gives. Here minutes become thousandths, steps
become nine, and a comparison measures on few items."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SHOWN = {  # in the outputs of each: words of text or of HTML, and how many pictures at least
    "graphs": (("<b>gcn</b> of", "Mr. Hi"), 1),
    "lines-of-text": (("<b>autoregressive</b> of", "Kings", "n-gram"), 0),
    "many-graphs": (("<b>discrete-diffusion</b> of", "Mean(value="), 3),
    "molecules": (("<b>equivariant-diffusion</b> of", "Atoms("), 1),
    "pictures": (("<b>vae</b> of digits", "lower bound"), 4),
    "tables": (("<b>autoregressive</b> of", "alcohol", "copula", "genwright sample"), 1),
}


def test_every_notebook_is_looked_at():
    assert {path.stem for path in NOTEBOOKS} == SHOWN.keys()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One for all, since it takes seconds to start; the first notebook starts it. Models are tiny there, comparisons
    measure little."""
    home = tmp_path_factory.mktemp("ipython")
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "quick.py").write_text(
        f"import sys\nsys.path.append({str(Path(__file__).parents[1])!r})\nimport pytest\n"
        "from measuring_little import measure_little, tiny_presets\n"
        "measure_little(pytest.MonkeyPatch())\ntiny_presets(pytest.MonkeyPatch())\n"
    )
    manager = AsyncKernelManager()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(home))
        yield manager
    run_sync(manager.shutdown_kernel)(now=True)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_is_for(path, tmp_path, kernel):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells), "stored without outputs"
    for cell in cells:
        cell.source = re.sub(r"(minutes=)[\d.]+", r"\g<1>0.002", cell.source)
        cell.source = re.sub(r"(steps=)\d+", r"\g<1>9", cell.source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"%reset -f\n%cd -q {tmp_path}"))
    NotebookClient(notebook, timeout=120, km=kernel).execute()
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    data = [output.data for output in outputs if "data" in output]
    said = "\n".join(str(found.get("text/html", found.get("text/plain", ""))) for found in data)
    words, pictures = SHOWN[path.stem]
    assert all(word in said for word in words), said
    assert sum("image/png" in found for found in data) >= pictures
