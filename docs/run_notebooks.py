"""Runs the notebooks of docs/notebooks, and stores them with their outputs.

    python docs/run_notebooks.py [NAME ...]          (all of them: make notebooks)

Each runs in a kernel and a folder of its own. A notebook that fails, warns or shows a path of this machine stays as it
was. `digest` ties the outputs to the cells that gave them, so that a test finds a cell that was changed afterwards.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

FOLDER = Path(__file__).parent / "notebooks"
SECONDS = 1_800  # for a cell, on a busy machine too
COLOURS = 64  # of a picture
PLACE = re.compile(r"(?:[\s'\"(=]|^)(?:/|[A-Z]:\\)[\w.-]+[/\\]", re.M)  # the begin of an absolute path


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def digest(notebook: NotebookNode) -> str:
    """A digest of the code, which tells whether outputs belong to it."""
    return hashlib.sha256("\0".join(cell.source for cell in code_cells(notebook)).encode()).hexdigest()[:16]


def text_of(output: NotebookNode) -> str:
    """The text and HTML of an output, without pictures and sound."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join(output.traceback)
    words = "\n".join(text for kind, text in output.data.items() if kind.startswith("text/"))
    return re.sub(r"data:[\w/.+-]+;base64,[\w+/=]*", "", words)


def flaws(notebook: NotebookNode) -> list[str]:
    """A sentence for each output that must not be stored."""
    found = []
    for number, cell in enumerate(code_cells(notebook), 1):
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"cell {number} raises or warns: {text_of(output)}")
            elif place := PLACE.search(text_of(output)):
                found.append(f"cell {number} shows a path of this machine: {place[0].strip()}")
    return found


def shrink(notebook: NotebookNode) -> None:
    """Give each PNG a palette, with which a spectrogram takes a third of the room."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if drawn := output.get("data", {}).get("image/png"):
                file, picture = io.BytesIO(), Image.open(io.BytesIO(base64.b64decode(drawn)))
                picture.convert("RGB").quantize(COLOURS).save(file, "PNG", optimize=True)
                output.data["image/png"] = base64.b64encode(file.getvalue()).decode()


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    with TemporaryDirectory() as folder:
        where = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=SECONDS, record_timing=False, resources=where).execute()
    if found := flaws(notebook):
        sys.exit(f"{path.name}: " + "\n".join(found))
    shrink(notebook)
    notebook.metadata = {
        "kernelspec": notebook.metadata.kernelspec,
        "language_info": {"name": "python"},
        "genwright": {"digest": digest(notebook)},
    }
    nbformat.write(notebook, path)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    for one in sorted(FOLDER.glob("*.ipynb")):
        if len(sys.argv) == 1 or one.stem in sys.argv[1:]:
            run(one)
