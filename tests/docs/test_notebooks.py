"""Every notebook of docs/notebooks runs from its first cell to its last, in a namespace and a folder of its own, and
shows what it is for.

They are stored with the outputs that `make notebooks` gives, of the cells as they stand. Here minutes become
thousandths, steps become nine, items few, data by name are small, and a comparison measures on few items."""

import re
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from phrases import unsaid
from PIL import Image
from run_notebooks import code_cells, digest, flaws, text_of

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_BYTES = 300_000
SHOWN = {  # in the outputs of each: words of text or of HTML, and how many pictures at least
    "graphs": (("<b>gcn</b> of", "Mr. Hi"), 1),
    "lines-of-text": (("<b>autoregressive</b> of", "Kings", "n-gram"), 0),
    "molecules": (("<b>autoregressive</b> of freesolv", "valid", "brics", "similarity"), 3),
    "music": (("<b>autoregressive</b> of jsb-chorales", "n-gram", "bits per note", "audio/"), 3),
    "many-graphs": (("<b>discrete-diffusion</b> of", "Mean(value="), 3),
    "pictures": (("<b>vae</b> of digits", "lower bound"), 4),
    "points": (("<b>equivariant-diffusion</b> of", "Atoms("), 1),
    "series": (("<b>autoregressive</b> of", "never falls within"), 0),
    "sound": (("of clips", "linear-prediction", "bits per sample", "audio/"), 2),
    "tables": (("<b>autoregressive</b> of", "alcohol", "copula", "genwright sample"), 1),
}


def test_every_notebook_is_looked_at():
    assert {path.stem for path in NOTEBOOKS} == SHOWN.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_with_the_outputs_of_its_cells(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.stat().st_size < MOST_BYTES
    assert not flaws(notebook)
    assert notebook.metadata.genwright.digest == digest(notebook), "cells changed: run `make notebooks`"
    require_shown(path, [output for cell in code_cells(notebook) for output in cell.outputs])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_says_can_still_be_said(path):
    outputs = [output for cell in code_cells(nbformat.read(path, as_version=4)) for output in cell.outputs]
    texts = [text for text in map(text_of, outputs) if 'class="dataframe"' not in text]
    assert not set().union(*map(unsaid, texts)), "run `make notebooks`"


@pytest.mark.parametrize("path", sorted(FOLDER.parent.glob("gallery-*.png")), ids=lambda path: path.stem)
def test_what_the_picture_of_a_report_says_can_still_be_said(path):
    with Image.open(path) as picture:
        assert not unsaid(picture.info["words"]), "run `make pictures`"


@pytest.mark.parametrize("text", ["No clear winner: 3", "<b>vae</b> hardly parted from flow"])
def test_what_nothing_says_any_more_is_found(text):
    assert unsaid(text) and not unsaid("<p>vae is 3 times as far from the training data</p>")


@pytest.mark.parametrize(
    "output",
    [
        nbformat.v4.new_output("stream", name="stderr", text="a warning"),
        nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["Traceback"]),
        nbformat.v4.new_output("execute_result", {"text/plain": "'/home/anna/runs/a'"}),
    ],
)
def test_warnings_errors_and_paths_of_a_machine_are_flaws(output):
    cell = nbformat.v4.new_code_cell("1")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert not flaws(notebook)
    cell.outputs = [output]
    assert len(flaws(notebook)) == 1


def require_shown(path: Path, outputs: list) -> None:
    words, pictures = SHOWN[path.stem]
    said = "\n".join(map(text_of, outputs))
    assert all(word in said for word in words), said
    assert sum(bool({"image/png", "image/svg+xml"} & output.get("data", {}).keys()) for output in outputs) >= pictures


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """One for all, since it takes seconds to start; the first notebook starts it. Models are tiny there, comparisons
    measure little."""
    home = tmp_path_factory.mktemp("ipython")
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "quick.py").write_text(
        f"import sys\nsys.path += {[str(Path(__file__).parents[1]), str(Path(__file__).parent)]!r}\nimport pytest\n"
        "from measuring_little import measure_little, tiny_presets\nfrom stand_ins import stand_in\n"
        "for smaller in (measure_little, tiny_presets, stand_in):\n    smaller(pytest.MonkeyPatch())\n"
    )
    manager = AsyncKernelManager()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(home))
        yield manager
    run_sync(manager.shutdown_kernel)(now=True)


@pytest.mark.docs
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_is_for(path, tmp_path, kernel):
    notebook = nbformat.read(path, as_version=4)
    cells = code_cells(notebook)
    for cell in cells:
        cell.outputs = []
        cell.source = re.sub(r"(minutes=)[\d.]+", r"\g<1>0.002", cell.source)
        cell.source = re.sub(r"(steps=)\d+", r"\g<1>9", cell.source)
        cell.source = re.sub(r"(items=)[\d_]+", r"\g<1>640", cell.source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(f"%cd -q {tmp_path}\n%reset -f"))
    NotebookClient(notebook, timeout=120, km=kernel).execute()
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    require_shown(path, outputs)
