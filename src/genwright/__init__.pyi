# The public names, a line each: what `__init__.py` imports when a name is first used. Two of them are defined below.

# from .kinds.load import load_data
from .run.fit import fit as fit
from .run.open import load_model as load_model
from .studies.compare.compare_families import compare as compare

# from .studies.measure_samples import measure
from .molecules.design.design_molecules import design as design
from .studies.compare.comparison import load_comparison as load_comparison
from .studies.plot import plot as plot
from .molecules.screen.screen_library import screen as screen
from .zoo.registry import list_families as list_families
from .zoo.registry import register as register
from .families.guidance import register_guidance as register_guidance
from .zoo.registry import register_metric as register_metric
from .families.diffusion.samplers import register_sampler as register_sampler
from .studies.report.results import register_study as register_study
from .run.tasks import task_of as task_of
from .core.likelihood import Likelihood as Likelihood
from .run.model import Model as Model
from .run.generator import Generator as Generator
from .core.sample_options import SampleOptions as SampleOptions
from .core.errors import GenwrightError as GenwrightError

from pathlib import Path
from collections.abc import Mapping, Sequence
from genwright.core.data import Data, Whole
from genwright.core.type_names import DataSource, UserItems
from genwright.studies.compare.comparison import Comparison

__version__: str

# Drawn by docs/draw.py, for the options of data are rows of a table (`kinds/options.py`)

def load_data(
    source: object,
    *,
    seed: int = 0,
    task: str | None = None,
    given: str | Path | Sequence[str] | None = None,
    captions: str | Path | Mapping[str, float] | Sequence[str] | None = None,
    kind: str | Path | int | None = None,
    archive_file: str | Path | int | None = None,
    types: str | Path | Mapping[str, str] | Sequence[object] | None = None,
    drop: str | Path | Sequence[str] | None = None,
    missing: str | int | float | Mapping[str, object] | Sequence[object] | None = None,
    range: Sequence[float] | None = None,
    side: int | None = None,
    tiles: int | None = None,
    frames: str | Path | int | None = None,
    rules: str | Path | Sequence[str] | None = None,
    filter: str | Path | Sequence[str] | None = None,
    group: str | Path | int | None = None,
    time: str | Path | int | None = None,
    split_column: str | Path | int | None = None,
    sheet: str | Path | int | None = None,
    header_row: int | None = None,
    table: str | Path | int | None = None,
    query: str | Path | int | None = None,
    windows: int | None = None,
    symbols: str | Path | int | UserItems | None = None,
    column: str | Path | int | None = None,
    target: str | int | Sequence[str | int] | None = None,
    unit: str | Path | int | None = None,
    layer: str | Path | int | None = None,
    nodes: str | Path | int | UserItems | None = None,
    directed: bool | None = None,
    undirected: bool | None = None,
    node_kind: str | Path | int | None = None,
    edge_kind: str | Path | int | None = None,
    notation: str | Path | int | None = None,
    salts: str | Path | int | None = None,
    charges: str | Path | int | None = None,
    stereo: str | Path | int | None = None,
    tautomers: str | Path | int | None = None,
    keep: str | Path | int | None = None,
    split: str | Path | int | None = None,
    log: str | Path | Sequence[str] | None = None,
    positive: str | Path | Sequence[str] | None = None,
    leave_out: str | int | float | Mapping[str, object] | Sequence[object] | None = None,
    bounds: str | Path | int | None = None,
    descriptors: str | Path | int | UserItems | None = None,
    stride: int | None = None,
    epsilon: int | float | None = None,
    delta: int | float | None = None,
    values: str | Path | int | UserItems | None = None,
) -> Data | Whole:
    """Data from a name, a path, or objects in memory, described by its domain and split by (seed, content).

    A graph stays whole (a GraphData), and so do the interactions of users and items (Interactions). `task_of` makes
    Data for a task from them; `fit` calls it.

    Raises DataError for a source that cannot be read or has too few items, and for an option that is unknown or does
    not apply to the data. The message is one sentence with the remedy.

    Args:
        source: one of
            - a name ("digits", "adult"; see `genwright.kinds.named.NAMES`), a file or a folder (docs/data.md);
            - tables: a DataFrame (of pandas, polars or Arrow), a dict of columns, a Bunch of scikit-learn, an array
              (n, D);
            - images: an array (n, H, W) or (n, H, W, C), alone, with labels as (array, labels (n,)), or with conditions
              as (array, {"label": labels, "caption": texts, other name: images}); a caption is a text or a list of
              texts;
            - rows or images: a Dataset of PyTorch, of x or (x, label);
            - text: a list or Series of texts, or (texts, labels);
            - sound: (clips, samples a second), each clip an array (m,);
            - music: a list of arrays (steps, voices) of pitches;
            - 3D molecules and point sets: a list of (symbols, positions (m, 3));
            - many graphs: a list of NetworkX graphs;
            - one graph: a graph of NetworkX, PyG or SciPy;
            - properties of molecules, with `target`: (SMILES, values (n,) or (n, T), or a DataFrame of them).
        seed: seed of the split, and of generated toy data. Official splits are kept. Otherwise 20% of the items are the
            test set (stratified by label, if there are labels), and 10% of the rest, at most 5,000, the validation set.
            Equal items are in the same part.
        task: needed if a table can be read in two ways. With "links" it is an edge list; without `nodes`, its nodes are
            the names in it.
        options: by name, as below. `types` is {column: type} or a types file. `missing` is a list of words, or {column:
            words} with "*" for every column. `nodes` and `descriptors` are a path or a DataFrame.
        given: Columns to condition on. Images, clips: label (default; "" for none), caption, edges; images low/4 too.
        captions: Columns of captions, and how often training shows each: short=0.05,long=0.95.
        kind: Kind of data, if a source fits several, such as tables, sequences, images, music, points or molecules.
        archive_file: File of an archive, if it holds several, such as visits.csv.
        types: Column types: zip=category, or a file of describe.
        drop: Columns to leave out.
        missing: Cells that stand for a missing value, in every column or in one: unknown, age=-999. For images, labels
            that mean no label.
        range: Values that become black and white, of images with more than 256 levels (the 1st and 99.9th percentile).
        side: Side of the squares that images become, in pixels: 32 shows shape, 64 looks, 128 or 256 detail (up to 32,
            or 64 for squares).
        tiles: Cut images into tiles of this many pixels a side at their own resolution, to learn a texture.
        frames: Make clips of several lengths alike: cut (to the shortest), pad (to the longest) or a number of frames
            (the median).
        rules: Rule that the rows keep, such as "Total = Units * Price * (1 - Discount)" (repeatable).
        filter: Column that is modelled although a rule derives it, * for every column (repeatable).
        group: Keep all rows with the same value (such as one patient) on the same side of the split. Of series: the
            column that names subjects.
        time: Column of dates or numbers: the newest rows become the test set. Of series: the order of rows.
        split_column: Column that names the part of each row: train, valid or test.
        sheet: Sheet of an Excel workbook, by its name or its number from 1 (the first with cells; with RUN, as in
            training).
        header_row: Row of the column names, counted from 1, if genwright finds another.
        table: Table of a database, if it has several.
        query: Query that reads rows of a database, such as 'select age, job from people'.
        windows: Cut one long text into pieces of this many characters, such as 128, music into windows of this many
            steps, or a recording into series of this many rows.
        symbols: Tokens of text: characters (the default), words, or the JSON file of a tokeniser.
        column: Column of a table that holds the texts or the molecules.
        target: Column to predict, of nodes or molecules (repeatable, or 'NR-*'); in compare, of any table.
        unit: Unit of the coordinates of points, which models have in angstrom: angstrom (the default), nm, pm or bohr.
        layer: Matrix of an AnnData that holds the counts: X, a layer, or raw (X, if it holds whole numbers, else the
            first layer that does).
        nodes: Table of the nodes, one row each: DATA is then an edge list.
        directed: Treat the edges of an edge list as directed.
        undirected: Treat the edges of an edge list as running both ways.
        node_kind: Attribute of nodes that a model learns as their type, such as atom; none for no types.
        edge_kind: Attribute of edges that a model learns as their type, such as bond; none for no types.
        notation: Notation in which models read and write molecules (smiles).
        salts: Molecules of several fragments: take off salts and solvents (the default), or keep all.
        charges: Keep charges (the default), or neutralise where possible.
        stereo: Keep stereochemistry (the default) or remove it.
        tautomers: Keep tautomers (the default), or replace each by its canonical form.
        keep: compare: also complete the scaffolds of test molecules, and measure what is kept and reached.
        split: How to split: official, random, scaffold (rarest scaffolds in the test set), scaffold-balanced or butina.
        log: Targets to learn as their logarithm; predictions stay in the column's units.
        positive: The class that is sought, if its word does not say so, such as hit (repeatable, for several targets).
        leave_out: Rows of molecules to leave out, by a word of a column beside them: 'Standard Type=Ki'.
        bounds: Measured bounds such as >10: keep (the default) or drop.
        descriptors: Descriptors of molecules: rdkit (the default), none, or a table joined by SMILES or name.
        stride: Rows from one window of a recording to the next (an eighth of --windows).
        epsilon: Learn a table with differential privacy of its rows: epsilon, such as 1. It needs --values.
        delta: Probability that the promise of --epsilon fails (1e-5).
        values: File (.toml) of the values that each column may have, which you wrote without looking at the rows.
    """

def measure(
    real: DataSource,
    samples: Sequence[DataSource] | DataSource,
    *,
    test: DataSource | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    target: str | None = None,
    progress: bool = True,
    given: str | Path | Sequence[str] | None = None,
    captions: str | Path | Mapping[str, float] | Sequence[str] | None = None,
    kind: str | Path | int | None = None,
    archive_file: str | Path | int | None = None,
    types: str | Path | Mapping[str, str] | Sequence[object] | None = None,
    drop: str | Path | Sequence[str] | None = None,
    missing: str | int | float | Mapping[str, object] | Sequence[object] | None = None,
    range: Sequence[float] | None = None,
    side: int | None = None,
    tiles: int | None = None,
    frames: str | Path | int | None = None,
    rules: str | Path | Sequence[str] | None = None,
    filter: str | Path | Sequence[str] | None = None,
    group: str | Path | int | None = None,
    time: str | Path | int | None = None,
    split_column: str | Path | int | None = None,
    sheet: str | Path | int | None = None,
    header_row: int | None = None,
    table: str | Path | int | None = None,
    query: str | Path | int | None = None,
    windows: int | None = None,
    symbols: str | Path | int | UserItems | None = None,
    column: str | Path | int | None = None,
    unit: str | Path | int | None = None,
    layer: str | Path | int | None = None,
    nodes: str | Path | int | UserItems | None = None,
    directed: bool | None = None,
    undirected: bool | None = None,
    node_kind: str | Path | int | None = None,
    edge_kind: str | Path | int | None = None,
    notation: str | Path | int | None = None,
    salts: str | Path | int | None = None,
    charges: str | Path | int | None = None,
    stereo: str | Path | int | None = None,
    tautomers: str | Path | int | None = None,
    keep: str | Path | int | None = None,
    split: str | Path | int | None = None,
    log: str | Path | Sequence[str] | None = None,
    positive: str | Path | Sequence[str] | None = None,
    leave_out: str | int | float | Mapping[str, object] | Sequence[object] | None = None,
    bounds: str | Path | int | None = None,
    descriptors: str | Path | int | UserItems | None = None,
    stride: int | None = None,
    epsilon: int | float | None = None,
    delta: int | float | None = None,
    values: str | Path | int | UserItems | None = None,
) -> Comparison:
    """Measure files of samples of any tool by the metrics of `compare`, side by side, without training.

    Raises DataError for sources that cannot be read, hold another kind of data or other columns, or fewer than ten
    items. Raises RunError if `out` holds something else.

    Args:
        real: Real items, a Data or anything that `load_data` takes. Their training part stands for what the tool
            trained on.
        samples: One source of synthetic items or several, of the same kind and columns.
        test: Real items that the tool never saw. Then all of `real` counts as trained on. Default: None, the test part
            of `real`, split by the seed.
        seed: Seed of the split and of all that metrics draw.
        out: Folder of the report (runs/measure-NAME).
        target: Column of a table that trees learn to predict from samples. Default: None, and genwright picks one.
        progress: Whether to print the table.
        options: Options of `load_data`, for `real`; the other sources are read alike.
        given: Columns to condition on. Images, clips: label (default; "" for none), caption, edges; images low/4 too.
        captions: Columns of captions, and how often training shows each: short=0.05,long=0.95.
        kind: Kind of data, if a source fits several, such as tables, sequences, images, music, points or molecules.
        archive_file: File of an archive, if it holds several, such as visits.csv.
        types: Column types: zip=category, or a file of describe.
        drop: Columns to leave out.
        missing: Cells that stand for a missing value, in every column or in one: unknown, age=-999. For images, labels
            that mean no label.
        range: Values that become black and white, of images with more than 256 levels (the 1st and 99.9th percentile).
        side: Side of the squares that images become, in pixels: 32 shows shape, 64 looks, 128 or 256 detail (up to 32,
            or 64 for squares).
        tiles: Cut images into tiles of this many pixels a side at their own resolution, to learn a texture.
        frames: Make clips of several lengths alike: cut (to the shortest), pad (to the longest) or a number of frames
            (the median).
        rules: Rule that the rows keep, such as "Total = Units * Price * (1 - Discount)" (repeatable).
        filter: Column that is modelled although a rule derives it, * for every column (repeatable).
        group: Keep all rows with the same value (such as one patient) on the same side of the split. Of series: the
            column that names subjects.
        time: Column of dates or numbers: the newest rows become the test set. Of series: the order of rows.
        split_column: Column that names the part of each row: train, valid or test.
        sheet: Sheet of an Excel workbook, by its name or its number from 1 (the first with cells; with RUN, as in
            training).
        header_row: Row of the column names, counted from 1, if genwright finds another.
        table: Table of a database, if it has several.
        query: Query that reads rows of a database, such as 'select age, job from people'.
        windows: Cut one long text into pieces of this many characters, such as 128, music into windows of this many
            steps, or a recording into series of this many rows.
        symbols: Tokens of text: characters (the default), words, or the JSON file of a tokeniser.
        column: Column of a table that holds the texts or the molecules.
        unit: Unit of the coordinates of points, which models have in angstrom: angstrom (the default), nm, pm or bohr.
        layer: Matrix of an AnnData that holds the counts: X, a layer, or raw (X, if it holds whole numbers, else the
            first layer that does).
        nodes: Table of the nodes, one row each: DATA is then an edge list.
        directed: Treat the edges of an edge list as directed.
        undirected: Treat the edges of an edge list as running both ways.
        node_kind: Attribute of nodes that a model learns as their type, such as atom; none for no types.
        edge_kind: Attribute of edges that a model learns as their type, such as bond; none for no types.
        notation: Notation in which models read and write molecules (smiles).
        salts: Molecules of several fragments: take off salts and solvents (the default), or keep all.
        charges: Keep charges (the default), or neutralise where possible.
        stereo: Keep stereochemistry (the default) or remove it.
        tautomers: Keep tautomers (the default), or replace each by its canonical form.
        keep: compare: also complete the scaffolds of test molecules, and measure what is kept and reached.
        split: How to split: official, random, scaffold (rarest scaffolds in the test set), scaffold-balanced or butina.
        log: Targets to learn as their logarithm; predictions stay in the column's units.
        positive: The class that is sought, if its word does not say so, such as hit (repeatable, for several targets).
        leave_out: Rows of molecules to leave out, by a word of a column beside them: 'Standard Type=Ki'.
        bounds: Measured bounds such as >10: keep (the default) or drop.
        descriptors: Descriptors of molecules: rdkit (the default), none, or a table joined by SMILES or name.
        stride: Rows from one window of a recording to the next (an eighth of --windows).
        epsilon: Learn a table with differential privacy of its rows: epsilon, such as 1. It needs --values.
        delta: Probability that the promise of --epsilon fails (1e-5).
        values: File (.toml) of the values that each column may have, which you wrote without looking at the rows.
    """
