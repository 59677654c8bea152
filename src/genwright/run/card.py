"""The model card: README.md of a run folder, for whoever gets the folder.

A card says only what the folder holds: the same run has the same card, without a date, a path or the name of a machine.
Its last line is a comment with the digest of the text above it. genwright replaces a card only while that digest is
right, so a text that a person wrote or changed stays.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..core.errors import list_some
from ..core.files import write_whole
from ..core.folder import DOMAIN
from ..core.limits import open_plain
from ..core.safe_text import visible
from ..core.type_names import AnyModel, Record
from ..kinds.known_kinds import kinds
from ..zoo import registry
from .curves import Curve, improves
from .final_model import used_share
from .run_record import RunRecord
from .shipped import PREFIX

CARD = "README.md"
LOOK_UPS = 10  # named in a card
MOST_BYTES = 2**24  # bytes of a card; a longer text is a person's
SEAL = "\n\n<!-- written by genwright; digest of the text above: "
ADDED_PARTS = {"trainval": "validation", "all": "validation and test"}  # parts that `rows` adds to the training items
UNKNOWN = "not recorded; ask whoever the data come from before you pass anything on"
VERDICTS = {  # {whether the run would have improved with more training: sentence}
    None: "No validation loss tells whether training had converged.",
    False: "The validation loss had settled when training ended.",
    True: "Training ended before the validation loss settled: a longer budget would probably help.",
}
COPIES = "Its samples are training items: publish them only where you may publish the data."
MAY_REPEAT = "Its samples may repeat training items: compare them with the data before you publish any."
EXAMPLES = {  # {first verb of a model: a line of Python, a command}
    "sample": ("items = model.sample(16{given})", "genwright sample . -n 16{options}"),
    "predict": ('answers = model.predict("DATA")', "genwright predict . DATA"),
}


def write_card(
    model: AnyModel, folder: Path, curves: Sequence[Curve], tell: Callable[[str], None], metadata: str = "",
    picture: str = "",
) -> None:  # fmt: skip
    """Write the card of a model into its run folder. A text of a person stays there.

    Args:
        model: A Model or a Predictor.
        folder: Its run folder.
        curves: Of its training, none where they are not known.
        tell: Called with a sentence where a text of a person stays.
        metadata: Lines above the card, which a hub reads.
        picture: Name of a picture of samples in the folder.

    Raises RunError when the folder cannot be written.
    """
    path = folder / CARD
    if os.path.lexists(path) and not is_card(path):
        tell(f"{path} is not as genwright wrote it, so it stays: remove it, and do the same again to get a new card")
    else:
        write_whole(path, _sealed(metadata + card(model, curves, picture)).encode())


def is_card(path: Path) -> bool:
    """Tells whether there is a card, unchanged since genwright wrote it."""
    if not (path.is_file() and os.access(path, os.R_OK)):
        return False
    with open_plain(path) as file:
        text = file.read(MOST_BYTES).decode("utf-8", "replace")
    return text == _sealed(text.rpartition(SEAL)[0])


def _sealed(text: str) -> str:
    return f"{text}{SEAL}{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()} -->\n"


def card(model: AnyModel, curves: Sequence[Curve], picture: str = "") -> str:
    """Returns the text of a card, in Markdown; what the record of the model does not hold is left out.

    Args:
        model: The trained model.
        picture: as of `write_card`.
    """
    config = model.config
    name_parts = [config.get("family"), config.get("data", {}).get("name")]
    row = registry.find(config.get("kind"), config.get("task"), config.get("family"))
    sections = {
        "# " + (" on ".join(_code(name) for name in name_parts if name) or "A model"): [
            "genwright wrote this model card. Change it as you like: genwright never overwrites a text that a person "
            "changed."
        ],
        "## Samples": [f"![Samples, the first ones that the model drew]({picture})"] if picture else [],
        "## Data": _data(model),
        "## Model": _model(model, row),
        "## Training": _training(config),
        "## Convergence": _convergence(config, curves),
        "## Metrics": [
            "A run holds losses and no other metrics. `genwright compare` measures models, and writes `results.json`."
        ],
        "## How to load it": _example(model),
        "## What it must not be used for": [_bullets(_limits(model, row))],
    }
    return "\n\n".join("\n\n".join([title, *filter(None, blocks)]) for title, blocks in sections.items() if any(blocks))


def _data(model: AnyModel) -> list[str]:
    data, read = model.config.get("data", {}), model.domain.describe()
    facts = {}
    if data:
        also = ADDED_PARTS.get(model.config.get("rows"))
        facts = {
            "Name": _code(data["name"]),
            "Hash of the content": _code(data["hash"]),
            "Training items": used_share(RunRecord(model.config))
            or f"{data['items']:,}{f', and the {also} items' if also else ''}",
            "Licence": visible(data.get("licence", UNKNOWN)),
        }
    return [_facts(facts), *(["genwright read the data like this:", _verbatim(read)] if read else [])]


def _model(model: AnyModel, row: registry.Row | None) -> list[str]:
    config, parent = model.config, model.config.get("parent")
    facts = {
        "Family": row and f"{_code(row.family)}, {row.paper}",
        "Task": row and _code(row.label),
        "Verbs": ", ".join(model.verbs).replace("_", "-"),
        "Parameters": f"{model.parameters:,}",
        "Seed": config.get("seed"),
        "Begun from": parent and _begun_from(parent),
        "Digest of the run": config.get("digest") and _code(config["digest"]),
        "Versions": ", ".join(f"{name} {version}" for name, version in config.get("versions", {}).items()),
    }
    return [_facts(facts), _table(("hyperparameter", "value"), config.get("recipe", {}).items())]


def _begun_from(parent: Record) -> str:
    """The run whose weights a run began with, what it was trained on under which licence, and the pace."""
    shipped = f"{_code(parent['run'])}, " if parent["run"].startswith(PREFIX) else ""
    data = f", trained on data under {visible(parent['licence'])}" if "licence" in parent else ""
    return f"{shipped}the weights of run {_code(parent['digest'])}{data}, at {parent['pace']:g} of its rate"


def _training(config: dict) -> list[str]:
    outcome, batch = config.get("outcome"), config.get("training", {}).get("batch")
    if not outcome:
        return []
    threads = max((stage["threads"] for stage in config["stages"]), default=1)
    device = _code(config["machine"]["device"])
    facts = {
        "Budget": " ".join(f"{number:,.10g} {unit}" for unit, number in config["budget"].items()),
        "Items seen": f"{outcome['items']:,}",
        "Steps": f"{outcome['items'] // batch:,}, of {batch:,} items each" if batch and config["stages"] else "",
        "Time": f"{outcome['seconds']:,.1f} s of wall clock on {device}, threads: {threads}",
    }
    warned = config.get("health")
    return [_facts(facts), *(["genwright's health report:", _verbatim(warned)] if warned else [])]


def _convergence(config: dict, curves: Sequence[Curve]) -> list[str]:
    """The last losses are those of `curves`; the best validation is on record."""
    if config.get("stages") == []:
        return ["The family needs no gradient steps, so nothing has to converge."]
    stages = [
        f"Stage {_code(stage['name'])} saw {stage['end']:,} items. It keeps the weights with the best validation, "
        f"{stage['validation']:.4g}, after {stage['best']:,} items."
        for stage in config.get("stages", [])
        if "best" in stage
    ]
    last = lambda points: f"{points[-1][2]:.4g}" if points else ""
    losses = [(curve.label, last(curve.steps), last(curve.valid), curve.unit) for curve in curves]
    return [
        _bullets(stages),
        _table(("last loss", "training", "validation", "unit"), losses),
        VERDICTS[improves(config, curves)] if curves else "",
    ]


def _example(model: AnyModel) -> list[str]:
    line, command = EXAMPLES[model.verbs[0]]
    conditions = getattr(model, "conditions", None)
    needed = [] if conditions is None or model.family.allows_missing_given else conditions.left_out
    given = f", given={{{', '.join(f'{name!r}: VALUE' for name in needed)}}}" if needed else ""
    options = "".join(f" --given {name}=VALUE" for name in needed)
    python = ["import genwright", 'model = genwright.load_model(".")', line.format(given=given)]
    return [
        "In Python, with this folder as the working directory:",
        _verbatim(python),
        "On the command line:",
        _verbatim([command.format(options=options)]),
    ]


def _limits(model: AnyModel, row: registry.Row | None) -> list[str]:
    """Sentences for the card about the limits of a model: uses to avoid, cautions of its kind of data, and what
    it protects."""
    kind = kinds().get(model.config.get("kind"))
    limits = [
        "Do not use it on data unlike those that it was trained on.",
        "Do not let it decide about people: it repeats what is wrong or unfair in its data.",
    ]
    if "sample" in model.verbs:
        limits += [COPIES if row and row.copies else MAY_REPEAT, "Do not present samples as real data."]
    else:
        limits.append("Do not rely on its predictions before you have checked them on data of your own.")
    if row and row.keeps:
        limits.append(f"The folder keeps {row.keeps}: pass it on only where you may pass on the data.")
    if look_up_words := [rule.holds for rule in getattr(model.domain, "look_ups", ())]:
        limits.append(
            f"`{DOMAIN}` keeps {list_some(look_up_words, LOOK_UPS)}: pass it on only where you may pass on such pairs."
        )
    return [*limits, *(kind.cautions + kind.privacy if kind else ())]


# ---------------------------------------------------------------------- Markdown


def _code(text: object) -> str:
    return f"`{visible(text).replace('`', chr(39))}`"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _facts(facts: dict[str, object]) -> str:
    return _bullets(f"{name}: {value}" for name, value in facts.items() if value not in (None, ""))


def _table(head: tuple[str, ...], rows: Iterable[tuple]) -> str:
    cells = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in cells) if len(cells) > 2 else ""


def _verbatim(lines: Iterable[str]) -> str:
    """A block of code by its indent, which no line can end."""
    return "\n".join(f"    {visible(line)}" for line in lines)
