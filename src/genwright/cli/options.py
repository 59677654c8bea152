"""Arguments and options that several commands share, and the values in what was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import DataError, GivenError, RunError

BUDGET, FOLDER, DATA, GRAPHS, DRAWS = "Budget (name one)", "Folder", "What the data are", "Graphs", "Random draws"
TEXT, MOLECULES = "Text", "Molecules"

OPTIONS = (
    "given",
    "types",
    "drop",
    "missing",
    "group",
    "time",
    "nodes",
    "target",
    "directed",
    "windows",
    "symbols",
    "column",
    "kind",
    "notation",
    "salts",
    "charges",
    "stereo",
    "tautomers",
    "split",
    "node_kind",
    "edge_kind",
)  # of load_data, as records keep them

DATA_HELP = (
    "A name (digits, penguins, cora ...), a folder of pictures, or a .csv, .csv.gz, .parquet, .xlsx, .npy, .npz or IDX "
    "file; a .txt with a line an item, or FASTA; a .smi of molecules; an .xyz or .sdf file, or a folder of them; a "
    "folder of graphs (.graphml, edge lists); a graph by its name, as an edge list with --nodes, alone with --task "
    "links, or as a folder of TUDataset."
)
DataArgument = Annotated[str | None, typer.Argument(metavar="DATA", help=f"{DATA_HELP} Not needed with --replay.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a trained model.")]
Condition = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="COLUMN",
        rich_help_panel=DATA,
        help='Train to be conditioned on it: a column; of pictures label, where folders say it (the default; "" for '
        "none), caption, or low/4. Repeat, or separate by commas.",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=KIND|FILE",
        rich_help_panel=DATA,
        help="Correct what a column is taken for: --types zip=category. Repeat, or separate by commas. Or a types file "
        "(.toml), which `genwright describe` writes.",
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[COLUMN=]WORD",
        rich_help_panel=DATA,
        help="Cells that stand for a missing value, in every column or in one: --missing unknown, --missing age=-999. "
        "Of pictures, labels that stand for none: --missing unlabelled. Repeat for more.",
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", rich_help_panel=DATA, help="Leave it out. Repeat, or separate by commas."),
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", rich_help_panel=DATA, help="Rows of one value train or test, never both: a patient."
    ),
]
Time = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", rich_help_panel=DATA, help="Test on the newest rows by this column of dates."),
]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK", rich_help_panel=GRAPHS, help="What to learn on a graph (see `genwright list`): nodes, for one."
    ),
]
Nodes = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=GRAPHS,
        help="DATA is an edge list, and this the table of its nodes, one row each.",
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        rich_help_panel=GRAPHS,
        help="The column of the nodes that holds their labels, or a number to learn; of a table, where families are "
        "compared, the column that is learned from their samples.",
    ),
]
Directed = Annotated[
    bool, typer.Option("--directed", rich_help_panel=GRAPHS, help="Edges of the list run from source to target alone.")
]
Windows = Annotated[
    int | None,
    typer.Option(
        metavar="SYMBOLS",
        rich_help_panel=TEXT,
        help="Read a file as one text, a book, and learn pieces of so many symbols: 128, for one. Of music, learn "
        "windows of so many steps.",
    ),
]
Symbols = Annotated[
    str | None,
    typer.Option(
        metavar="words|FILE",
        rich_help_panel=TEXT,
        help="What the symbols of lines are: words, or tokens of a tokeniser (tokenizer.json); by default characters.",
    ),
]
Column = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", rich_help_panel=TEXT, help="The column of a table that holds the lines, or the molecules."
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        rich_help_panel=DATA,
        help="What the data are, where a file may be taken for several kinds: molecules, of an .sdf (else points), a "
        ".txt or a table; sequences or tables, of what else is molecules.",
    ),
]
Notation = Annotated[
    str | None,
    typer.Option(
        metavar="smiles|selfies", rich_help_panel=MOLECULES, help="What a model spells molecules by; smiles by default."
    ),
]
Salts = Annotated[
    str | None,
    typer.Option(
        metavar="largest|keep", rich_help_panel=MOLECULES, help="Of several fragments: the largest (the default)."
    ),
]
Charges = Annotated[
    str | None,
    typer.Option(metavar="keep|neutral", rich_help_panel=MOLECULES, help="Neutral: take charges off where one can."),
]
Stereo = Annotated[
    str | None, typer.Option(metavar="keep|drop", rich_help_panel=MOLECULES, help="Drop: no @, / or \\ is left.")
]
Tautomers = Annotated[
    str | None,
    typer.Option(metavar="keep|canonical", rich_help_panel=MOLECULES, help="Canonical: all forms of one are one."),
]
SplitBy = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="WAY",
        rich_help_panel=MOLECULES,
        help="Who tests: official, random, or by scaffold: scaffold (the rarest test), scaffold-balanced.",
    ),
]
NodeKind = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|none", rich_help_panel=GRAPHS, help="Of graphs modelled whole: what says a node's kind."
    ),
]
EdgeKind = Annotated[
    str | None,
    typer.Option(metavar="NAME|none", rich_help_panel=GRAPHS, help="The same of edges."),
]
CheckpointSeconds = Annotated[
    float,
    typer.Option(metavar="SECONDS", rich_help_panel=FOLDER, help="Between checkpoints: a stopped run loses no more."),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--given",
        metavar="NAME=VALUE",
        help='Draw from p(x | given): --given label=3, caption="red heart", or low=FOLDER of pictures to enlarge. '
        "Repeat for more.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(rich_help_panel=DRAWS, help="Of the split, the weights and every draw; 0 by default.")
]
DrawSeed = Annotated[int | None, typer.Option(rich_help_panel=DRAWS, help="The same seed gives the same items.")]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda",
        help="To compute on: the processor, an NVIDIA GPU, or a GPU where there is one (a run goes on where it began).",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what was written.")]


def split(options: list[str] | None) -> list[str]:
    return [part.strip() for option in options or [] for part in option.split(",") if part.strip()]


def pairs(options: list[str] | None, example: str) -> dict[str, str]:
    found = {}
    for option in options or []:
        name, equals, value = option.partition("=")
        if not equals or not name or not value:
            raise GivenError(f"{option!r} is not of the form NAME=VALUE: write it as in {example}")
        if name in found:
            raise GivenError(f"{name!r} is named twice, as {found[name]!r} and {value!r}: give it one value")
        found[name] = value
    return found


def options_of(
    given: list[str] | None, types: list[str] | None, drop: list[str] | None, group: str | None, time: str | None,
    nodes: str | None = None, target: str | None = None, directed: bool = False, missing: list[str] | None = None,
    windows: int | None = None, symbols: str | None = None, column: str | None = None, kind: str | None = None,
    notation: str | None = None, salts: str | None = None, charges: str | None = None, stereo: str | None = None,
    tautomers: str | None = None, split_by: str | None = None, node_kind: str | None = None,
    edge_kind: str | None = None,
) -> dict:  # fmt: skip
    """What was typed about the data, in the form of `load_data`."""
    types, words = types_of(split(types), missing or [])
    typed = {"types": types, "drop": split(drop), "missing": words, "group": group, "time": time}
    typed |= {"nodes": nodes, "target": target, "directed": directed, "windows": windows}
    typed |= {"symbols": symbols, "column": column, "kind": kind, "notation": notation, "salts": salts}
    typed |= {"charges": charges, "stereo": stereo, "tautomers": tautomers, "split": split_by}
    typed |= {"node_kind": node_kind, "edge_kind": edge_kind}
    found = {name: value for name, value in typed.items() if value}
    return found if given is None else found | {"given": split(given)}


def types_of(typed: list[str], missing: list[str]) -> tuple[dict[str, str], dict[str, list] | None]:
    """Kinds of columns, from types files and after them as typed; and what stands for a missing value, by column, "*"
    for every one."""
    from ..data.types_file import given_types

    types, words, files = {}, {}, [option for option in typed if "=" not in option and option.endswith(".toml")]
    for option in missing:
        column, equals, word = option.partition("=")
        column, word = (column, word) if column and word else ("*", option)
        words.setdefault(column, []).append(word)
    for file in files:
        kinds, words = given_types(file, words)
        types |= kinds
    return types | pairs([option for option in typed if option not in files], "zip=category"), words


def take_target(options: dict) -> str | None:
    """The target of a table, taken out of `options`; that of nodes, which loading needs, stays there."""
    return None if "nodes" in options else options.pop("target", None)


def recorded(
    command: str, data: str | None, seed: int | None, options: dict, record: dict | None
) -> tuple[str, int, dict]:
    """Data, seed and options as typed, else as the `record` of a run or a comparison has them that is to be
    repeated."""
    if data is None and record is None:
        raise DataError(f"{command} needs DATA, a name or a path: try `genwright {command} digits`")
    record = record or {}
    known = record.get("data", {})
    data = data or known.get("source")
    if not data:
        raise RunError("the record to be repeated does not say which data it was made of: name DATA too")
    recorded = {name: value for name, value in known.get("options", {}).items() if value is not False}  # a task's own
    strange = [name for name in recorded if name not in OPTIONS]
    if strange:
        raise RunError(
            f"the record to be repeated has an option {strange[0]!r} of its data, which is none: name DATA and its "
            "options"
        )
    return data, record.get("seed", 0) if seed is None else seed, {**recorded, **options}
