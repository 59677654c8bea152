"""What is typed for a command: parameters that several commands share, options of data and of sampling, and what makes
values of the typed texts.

READ has, by the type of an option of data, what makes a value of what was typed; `read_names` reads what only the names
of the columns tell apart.
"""

import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

from ..core.addresses import is_address, require_typed
from ..core.errors import DataError, GivenError, RunError
from ..core.sample_options import OF_COMPLETE, OF_SAMPLE, SHARED, SampleOption, SampleOptions
from ..kinds.option import NAME_OR_NAMES as NAMES
from ..kinds.option import Option
from ..kinds.options import as_recorded
from ..zoo import registry
from .parser import Entry, Many, Shown, typed_as

CAPTIONS_EXAMPLE = "--captions short=0.05,long=0.95"
CHOICES = "archive_file", "sheet", "header_row", "table", "query"  # options that say which table is meant


def data_options() -> list[Option]:
    """Every option of data. The help of the program needs none, and loads no kind of data."""
    from ..kinds.known_kinds import options

    return options()


def split_names(typed: list[str], whole: Collection[str] = ()) -> list[str]:
    """The names in what was typed, cut at commas. whole: names of columns. The longest of them that begins a text is
    taken, so a comma within a name stays."""
    names = []
    for text in typed:
        parts = text.split(",")
        while parts:
            lengths = range(len(parts), 1, -1)
            length = next((k for k in lengths if ",".join(parts[:k]).strip() in whole), 1)
            names.append(",".join(parts[:length]).strip())
            parts = parts[length:]
    return [name for name in names if name]


def read_names(data: str, options: dict) -> dict:
    """Options of data whose lists of names are cut at commas, and cells parted from their columns; a column called
    `Price, net` or `a=b` stays whole."""
    from ..kinds.known_kinds import column_names

    parts = {list[str]: split_names, dict[str, list]: read_cells}
    asked = {one.name: parts.get(one.type) for one in data_options() if one.name in options and not one.spelled}
    unclear = any("," in text or text.count("=") > 1 for key, part in asked.items() if part for text in options[key])
    where = {} if "nodes" in options else {key: options[key] for key in CHOICES if key in options}
    names = column_names(options.get("nodes", data), **where) if unclear else []
    return options | {key: part(options[key], names) for key, part in asked.items() if part}


def split_pair(text: str, names: Iterable[str] = ()) -> tuple[str, str]:
    """A name, and what follows the "=" behind it. The longest of `names` that begins the text counts, and without one
    what is before the first "="; "" and the text where neither is there."""
    known = (name for name in names if text.startswith(f"{name}="))
    name = max(known, key=len, default="") or text.partition("=")[0]
    return (name, text[len(name) + 1 :]) if name and "=" in text else ("", text)


def read_pairs(options: list[str] | None, example: str, names: Iterable[str] = ()) -> dict[str, str]:
    """{name: value} of NAME=VALUE. names: those that there are, which may hold "="."""
    values = {}
    for option in options or []:
        name, value = split_pair(option, names)
        if not name or not value:
            raise GivenError(f"{option!r} is not of the form NAME=VALUE: write it as in {example}")
        if name in values:
            raise GivenError(f"{name!r} is named twice, as {values[name]!r} and {value!r}: give it one value")
        values[name] = value
    return values


def settings_of(typed: list[str] | None) -> dict | None:
    """{name: value} of NAME=VALUE, None of none. A value is a number, true, false, a list such as [2,2], or a word.

    Raises GivenError for what has no "=", and for a name that is set twice.
    """
    settings = {}
    for name, value in read_pairs(typed, "--set free_bits=2.0").items():
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings or None


def read_types(options: list[str]) -> dict[str, str] | list:
    """{column: type}; where types files are among what was typed, a list of these and of that."""
    typed = _assignments(options)
    files = [option for option in typed if "=" not in option and option.endswith(".toml")]
    pairs = [option for option in typed if option not in files]
    own = read_pairs(pairs, "zip=category", [text.rpartition("=")[0] for text in pairs])  # no type holds "="
    return [*files, own] if files else own


def read_rates(options: list[str]) -> dict[str, float]:
    """{column: rate} of COLUMN=RATE, cut at commas. Raises GivenError for a rate that is no number."""
    shares, typed = {}, _assignments(options)
    for column, value in read_pairs(typed, CAPTIONS_EXAMPLE, [text.rpartition("=")[0] for text in typed]).items():
        try:
            shares[column] = float(value)
        except ValueError:
            raise GivenError(f"{value!r} is no rate of {column!r}: write it as in {CAPTIONS_EXAMPLE}") from None
    return shares


def _assignments(options: list[str]) -> list[str]:
    """COLUMN=TYPE,COLUMN=TYPE or files, cut at the commas that are no part of a column's name."""
    parts = [part for option in options for part in re.findall(r"([^,]*\.toml|[^=]*=[^,]*|.+)(?:,|$)", option)]
    return [part.strip() for part in parts if part.strip()]


def read_cells(options: list[str], names: Iterable[str] = ()) -> dict[str, list]:
    """Words by column, "*" for every one; "" where none is named behind a column. names: of the columns."""
    words: dict[str, list] = {}
    for column, word in (split_pair(option, names) for option in options):
        words.setdefault(column or "*", []).append(word)
    return words


READ = {
    list[str]: lambda names: [name for name in names if name.strip()],  # which `read_names` parts
    NAMES: lambda names: names[0] if len(names) == 1 else names,
    dict[str, str]: read_types,
    dict[str, float]: read_rates,
}


def recorded(
    command: str, data: str | None, options: dict[str, object], reading: dict[str, object], record: dict | None
) -> tuple[str, dict[str, object], int, str | None]:
    """Data, how they are read, seed and task as typed, else as the record of a run or a comparison that is to be
    repeated has them. options: of the command, of which seed and task are taken out."""
    if data is None and record is None:
        raise DataError(f"{command} needs DATA, a name or a path: try `genwright {command} digits`")
    known = (record or {}).get("data", {})
    if not data:
        data = known.get("source")
        if not data:
            raise RunError("the record does not name its data: name DATA too")
        if is_address(data):
            require_typed(data)
    before = as_recorded(known.get("options", {}))
    if strange := before.keys() - {option.name for option in data_options()}:
        raise RunError(
            f"the record to be repeated has an option {min(strange)!r} of its data, which is none: name DATA and its "
            "options"
        )
    task = record and (record["task"] if "task" in record else registry.place(record["data"]["domain"])[1])
    task = options.pop("task", None) or (task if registry.predicts(task) else None)
    seed = options.pop("seed", (record or {}).get("seed", 0))
    return data, before | read_names(data, reading), seed, task


DATA_HELP = "A name (digits), a folder, or a file: .csv, .npz, .txt, .smi, .wav (docs/data.md)."
LABELS_HELP = "Column of labels in the table of --nodes. Figures show them; predict and encode ignore them."
GIVEN_HELP = (
    'Condition the samples: --given label=3, "age>60 & city=Bern|Basel", price=100..200, "logp<3" of molecules, '
    'caption="red heart", caption=@prompts.txt (one a line), before=photo.png, or low=FOLDER (repeatable).'
)

# Parameters that several commands share.
Run = Annotated[Path, Shown("RUN", help="Folder of a trained model, or a shipped one, such as shipped:digits.")]
Source = Annotated[str, Shown("DATA", help=DATA_HELP)]
Images = Annotated[str, Shown("DATA", help="A folder of images, or other images (docs/data.md).")]
Given = Annotated[list[str] | None, Shown("NAME=VALUE", help=GIVEN_HELP)]
Device = Annotated[str, Shown("auto|cpu|cuda", help="auto (a GPU if any), cpu or cuda.")]
Seed = Annotated[int | None, Shown(help="Seed; the same seed gives the same items.")]
Quiet = Annotated[bool, Shown(flags=("--quiet", "-q"), help="Print only what was written.")]
Port = Annotated[int, Shown("PORT", least=1, most=65535)]
Host = Annotated[str, Shown("ADDRESS", rare=True, help="Answer to other machines too; needs --token-file.")]
NAMES_HELP = "Another name of this server, such as that of a proxy before it (repeatable)."
Names = Annotated[list[str] | None, Shown("NAME", rare=True, help=NAMES_HELP)]


def _of_data(names: tuple[str, ...] = (), **helps: str) -> Many:
    """names: of the options that a command takes, () for all. helps: of those that do something else there."""
    taken = lambda: [one for one in data_options() if not names or one.name in names]

    def entries() -> list[Entry]:
        return [
            Entry(
                one.name,
                typed_as(one.type),
                Shown(
                    one.metavar,
                    flags=(one.spelled, f"--{one.name}") if one.spelled else (),
                    rare=one.rare,
                    panel=one.panel,
                ),
                helps.get(one.name, one.help),
            )
            for one in taken()
        ]

    return Many(entries, lambda: {one.name: READ[one.type] for one in taken() if one.type in READ})


EDGE_LIST = "nodes", "target", "directed"
DataOptions = Annotated[dict, _of_data()]
EdgeListOptions = Annotated[dict, _of_data(EDGE_LIST)]
ToReadOptions = Annotated[dict, _of_data(EDGE_LIST, target=LABELS_HELP)]  # of a graph for a trained model
SheetOptions = Annotated[dict, _of_data(("sheet", "header_row", "table", "query"))]


def _of_sampling(taken: Iterable[SampleOption]) -> Many:
    panel = "Sampling (see genwright list for the families that take each)"
    metavars = {dict: "NAME=VALUE", object: "DATA", Path: "RUN"}
    entries = [
        Entry(one.name, typed_as(one.type), Shown(metavars.get(one.type, ""), panel=panel), f"{one.help}.")
        for one in taken
    ]
    own = Shown("NAME=VALUE", panel=panel)
    entries.append(Entry("option", list, own, "Option that a family of your own declares."))
    return Many(lambda: entries)


SamplingOptions = Annotated[dict, _of_sampling(OF_SAMPLE)]
CompletingOptions = Annotated[dict, _of_sampling(OF_COMPLETE)]


def sampling_options(chosen: dict, takes: Iterable[SampleOption], given: Iterable[str] = ()) -> SampleOptions:
    """The typed options as `SampleOptions`. takes: the model's, which read their text. given: its given variables."""
    chosen, own = dict(chosen), {option.name: option for option in takes if option not in SHARED}
    if "against" in chosen:
        chosen["against"] = read_pairs(chosen["against"], "label=8", given)
    for name, text in read_pairs(chosen.pop("option", []), "name=2").items():
        chosen[name] = own[name].read(text) if name in own else text
    return SampleOptions().with_chosen(chosen)
