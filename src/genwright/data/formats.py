"""Whatever a person hands over (a name, a path, an object of theirs or of another library), told apart by how it looks.

FORMATS is the table of that: the first row whose `looks` is true of a source reads it. A format of files, or a kind of
object, is one row and one reader, which gives Raw, GraphData or Interactions; their `kind` says how they go on.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..chemistry.atoms import in_cells, list_of_atoms, looks_like_atoms, told_of_cells
from ..core.errors import DataError, require_text
from ..core.limits import most_bytes, read_plain
from .named import NAMES, read_named, suggest
from .raw import Raw
from .readers.idx import is_idx

if TYPE_CHECKING:
    from ..graphs.graph_data import GraphData
    from ..graphs.interactions import Interactions

TEXT = (".txt", ".txt.gz")  # a table, or lines
EDGE_TEXTS = (".edges", ".edgelist")
AS_LINES = "one delimiter cuts the lines alike, so the text is a table: --kind sequences (kind=) learns lines of text"
TEXT_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", *TEXT)
UNPACKED = 16  # times as large as its text a list is in memory
MOLECULES = "molecules"
GRAPH_SETS = "graph-sets"
PLANETOID = re.compile(r"ind\.(.+)\.(x|y|tx|ty|allx|ally|graph|test\.index)")


@dataclass(frozen=True)
class Source:
    """What `load_data` was told of where data are: given, and the options that readers take."""

    given: Any
    seed: int = 0
    nodes: Any = None
    target: str | None = None
    types: dict | None = None
    drop: list[str] | None = None
    directed: bool = False
    task: str | None = None
    windows: int | None = None
    column: str | None = None
    kind: str | None = None

    @property
    def called(self) -> str:
        """What to call it in an error."""
        return self.text or f"the {type(self.given).__name__}"

    @property
    def name(self) -> str | None:
        """The name, where data are named (see `NAMES`), else None."""
        return str(self.given) if self._is_text and str(self.given) in NAMES else None

    @property
    def path(self) -> Path | None:
        """The path, where one was given, whether or not anything is there, else None."""
        return Path(self.given).expanduser() if self._is_text and self.name is None else None

    @property
    def text(self) -> str | None:
        """A name or a path as it was typed, None of an object."""
        return str(self.given) if self._is_text else None

    @property
    def _is_text(self) -> bool:
        return isinstance(self.given, (str, os.PathLike))


@dataclass(frozen=True)
class Format:
    """looks: whether a source is of it. read: what the source holds. called: an object of it, as records have it."""

    looks: Callable[[Source], bool]
    read: Callable[[Source], Raw | GraphData | Interactions]
    called: str = ""


def read(source: Source) -> tuple[Raw | GraphData | Interactions, str]:
    """The data, and what `source` was as text.

    Raises DataError for what is not there, damaged, of no known format, or has no use for an option that was named.
    """
    _check_options(source)
    if source.path is not None:
        if not source.text or not os.path.exists(source.path):
            raise DataError(f"{source.text!r} is neither a file nor a folder nor named data: {suggest(source.text)}")
        require_text(source.path.name, "the data")
    found = next((row for row in FORMATS if row.looks(source)), None)
    if found is None:
        raise DataError(_not_understood(source))
    return _as_asked(found.read(source), source), source.text or found.called or type(source.given).__name__


def read_of_kind(given: Any, kind: str) -> Raw:
    """The same of what must be of one kind, that of a model's data."""
    raw, _ = read(Source(given, kind=kind))
    if raw.kind != kind:
        raise DataError(
            f"{given} holds {CALLED[raw.kind]} and the model was trained on {CALLED[kind]}: name data of its kind"
        )
    return raw


CALLED = {
    "images": "pictures",
    "tables": "a table",
    "graph": "a graph",
    "graphs": "graphs",
    "graph-sets": "graphs to model whole",
    "interactions": "pairs of users and items",
    "sequences": "lines of text",
    "audio": "sound",
    "music": "music",
    "points": "points in space",
    "molecules": "molecules",
}


def _check_options(source: Source) -> None:
    """Raises DataError where nodes, directed or target say something of data that have no such thing."""
    what = source.text or f"a {type(source.given).__name__}"
    if source.nodes is not None:
        if source.name is not None or not (source.path is not None or hasattr(source.given, "columns")):
            raise DataError(
                f"nodes names the table of nodes beside an edge list, and {what} is none: leave nodes out, or name a "
                "list of edges"
            )
        if source.path is not None and not os.path.exists(source.path):
            raise DataError(f"there is no edge list '{source.given}': check the path")
    elif source.directed and not _is_lone_edge_list(source):
        raise DataError(
            "directed is for an edge list, which says nothing of it: name its table of nodes too, or leave directed out"
        )
    elif source.target is not None and not _is_graph_object(source):
        raise DataError(
            f"target '{source.target}' names the labels in a table of nodes, which {what} does not come with: name "
            "that table with nodes, or leave target out"
        )


def _not_understood(source: Source) -> str:
    from .readers.picture_files import SUFFIXES

    if source.path is None:
        return (
            f"data of type {type(source.given).__name__} is not understood: pass a name, a path, an array, (array, "
            "labels), a DataFrame, a dict of columns, a Bunch or a torch Dataset"
        )
    if source.path.suffix.lower() in SUFFIXES:
        return f"{source.path} is one picture, not a data set: pass the folder that holds it and others"
    return (
        f"{source.path} is of a kind that is not understood: use .csv, .csv.gz, .txt, .parquet, .xlsx, .npy, .npz, "
        "IDX (.idx, -ubyte), .smi, .xyz, .sdf, .wav, .mid, .fasta, or a folder of PNG, JPEG, WebP, GIF, TIFF or BMP "
        "pictures, of sound, of music or of graphs"
    )


# ---------------------------------------------------------------------- graphs


def _edge_list(source: Source) -> GraphData:
    from .readers.edge_lists import read_edge_list

    given = source.given
    return read_edge_list(given, source.nodes, source.target, source.types, source.drop, source.directed)


def _is_lone_edge_list(source: Source) -> bool:
    """A table of which links are to be learned: its nodes are those that it names."""
    if source.task != "links" or source.nodes is not None:
        return False
    return hasattr(source.given, "columns") or _ends(*TEXT_TABLES, *EDGE_TEXTS, ".parquet", ".xlsx")(source)


def _lone_edge_list(source: Source) -> GraphData:
    from .readers.edge_lists import read_lone_edges

    return read_lone_edges(source.given, source.directed)


def _is_graph_object(source: Source) -> bool:
    if source.text is not None:
        return False
    from .readers.graph_objects import is_graph_object

    return is_graph_object(source.given)


def _graph_object(source: Source) -> GraphData:
    from .readers.graph_objects import read_graph_object

    return read_graph_object(source.given, source.target, source.types, source.drop)


def _named(source: Source) -> Raw | GraphData | Interactions:
    if source.kind == GRAPH_SETS:
        from .readers.tu import FILES, tu_graphs

        if source.name in FILES:
            return Raw(GRAPH_SETS, source.name, tu_graphs(source.name), licence=NAMES[source.name].licence)
    return read_named(source.name, source.seed)


def _is_tu(source: Source) -> bool:
    if not _is_folder(source):
        return False
    from .readers.tu import is_tu

    return is_tu(source.path)


def _tu(source: Source) -> GraphData | Raw:
    from .readers.tu import read_tu, tu_graphs

    if source.kind == GRAPH_SETS:
        return Raw(GRAPH_SETS, source.path.resolve().name, tu_graphs(source.path))
    return read_tu(source.path)


def _is_planetoid(source: Source) -> bool:
    return source.path is not None and not _is_folder(source) and bool(PLANETOID.fullmatch(source.path.name))


def _planetoid(source: Source) -> GraphData:
    from .readers.planetoid import read_planetoid

    return read_planetoid(source.path.parent, PLANETOID.fullmatch(source.path.name)[1])


# ---------------------------------------------------------------------- molecules


def _is_molecules(source: Source) -> bool:
    """A file of SMILES; where molecules are asked for, also lines, a list of texts, and an .sdf, which else is points
    in space."""
    from .readers import sdf_molecules, smiles_files

    asked = source.kind == MOLECULES
    others = (*sdf_molecules.SUFFIXES, *TEXT) if asked else ()
    return _ends(*smiles_files.SUFFIXES, *others)(source) or (asked and _is_texts(source))


def _molecules(source: Source) -> Raw:
    from .readers.sdf_molecules import SUFFIXES, read_sdf_molecules
    from .readers.smiles_files import read_smiles

    if source.path is None:
        texts = ["" if text is None else str(text) for text in source.given]
        return Raw(MOLECULES, "molecules", texts)
    return (read_sdf_molecules if _ends(*SUFFIXES)(source) else read_smiles)(source.path)


def _as_asked(raw: Raw | GraphData | Interactions, source: Source) -> Raw | GraphData | Interactions:
    """What may be taken for several kinds of data as the one that is asked for."""
    if raw.kind == "tables" and _holds_molecules(raw.items, None, source):
        from .readers.smiles_column import molecules_of_table

        raw = molecules_of_table(raw.items, source.column, raw.name, source.called)
    if raw.kind == "sequences" and source.kind == MOLECULES and not raw.window:
        return replace(raw, kind=MOLECULES)
    if raw.kind == MOLECULES and source.kind == GRAPH_SETS:
        from .molecule_graphs import as_graphs

        return as_graphs(raw)
    if raw.kind == MOLECULES and source.kind == "sequences":
        return replace(raw, kind="sequences")
    return raw


def _holds_molecules(table: pd.DataFrame, column: str | None, source: Source) -> bool:
    """Whether a table, or one column of it, is taken for molecules: where they are asked for, or it is called SMILES
    and looks like it, unless columns are corrected, as those of tables are, or cut in windows."""
    from .readers.smiles_column import named_smiles

    if source.kind not in (None, GRAPH_SETS) or source.types or source.drop or source.windows:
        return source.kind == MOLECULES
    return named_smiles(table if column is None else table[[column]])


# ---------------------------------------------------------------------- points


def _is_points(source: Source) -> bool:
    if source.path is None:
        return looks_like_atoms(_and_beside(source.given)[0])
    from .readers.point_files import SUFFIXES, holds_points

    return holds_points(source.path) if _is_folder(source) else source.path.name.lower().endswith(SUFFIXES)


def _points(source: Source) -> Raw:
    if source.path is None:
        items, beside = _and_beside(source.given)
        if wrong := next((name for name, values in beside.items() if len(values) != len(items)), None):
            raise DataError(f"there are {len(items):,} sets of points and {len(beside[wrong]):,} of {wrong!r}")
        table = pd.DataFrame({name: list(values) for name, values in beside.items()}) if beside else None
        notes = told_of_cells(in_cells(items), len(items))
        return Raw("points", "points", list_of_atoms(items), notes=notes, beside=table)
    from .readers.point_files import read_points

    return read_points(source.path)


def _and_beside(given: Any) -> tuple[Any, dict]:
    """Items, and what stands beside them: (items, {name: values}), or as a draw carries it."""
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], dict):
        return given
    return given, getattr(given, "given", {})


# ---------------------------------------------------------------------- sound


def _is_sound(source: Source) -> bool:
    """Files of sound, or (clips, rate)."""
    if source.path is None:
        from ..domains.clips import Clips

        given = source.given
        return isinstance(given, Clips) or (isinstance(given, tuple) and len(given) == 2 and np.isscalar(given[1]))
    from .readers.sound_files import SUFFIXES, holds_sound

    if _is_folder(source) or _ends(".zip")(source):
        return holds_sound(source.path)
    return _ends(*SUFFIXES)(source)


def _sound(source: Source) -> Raw:
    if source.path is None:
        from ..domains.clips import clips_of

        return Raw("audio", "clips", clips_of(source.given))
    from .readers.sound_files import read_sound

    found, name = read_sound(source.path), source.path.resolve().name
    return Raw(
        "audio", name if _is_folder(source) else source.path.stem, found.clips, notes=found.notes, places=found.places
    )


# ---------------------------------------------------------------------- music


def _is_music(source: Source) -> bool:
    """Files of notes, or a list of arrays with a row a step."""
    if source.path is None:
        given = source.given
        return isinstance(given, list) and len(given) > 0 and isinstance(given[0], np.ndarray) and given[0].ndim == 2
    from .readers.midi import SUFFIXES, holds_midi
    from .readers.piano_rolls import LISTS, is_music_arrays, is_music_folder

    if _is_folder(source):
        return holds_midi(source.path) or is_music_folder(source.path)
    return _ends(*SUFFIXES, *LISTS)(source) or is_music_arrays(source.path)


def _music(source: Source) -> Raw:
    from ..domains.piano_rolls import voices_of
    from .readers.midi import SUFFIXES, holds_midi, read_midi
    from .readers.piano_rolls import LISTS, pieces_of, read_music_arrays, read_music_folder

    if source.path is None:
        return Raw("music", "pieces", [voices_of(piece, f"piece {n}") for n, piece in enumerate(source.given)])
    name = source.path.resolve().name
    name = name if _is_folder(source) else name.split(".")[0] or name
    if _ends(*SUFFIXES)(source) or (_is_folder(source) and holds_midi(source.path)):
        pieces, places, notes = read_midi(source.path)
        return Raw("music", name, pieces, notes=notes, places=places)
    if _ends(*LISTS)(source):
        pieces, parts = pieces_of(bytes(read_plain(source.path, most=most_bytes() // UNPACKED)), source.path)
        return Raw("music", name, pieces, parts=parts)
    if _is_folder(source):
        pieces, places = read_music_folder(source.path)
        return Raw("music", name, pieces, places=places)
    return Raw("music", name, read_music_arrays(source.path))


# ---------------------------------------------------------------------- graphs to model whole


def _is_list_of_graphs(source: Source) -> bool:
    from ..domains.plain_graphs import is_graph

    return isinstance(source.given, (list, tuple)) and len(source.given) > 0 and all(map(is_graph, source.given))


def _is_graph_folder(source: Source) -> bool:
    from .readers.graph_folders import is_graph_folder

    return _is_folder(source) and is_graph_folder(source.path)


def _graph_folder(source: Source) -> Raw:
    from .readers.graph_folders import read_graph_folder

    graphs, places, notes = read_graph_folder(source.path)
    return Raw("graph-sets", source.path.resolve().name, graphs, notes=notes, places=places)


def _is_graph_arrays(source: Source) -> bool:
    from .readers.graph_arrays import is_graph_arrays

    return source.path is not None and is_graph_arrays(source.path)


def _graph_arrays(source: Source) -> Raw:
    from .readers.graph_arrays import read_graph_arrays

    graphs, parts = read_graph_arrays(source.path)
    return Raw("graph-sets", source.path.stem, graphs, parts=parts)


# ---------------------------------------------------------------------- pictures and tables


def _is_folder(source: Source) -> bool:
    return source.path is not None and os.path.isdir(source.path)


def _folder(source: Source) -> Raw:
    from .arrays import pictures_of
    from .readers.picture_files import read_folder

    return pictures_of(source.path.resolve().name, read_folder(source.path), str(source.path))


def _ends(*suffixes: str) -> Callable[[Source], bool]:
    return lambda source: source.path is not None and source.path.name.lower().endswith(suffixes)


def _npy(source: Source) -> Raw:
    from .arrays import read_array
    from .readers.numpy_arrays import read_arrays

    return read_array(read_arrays(source.path)["x"], str(source.path), name=source.path.stem)


def _npz(source: Source) -> Raw:
    from .arrays import read_npz

    return read_npz(source.path)


def _idx(source: Source) -> Raw:
    from .arrays import read_array
    from .readers.idx import read_idx_pictures

    x, labels = read_idx_pictures(source.path)
    return read_array(x, str(source.path), labels, source.path.name.split(".")[0])


def _engine_table(source: Source) -> Raw:
    from .readers.parquet_excel import read_engine_table

    return Raw("tables", source.path.stem, read_engine_table(source.path))


def _text_table(source: Source) -> Raw:
    from .readers.delimited import read_table
    from .readers.text_column import lone_text

    table, name = read_table(source.path), source.path.name.split(".")[0] or source.path.name
    column = lone_text(table)
    notes = [AS_LINES] if _ends(*TEXT)(source) and source.kind is None and table.shape[1] > 1 else []
    return Raw("tables", name, table, notes=notes) if column is None else as_lines(table, column, name, source)


def _column(source: Source) -> Raw:
    """One column of a table, whatever its file looks like otherwise."""
    from .readers.delimited import read_table

    if _ends(*TEXT_TABLES)(source):
        table, name = read_table(source.path), source.path.name.split(".")[0] or source.path.name
        return as_lines(table, source.column, name, source)
    raw, _ = read(replace(source, column=None, kind="tables"))
    if raw.kind != "tables":
        raise DataError(f"{source.called} holds {CALLED[raw.kind]}, and column is for a table: leave it out")
    return as_lines(raw.items, source.column, raw.name, source)


def as_lines(table: pd.DataFrame, column: str, name: str, source: Source) -> Raw:
    """The texts of one column of a table, or its molecules. Raises DataError where it is not there, or holds none."""
    from .readers.smiles_column import molecules_of_table
    from .readers.text_column import text_column

    if column in table and _holds_molecules(table, column, source):
        return molecules_of_table(table, column, name, source.called)
    (lines, rows, notes), beside = text_column(table, column, source.called)
    if source.windows:
        return Raw("sequences", name, ["\n".join(lines)], notes=notes, window=source.windows, column=column)
    return Raw("sequences", name, lines, notes=notes, beside=beside, column=column, places=rows)


def _is_fasta(source: Source) -> bool:
    from .readers.fasta import SUFFIXES

    return _ends(*SUFFIXES)(source)


def _fasta(source: Source) -> Raw:
    from .readers.fasta import read_fasta

    names, (lines, places, notes) = read_fasta(source.path)
    name = source.path.name.split(".")[0] or source.path.name
    if source.windows:
        return Raw("sequences", name, ["\n".join(lines)], notes=notes, window=source.windows)
    return Raw("sequences", name, lines, notes=notes, beside=pd.DataFrame({"name": names}), places=places)


def _is_lines(source: Source) -> bool:
    """A .txt that is no table, or that is asked for as lines; one that cannot be read is left to the reader of tables,
    who says so; or any file, where windows of it are asked for."""
    from .readers.delimited import looks_like_a_table

    if source.windows and source.path is not None and not _is_folder(source):
        return True
    if not _ends(*TEXT)(source) or source.kind == "sequences":
        return _ends(*TEXT)(source)
    with contextlib.suppress(DataError):
        return not looks_like_a_table(source.path)
    return False


def _lines(source: Source) -> Raw:
    from .readers.text_lines import BREAKS, lines_of, read_text
    from .windows import WINDOW, why_one_text

    text, name = read_text(source.path), source.path.name.split(".")[0] or source.path.name
    lines, places, notes = lines_of(text, f"'{source.path}'")
    why = "" if source.windows else why_one_text(lines)
    if not (source.windows or why):
        return Raw("sequences", name, lines, notes=notes, places=places)
    whole = [BREAKS.sub("\n", text)]
    return Raw("sequences", name, whole, notes=[why] * bool(why), window=source.windows or WINDOW)


def _is_texts(source: Source) -> bool:
    """A list that begins with a text, or a pandas Series that does."""
    given = source.given
    values = given if isinstance(given, list) else given.tolist() if hasattr(given, "to_frame") else []
    return bool(values) and isinstance(values[0], str)


def _texts(source: Source) -> Raw:
    from .readers.text_lines import read_texts

    if source.windows:
        return Raw("sequences", "texts", ["\n".join(source.given)], window=source.windows)
    lines, places, notes = read_texts(source.given)
    return Raw("sequences", "texts", lines, notes=notes, places=places)


def _labelled(source: Source) -> Raw:
    from .arrays import read_array

    x, told = source.given
    if _is_texts(replace(source, given=x)):
        return _labelled_texts(x, told)
    told = told if isinstance(told, dict) else {"label": told}
    if wrong := [name for name in told if name not in ("label", "caption")]:
        raise DataError(f"the array comes with {wrong[0]!r}: what pictures may be given with is 'label' and 'caption'")
    return read_array(np.asarray(x), "array", told.get("label"), captions=told.get("caption"))


def _labelled_texts(texts: Any, labels: Any) -> Raw:
    from .readers.text_column import text_column

    if len(texts) != len(labels):
        raise DataError(f"there are {len(texts):,} texts and {len(labels):,} labels: give one for each")
    frame = pd.DataFrame({"text": list(texts), "label": list(labels)})
    (lines, rows, notes), beside = text_column(frame, "text", "the texts")
    return Raw("sequences", "texts", lines, notes=notes, given=("label",), beside=beside, places=rows)


def _array(source: Source) -> Raw:
    from .arrays import read_array

    told = getattr(source.given, "given", {})
    return read_array(np.asarray(source.given), "array", told.get("label"), captions=told.get("caption"))


def _is_torch_dataset(source: Source) -> bool:
    from .readers.torch_datasets import is_torch_dataset

    return is_torch_dataset(source.given)


def _torch_dataset(source: Source) -> Raw:
    from .readers.torch_datasets import read_torch_dataset

    return read_torch_dataset(source.given)


def _is_bunch(source: Source) -> bool:
    from .readers.columns_in_memory import is_bunch

    return is_bunch(source.given)


def _bunch(source: Source) -> Raw:
    from .readers.columns_in_memory import read_bunch

    return read_bunch(source.given)


def _columns(source: Source) -> Raw:
    from .readers.columns_in_memory import read_columns

    return read_columns(source.given)


FORMATS = (
    Format(lambda source: source.nodes is not None, _edge_list, "edge list"),
    Format(_is_lone_edge_list, _lone_edge_list, "edge list"),
    Format(lambda source: source.column is not None, _column, "column of a table"),
    Format(lambda source: source.name is not None, _named),
    Format(_is_graph_object, _graph_object),
    Format(_is_tu, _tu),
    Format(_is_planetoid, _planetoid),
    Format(_is_molecules, _molecules),
    Format(_is_points, _points, "list of atoms"),
    Format(_is_sound, _sound, "clips"),
    Format(_is_music, _music, "pieces of music"),
    Format(_is_graph_folder, _graph_folder),
    Format(_is_list_of_graphs, lambda source: Raw("graph-sets", "graphs", list(source.given)), "list of graphs"),
    Format(_is_graph_arrays, _graph_arrays),
    Format(_is_folder, _folder),
    Format(_ends(".npy"), _npy),
    Format(_ends(".npz"), _npz),
    Format(lambda source: source.path is not None and is_idx(source.path), _idx),
    Format(_ends(".parquet", ".xlsx"), _engine_table),
    Format(_is_fasta, _fasta),
    Format(_is_lines, _lines),
    Format(_ends(*TEXT_TABLES), _text_table),
    Format(_is_texts, _texts, "texts"),
    Format(lambda source: isinstance(source.given, tuple) and len(source.given) == 2, _labelled, "array and labels"),
    Format(_is_torch_dataset, _torch_dataset),
    Format(_is_bunch, _bunch, "Bunch"),
    Format(lambda source: isinstance(source.given, dict), _columns, "columns"),
    Format(
        lambda source: hasattr(source.given, "columns"),
        lambda source: Raw("tables", "table", source.given.reset_index(drop=True)),
        "DataFrame",
    ),
    Format(lambda source: hasattr(source.given, "__array__"), _array, "array"),
)
