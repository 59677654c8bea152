"""load_data: whatever a person hands over becomes Data, understood by a domain and split once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.data import Data
from ..core.errors import DataError
from ..domains.domain import Domain
from .kind import Source
from .kinds import kinds
from .kinds import options as table
from .option import as_told
from .raw import Read
from .read import read
from .types_file import with_types_files

if TYPE_CHECKING:
    from ..graphs.graph_data import GraphData
    from ..graphs.interactions import Interactions

FEW = 3  # kinds of data that a message names


def load_data(source: Any, seed: int = 0, task: str | None = None, **options: Any) -> Data | GraphData | Interactions:
    """Data from a name, a path, or objects in memory, described by its domain and split by (seed, content). Of a graph
    it is a GraphData, of users and items Interactions; `fit` makes Data of a task of them (see `task_of`).

    source: a name ("digits", "adult", "pinwheel"; see `genwright.data.named.NAMES`); a folder of picture files whose
    sub-folders are labels, with captions in metadata.csv where there are any; a .npy, .npz, .csv, .csv.gz, .parquet,
    .xlsx or IDX file; a DataFrame, or a dict of columns; an array, of pictures (n, H, W) or (n, H, W, C), or of rows
    (n, D), which become columns x0, x1, ..; or (array, labels (n,)), of pictures also (array, {"label": labels,
    "caption": texts}); a Bunch of scikit-learn, whose classes are given; a Dataset of PyTorch, of x or (x, label); a
    .txt with a line an item, or a list or Series of texts; sound (docs/sound.md): a folder or a .zip of WAV files, one
    long recording, or (clips (m,) each, samples a second); music (docs/music.md): MIDI files, .npz of `pitches`, JSON,
    or a list of arrays (steps, voices) of pitches; points in space (docs/points.md): an .xyz, .sdf or .mol
    file, a folder of them, or a list of (symbols, positions (m, 3)).
    given: variables to condition on: columns of a table (none by default); of pictures "label" (the default where there
    are labels; `given=[]` leaves them out), "caption", and "low/4", the picture itself at a quarter of its size, to be
    enlarged (docs/images.md). types, drop: corrections to what is understood of a table's columns;
    types is {column: kind}, or a types file (.toml) as `genwright describe DATA --out types.toml` writes it. missing:
    cells of a table that stand for a missing value, beside those that always do (docs/tables.md): ["k.A.", -999], or
    {column: cells}, "*" for every one; of pictures, labels that stand for none, beside None and NaN.
    seed: of the split, and of the draws of a toy. Official splits are kept; else 20% are test (by label where there are
    labels), and 10% of the rest, at most 5,000, validation. Equal items fall on one side.
    group: a column of a table whose rows of one value stand on one side (a patient, a household); it is not modelled
    unless `given` or `types` name it. time: a column of dates or numbers whose newest rows are the test set, and the
    newest of the rest validation. Shares are then met as nearly as whole groups, or times, allow.

    Graphs (docs/graphs.md): a named one; a NetworkX graph; a PyG Data or HeteroData; a SciPy sparse matrix, or (matrix,
    x, y); a folder of TUDataset; a file ind.NAME.graph of Planetoid; or an edge list, a table, with its nodes. nodes: a
    table with one row a node, its columns features by the rules of tables, which types and drop correct. target: the
    column of it, or the attribute of NetworkX nodes, that is the label. directed: whether the edges of an edge list run
    from source to target alone. task: what is to be learned, where a table may be two things: for "links" it is an edge
    list, whose nodes, without `nodes`, are those that it names.

    Graphs to model whole (docs/graphs-generated.md): a folder of GraphML files (.graphml), or of edge lists (.edges,
    .edgelist, .txt, .csv, .tsv: two nodes a line), one graph each; an .npz of num_nodes, edge_ptr and edges; or a list
    of NetworkX graphs; or, where kind="graph-sets" asks for it, a folder of TUDataset, a named set of theirs, or a .smi
    of molecules, whose atoms and bonds become nodes and edges of kinds. node_kind, edge_kind: the attribute of nodes,
    or edges, that says their kind, "none" for no kinds; by default the only one that each of them has and that is one
    of a few words, whole numbers or flags. given: properties of graphs, of their own or "nodes", "edges" and
    "triangles", which are counted.

    Text (docs/sequences.md): a .txt of lines, FASTA, a list of texts, (texts, labels), or a table whose `column` holds
    them, of which the other columns may be given. windows cuts a file, or a list of texts, as one text in pieces of so
    many symbols, which is what a .txt becomes by itself that has few lines; of music, pieces in windows of so many
    steps. symbols: "characters", "words" or the JSON file of a tokeniser (package tokenizers).

    Molecules (docs/molecules.md): a .smi or .smiles; a table with a column of SMILES, found by its name, or named by
    `column`; or, where kind="molecules" asks for it, an .sdf, lines, a list of texts, or a table of which a column
    looks like SMILES. notation: "smiles" or "selfies", what a model spells them by. salts: "largest" fragment or
    "keep"; charges: "keep" or "neutral"; stereo: "keep" or "drop"; tautomers: "keep" or "canonical". split: "official",
    "random", or by scaffold, "scaffold" or "scaffold-balanced".

    kind: what the data are, where a source may be taken for several: "molecules", "sequences", "tables", "points",
    "graph-sets".

    Raises DataError for anything that cannot be read or is too little: one sentence, with the remedy.
    """
    told = as_told(with_types_files(options), table())
    raw, text = read(Source(source, told, seed, task))
    kind = kinds()[raw.kind]
    if told.get("kind", raw.kind) != raw.kind:
        raise DataError(f"{text} holds {kind.called}, and kind says {told['kind']}: leave kind out, or name other data")
    for option in table():
        if option.name in told and option.kinds and raw.kind not in option.kinds:
            fits = [kinds()[name].called for name in option.kinds]
            fits = " or ".join(fits) if len(fits) <= FEW else "other data"
            raise DataError(f"{text} holds {kind.called}, and {option.name} is for {fits}: leave {option.name} out")
    return kind.function("load")(raw, text, told, seed)


def read_items(source: str | Path, domain: Domain) -> Read:
    """Items from a name, a file or a folder, to score or to complete with a model of `domain`, which checks them later.

    Raises DataError for what cannot be read, or is of another kind than the model's data.
    """
    return kinds()[domain.kind].function("read_items")(source, domain)


def can_resplit(data: Data) -> bool:
    """Whether `resplit` knows the kind of data, and neither their source nor time says who tests."""
    return data.whole is None and kinds()[data.kind].function("raw_of") is not None and not data.settled


def resplit(data: Data, seed: int) -> Data:
    """Items of `data`, of which `can_resplit` holds, split by another seed and described by their new training part."""
    kind, again = kinds()[data.kind], ("given", "types", "missing", "group")
    options = {name: value for name, value in data.options.items() if name in again}
    raw = kind.function("raw_of")(data)
    return replace(kind.function("load")(raw, data.source, options, seed), options=data.options)
