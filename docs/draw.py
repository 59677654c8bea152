"""Draws docs/systems.md, the marked parts of docs/adversarial.md, docs/latents.md, docs/compression.md,
docs/sequences.md, docs/molecules.md, docs/points.md, docs/graphs-generated.md and docs/metrics.md
from benchmarks/results/*.json (figures in the docs are never typed), and docs/api.md from docstrings.

    python docs/draw.py          (also: make docs)
"""

from __future__ import annotations

import inspect
import json
import sys
from collections import Counter
from functools import cached_property
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from bars import MET, MISSED, NOT_REACHED, REACHED, command_of, verdict  # noqa: E402
from systems import GROUPS, OUTSIDE, UNMEASURED  # noqa: E402

DATA = {
    "images": "images: sample, score, complete, encode",
    "match": "images and texts: search, predict, encode",
    "tables": "tables: sample, score, complete, encode",
    "sequences": "text: sample, score, complete",
    "audio": "sound: sample, score, complete",
    "music": "music: sample, score, complete, encode",
    "points": "3D molecules and point sets: sample, score, complete",
    "molecules": "molecules as strings: sample, score, complete, encode",
    "graph-sets": "many graphs: sample, score, complete",
    "nodes": "one graph: labels of nodes",
    "links": "one graph: links",
    "graphs": "many graphs: a label or number of each",
    "properties": "molecules in a table: properties",
    "relations": "one graph: types of edges",
    "recommend": "users and items: recommendations",
}


def bars() -> dict[str, list[dict]]:
    """Measured rows by system, in the order of the result files."""
    found: dict[str, list[dict]] = {}
    for file in sorted((ROOT / "benchmarks" / "results").glob("*.json")):
        record = json.loads(file.read_text())
        for row in record.get("bars", []):
            found.setdefault(row["system"], []).append({**row, "command": command_of(record), "file": file.stem})
    return found


def counts(key: str, rows: list[dict]) -> list[int]:
    """Bars met, missed and not measured. Aims and figures that are shown count as nothing."""
    found = Counter(map(verdict, rows))
    return [found[MET], found[MISSED], len(UNMEASURED.get(key, ()))]


def figure(row: dict) -> str:
    error = f" ± {short(row['se'])}" if row.get("se") is not None else ""
    return f"{short(row['measured'])}{error} {row['unit']}".strip()


def short(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 1e4 else f"{value}"


def age(row: dict) -> str:
    run = row.get("run") or {}
    said = f"{run['date'][:10]}, {run['commit']}" if run.get("date") else "not recorded"
    parts = "; ".join(f"{count} by {commit}" for commit, count in row.get("parts", {}).items())
    return said + ", uncommitted changes" * bool(run.get("dirty")) + f" (parts: {parts})" * bool(parts)


def overview(measured: dict[str, list[dict]]) -> str:
    """How many bars of each system are met, missed and not measured."""
    lines = ["| | system | met | missed | not measured |", "|---|---|---|---|---|"]
    for title, systems in GROUPS.items():
        lines.append(f"| | **{title}** | | | |")
        for key, name in systems.items():
            cells = (str(count or "") for count in counts(key, measured.get(key, [])))
            lines.append(f"| {key} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def totals(measured: dict[str, list[dict]]) -> str:
    """Bars of all systems together, in a sentence."""
    keys = [key for systems in GROUPS.values() for key in systems]
    met, missed, unmeasured = map(sum, zip(*(counts(key, measured.get(key, [])) for key in keys)))
    return f"Bars of {len(keys)} systems: {met} met, {missed} missed, {unmeasured} not measured."


def families() -> str:
    """The registry as a table: kinds of data, what is learned of them, and by whom."""
    from genwright.recipes import registry

    found: dict[str, dict[bool, list[str]]] = {}
    for row in registry.ROWS:
        found.setdefault(row.label, {False: [], True: []})[row.baseline].append(row.family)
    lines = ["| data | families | simple baselines |", "|---|---|---|"]
    for label, by in found.items():
        lines.append(f"| {DATA[label]} | {', '.join(by[False])} | {', '.join(by[True])} |")
    return "\n".join(lines)


CURVES = {  # pages that draw the figures of a record by minutes
    "graph_generators": "graphs-generated.md",
    "points_qm7": "points.md",
    "smiles_models": "molecules.md",
}


def page(measured: dict[str, list[dict]]) -> str:
    lines = [
        "# The systems, and what was measured of them",
        "",
        "This page is for people who want to know what genwright can do, and how well it was measured. "
        "Each system is a published method. A *bar* is a figure that it must reach, fixed before the measurement.",
        "",
        "`docs/draw.py` draws this page from `benchmarks/results/`. `CONTRIBUTING.md` says how figures are measured.",
        "",
        "* A bar is **met**, **missed** or **not measured**. Missed bars stay in the table.",
        "* A figure without a bar is *shown*. A bar that takes more than fifteen minutes of training is an *aim*. "
        "Neither counts in the totals.",
        "* *Measured* gives the date and the commit of the figure; *looks* counts how often the row was measured. "
        "Records older than the protocol hold the date of the commit that added the figure.",
        "* *By* names what measures the figure again: `bench.py NAME` is `python benchmarks/bench.py NAME`.",
        "",
        totals(measured),
        "",
        overview(measured),
        "",
        "## Families by kind of data",
        "",
        families(),
        "",
    ]
    for systems in (*GROUPS.values(), OUTSIDE):
        for key, name in systems.items():
            rows, missing = measured.get(key, []), UNMEASURED.get(key, ())
            if not (rows or missing):
                continue
            lines += [f"## {name}" if key in OUTSIDE else f"## {key} {name}", ""]
            lines += ["| what | figure | bar | verdict | measured | looks | by |", "|---" * 7 + "|"]
            lines += map(line, rows)
            lines += [f"| {what} | | | not measured | | | |" for what in missing]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def line(row: dict) -> str:
    said = verdict(row)
    said = f"**{said}**" if said == MISSED else said
    said += f", {row['minutes']:.0f} minutes" if said in (REACHED, NOT_REACHED) else ""
    curve = f" ([by minutes]({CURVES[row['file']]}))" if row["file"] in CURVES and row.get("minutes") else ""
    cells = [
        row["what"],
        figure(row),
        row["bar"],
        said + curve,
        age(row),
        str(row.get("attempts", "")),
        row["command"],
    ]
    return f"| {' | '.join(cells)} |"


LOSS_COLUMNS = {"frechet": "Frechet", "cas_cnn": "CAS, CNN", "cas_svc": "CAS, SVC", "class_coverage": "classes seen"}
LOSS_OF_PICTURES = ("frechet", "sharpness", "squared error", "nats")
EDITS = (
    "flipped",
    "flipped by the round trip",
    "flipped by a random direction",
    "digit kept",
    "original near",
    "original near, round trip",
)
KINDS = {"exact": "", "lower bound": " ≤", "estimate": " ~", "unnormalised": " + c"}


def adversarial() -> dict[str, str]:
    """Marked parts of docs/adversarial.md, of what is on record: {name: text}."""
    found = {}
    if record := recorded("gan_losses"):
        details = record["details"]
        lines = [
            f"On {details['data']}, by {command_of(record)}: the same networks, {details['minutes']:g} minutes each; ± "
            "is one standard error.",
            "",
            *metric_table({name: run["metrics"] for name, run in details["losses"].items()}, LOSS_COLUMNS),
            "",
        ]
        said = {name: " ".join(run["health"]) for name, run in details["losses"].items() if run["health"]}
        found["losses"] = "\n".join(lines + [f"* {name}: {sentences}" for name, sentences in said.items()])
    if record := recorded("gan_augment"):
        runs = {name: run for name, run in record["details"]["runs"].items()}
        lines = [
            f"{record['details']['pictures']:,} images, {record['details']['minutes']:g} minutes a run, by "
            f"{command_of(record)}; a number behind a name is its seed.",
            "",
            *metric_table(runs, {"frechet": "Frechet", "cas_cnn": "CAS, CNN", "cas_svc": "CAS, SVC"}),
        ]
        found["augmentation"] = "\n".join(lines)
    if record := recorded("gan_codes"):
        rows = record["details"]["rows"]
        lines = [
            f"By {command_of(record)}: images that a linear probe names, by codes or by as many principal components. "
            "*lost* is the share of the range that a round trip loses.",
            "",
            "| | by codes | by principal components | lost | minutes |",
            "|---|---|---|---|---|",
        ]
        for name, row in rows.items():
            by = row["probe"]
            lines.append(
                f"| {name} | {by['codes']:.1%} | {by['pca']:.1%} | {row['reconstruction']:.2f} | {row['minutes']:g} |"
            )
        done = next(iter(rows.values()))["completion"]
        found["codes"] = "\n".join(lines) + (
            f"\n\nThe error of a completed lower half is {done['trained']:.2f} of that of the mean image as trained, "
            f"and {done['inversion']:.2f} by inversion."
        )
    if record := recorded("gan_style"):
        names = ("precision", "recall", "density", "coverage", "frechet")
        lines = [f"By {command_of(record)}:", "", f"| psi | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
        for row in record["details"]["truncation"]:
            lines.append(f"| {row['psi']:g} | {' | '.join(f'{row[name]:.3g}' for name in names)} |")
        found["truncation"] = "\n".join(lines)
    if record := recorded("gan_units"):
        lines = [
            f"Log-odds of the class that are gained, by {command_of(record)}, on samples that no unit was ranked by:",
            "",
            "| class | its units | random units, the same energy |",
            "|---|---|---|",
        ]
        for name, row in record["details"]["classes"].items():
            lines.append(f"| {name} | {row['named']:.2f} | {row['random']:.2f} |")
        found["units"] = "\n".join(lines)
    return found


def latents() -> dict[str, str]:
    """Marked parts of docs/latents.md, of what is on record: {name: text}."""
    record = recorded("attributes")
    if record is None:
        return {}
    details, share = record["details"], lambda row, name: f"{row[name]:.1%}" if name in row else ""
    losses = [
        f"| {name} | " + " | ".join(f"{row[key]:g}" if key in row else "" for key in LOSS_OF_PICTURES) + " |"
        for name, row in details["losses"].items()
    ]
    edits = [
        f"| {name} | {row['strength']:g} | " + " | ".join(share(row, key) for key in EDITS) + " |"
        for rows in (details["digits"], details["clothes"])
        for name, row in rows.items()
    ]
    head = lambda titles: [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    said = f"By {command_of(record)}, {details['items']:,} items a model"
    seen = f"{said}: round trips of test images of Fashion-MNIST."
    return {
        "losses": "\n".join([seen, "", *head(["", "Frechet", *LOSS_OF_PICTURES[1:]]), *losses]),
        "attributes": "\n".join([f"{said}:", "", *head(["edit", "strength", *EDITS]), *edits]),
    }


def graph_floors() -> str:
    """Part of docs/graphs-generated.md: what real training graphs and trivial models reach on each published set."""
    record = recorded("graph_metrics")
    if record is None:
        return "Nothing yet."
    sets, ways = record["details"]["sets"], ("degree, earth mover", "clustering, earth mover", "orbits, Gaussian")
    ways += ("spectrum, total variation",)
    lines = [
        f"By {command_of(record)}; discrepancies from the test graphs, and the share of graphs that keep the rule.",
        "",
        f"| set | test graphs that are training graphs | graphs | {' | '.join(ways)} | rule kept |",
        "|---" * (len(ways) + 4) + "|",
    ]
    for name, found in sets.items():
        for row, mmd in found["mmd"].items():
            head = [name, f"{found['copies']} of {found['test']}"] if row == "real" else ["", ""]
            kept = f"{found['valid'][row]:.0%} {found['rule']}"
            lines.append(f"| {' | '.join([*head, row, *(f'{mmd[way]:.2g}' for way in ways), kept])} |")
    return "\n".join(lines)


def graph_generators() -> str:
    """Part of docs/graphs-generated.md: what models of the published sets draw, beside real graphs and baselines."""
    record = recorded("graph_generators")
    if record is None:
        return "Nothing yet."
    details, mmd = record["details"], ("degree", "clustering", "orbits", "spectrum")
    shares = ("unique", "novel", "valid", "valid, unique and novel")
    lines = [
        f"By {command_of(record)}; discrepancies as above, and shares of samples; means over trainings.",
        "",
        f"| set | graphs | minutes | trainings | {' | '.join(mmd + shares)} |",
        "|---" * (len(mmd + shares) + 4) + "|",
    ]
    for name, real in details["real"].items():
        lines.append(f"| {name} | real | | | {' | '.join(f'{real[of]:.2g}' for of in mmd)} |{' |' * len(shares)}")
        rows = [row for row in details["rows"].values() if row["set"] == name]
        kind_of = lambda row: (row["family"], row.get("preset"), row["minutes"])
        for kind in dict.fromkeys(map(kind_of, rows)):
            (family, preset, minutes), found = kind, [row["metrics"] for row in rows if kind_of(row) == kind]
            mean = {of: sum(one[of] for one in found) / len(found) for of in mmd + shares}
            cells = [f"{mean[of]:.2g}" for of in mmd] + [f"{mean[of]:.0%}" for of in shares]
            trained = [f"{minutes:g}", str(len(found))] if minutes else ["", ""]
            lines.append(f"| {' | '.join(['', f'{family}, {preset}' if preset else family, *trained, *cells])} |")
    return "\n".join(lines)


def smiles_models() -> str:
    """Part of docs/molecules.md: what models of MOSES draw, beside real molecules and the published models."""
    record = recorded("smiles_models")
    if record is None:
        return "Nothing yet."
    details = record["details"]
    columns = list(details["published"]["CharRNN"])
    cells = lambda metrics: " | ".join("" if name not in metrics else f"{metrics[name]:.4g}" for name in columns)
    lines = [
        f"By {command_of(record)}: {details['n']:,} samples, by the conventions of MOSES, against its "
        f"{details['against']:,} test molecules ({details['chemistry']}).",
        "",
        f"| | molecules seen | {' | '.join(columns)} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    if "floor" in details:
        lines.append(f"| training molecules in the place of samples | | {cells(details['floor'])} |")
    for name, row in sorted(details["rows"].items(), key=lambda one: (one[0].split(",")[0], one[1]["items"])):
        core = "one core" if row["threads"] == 1 else f"{row['threads']} cores"
        lines.append(f"| {name} of {core} | {row['items']:,} | {cells(row['metrics'])} |")
    lines += [f"| published: {name} | | {cells(row)} |" for name, row in details["published"].items()]
    return "\n".join(lines)


def points() -> str:
    """Part of docs/points.md: what models of QM7 draw, by minutes, beside real molecules and baselines."""
    record = recorded("points_qm7")
    if record is None:
        return "Nothing yet."
    titles = {
        "stable_atoms": "stable atoms",
        "sound": "stable, in one piece",
        "unique": "of those unique",
        "novel": "of those novel",
        "valid": "valid",
        "nats": "nats, at least",
    }
    trained = lambda one: (one[0].split(",")[0], one[1]["items"]) if "items" in one[1] else ("", 0)
    called = lambda name, row: f"{name}, from {row['items']:,} molecules" if "items" in row else name
    rows = {called(*one): one[1]["metrics"] for one in sorted(record["details"]["rows"].items(), key=trained)}
    said = f"By {command_of(record)}: {record['details']['n']:,} samples, ± one standard error; trained by one core, "
    said += "whose speed differs between days."
    return "\n".join([said, "", *metric_table(rows, titles)])


def line_holes() -> str:
    """Part of docs/sequences.md: how likely is what holes are filled with, beside what stood there."""
    record = recorded("line_holes")
    if record is None:
        return "Nothing yet."
    ways = list(dict.fromkeys(way for row in record["details"]["rows"].values() for way in row["ways"]))
    lines = [
        f"By {command_of(record)}: nats of whole test items by the model itself, and seconds an item.",
        "",
        f"| hidden | {' | '.join(ways)} |",
        "|---" * (len(ways) + 1) + "|",
    ]
    for name, row in record["details"]["rows"].items():
        cells = []
        for way in ways:
            found = row["ways"][way]
            cell = f"{found['nats']:.1f} ± {1.96 * found['se']:.1f}"
            cell += f", {found['molecules']:.0%} molecules" if "molecules" in found else ""
            cells.append(cell + (f", {found['seconds']:.2g} s" if way != ways[0] else ""))
        lines.append(f"| {row['hidden']} symbols of {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def recorded(name: str) -> dict | None:
    """benchmarks/results/NAME.json, None where there is none yet."""
    path = ROOT / "benchmarks" / "results" / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def metric_table(models: dict[str, dict], titles: dict[str, str]) -> list[str]:
    columns = [name for name in titles if any(name in metrics for metrics in models.values())]
    lines = [f"| | {' | '.join(titles[name] for name in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for family, metrics in models.items():
        lines.append(f"| {family} | {' | '.join(number(metrics.get(name)) for name in columns)} |")
    return lines


def number(metric: dict | None) -> str:
    if metric is None:
        return ""
    kind = KINDS[metric["kind"]] if metric["of"] in ("mass", "density") else ""
    return f"{metric['value']:.3g} ± {metric['se']:.1g}{kind}"


BEYOND = {  # what pages tell people to use that `import genwright` has not: module, names
    "genwright.core.data": ("Data",),
    "genwright.run.predictor": ("Predictor",),
    "genwright.studies.comparison": ("Comparison",),
    "genwright.screening.screen": ("Screened",),
    "genwright.designing.result": ("Designed",),
    "genwright.graphs.graph_data": ("GraphData",),
    "genwright.core.family": ("Family",),
    "genwright.core.spec": ("Spec",),
    "genwright.core.sample_options": ("SampleOption",),
    "genwright.studies.attributes": ("attribute_vector", "edited"),
    "genwright.studies.bounds": ("amortisation_gap",),
    "genwright.studies.molecule_scores": ("score",),
    "genwright.evaluation.metrics.edits_rule": ("measure",),
    "genwright.evaluation.metrics.shapes_rule": ("agreement", "guessed_apart", "read_attributes"),
    "genwright.data.named.shapes": ("draw_shapes", "parse_captions"),
    "genwright.core.graph": ("from_edges", "undirected"),
    "genwright.graphs.normalise": ("mean",),
    "genwright.graphs.propagate": ("propagate",),
    "genwright.networks.graph.gcn": ("GCN",),
    "genwright.core.hyper": ("Hyper", "flag", "one_of", "real", "whole", "wholes"),
    "genwright.core.trainable": ("Trained",),
    "genwright.families.conditions": ("drop_given",),
    "genwright.networks.conditioning": ("GivenVector",),
    "genwright.distributions.coordinates": ("continuous", "exactness", "log_mean_density"),
    "genwright.data.kinds": ("register_kind",),
    "genwright.domains.fields.fields": ("register_field",),
    "genwright.recipes.registry": ("register_task",),
}


def public() -> dict[str, object]:
    """Every public name: those that `import genwright` has, then BEYOND."""
    import genwright

    beyond = {name: getattr(import_module(module), name) for module, names in BEYOND.items() for name in names}
    return {name: getattr(genwright, name) for name in genwright.__all__} | beyond


def members(thing: type) -> dict[str, object]:
    """The public functions and properties of a class, those of our base classes among them; its docstring has the
    fields."""
    ours = [base for base in reversed(thing.__mro__) if base.__module__.startswith("genwright")]
    found = {name: value for base in ours for name, value in vars(base).items() if not name.startswith("_")}
    fields = getattr(thing, "__dataclass_fields__", ())
    is_entry = lambda name, value: name not in fields and inspect.isfunction(of_member(thing, name, value))
    return {name: value for name, value in found.items() if is_entry(name, value)}


def of_member(thing: type, name: str, value: object) -> object:
    """The function behind a member of a class."""
    if isinstance(value, property):
        return value.fget
    return value.func if isinstance(value, cached_property) else getattr(thing, name)


def imported_from(thing, here: list[str]) -> list[str]:
    """A line that says where a name stands that `import genwright` has not."""
    return [] if thing.__name__ in here else [f"`{thing.__module__}.{thing.__name__}`", ""]


def api() -> str:
    """docs/api.md: the public surface, from its own docstrings."""
    import genwright

    lines = [
        "# The Python interface",
        "",
        "This page is for people who write Python. It lists every public name with its arguments, results and errors. "
        "Begin with the [tutorial](tutorial.md).",
        "`docs/draw.py` draws the page from the docstrings; `gw` stands for `import genwright as gw`.",
        "",
    ]
    for name, thing in public().items():
        where = imported_from(thing, genwright.__all__)
        if not inspect.isclass(thing):
            title, blank, *rest = entry(name if where else f"gw.{name}", thing, "##")
            lines += [title, blank, *where, *rest]
            continue
        if thing in (genwright.Generator, genwright.SampleOptions):  # classes that people make themselves
            lines += entry(f"gw.{name}", thing, "##")
        else:
            lines += [f"## {name}", "", *where, *text(thing), ""]
        for member, value in members(thing).items():
            method, called = of_member(thing, member, value), not isinstance(value, property | cached_property)
            lines += entry(f"{name}.{member}", method, "###", called=called)
    return "\n".join(lines).rstrip() + "\n"


def data_options() -> str:
    """Part of docs/data.md: the options of `load_data`, from their table."""
    from genwright.data.kinds import options

    lines = ["| option | on the command line | for | what it says |", "|---|---|---|---|"]
    for option in options():
        typed = f"--{option.name.replace('_', '-')}" + (f" {option.metavar}" if option.type is not bool else "")
        typed = typed.replace("|", "\\|")
        lines.append(f"| `{option.name}` | `{typed}` | {', '.join(option.kinds) or 'every kind'} | {option.help} |")
    return "\n".join(lines)


def named_sets() -> str:
    """Part of docs/data.md: the sets that have names, from their table."""
    from genwright.data.named import NAMES

    lines = [f"| {name} | {row.what} | {row.licence} |" for name, row in NAMES.items()]
    return "\n".join(["| name | what | licence |", "|---|---|---|", *lines])


def entry(name: str, function, level: str, called: bool = True) -> list[str]:
    """called: whether parentheses follow the name, as they do not after a property's."""
    signature = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()").replace("'", "")
    signature = signature if called else signature.removeprefix("()")
    return [f"{level} `{name}`", "", "```python signature", f"{name}{signature}", "```", "", *text(function), ""]


def text(thing) -> list[str]:
    return ["```text", *inspect.getdoc(thing).splitlines(), "```"]


def main() -> None:
    measured = bars()
    (ROOT / "docs" / "api.md").write_text(api())
    mark(ROOT / "docs" / "data.md", data_options(), "options")
    mark(ROOT / "docs" / "data.md", named_sets(), "names")
    (ROOT / "docs" / "systems.md").write_text(page(measured))
    for name, part in adversarial().items():
        mark(ROOT / "docs" / "adversarial.md", part, name)
    for name, part in latents().items():
        mark(ROOT / "docs" / "latents.md", part, name)
    mark(ROOT / "docs" / "metrics.md", intervals())
    mark(ROOT / "docs" / "molecules.md", smiles_models(), "moses")
    mark(ROOT / "docs" / "points.md", points(), "qm7")
    mark(ROOT / "docs" / "graphs-generated.md", graph_floors(), "floors")
    mark(ROOT / "docs" / "graphs-generated.md", graph_generators(), "generators")
    mark(ROOT / "docs" / "compression.md", compression(), "compression")
    mark(ROOT / "docs" / "sequences.md", line_holes(), "holes")


def compression() -> str:
    """Part of docs/compression.md: bytes by coder on the same items, of each set of data on record."""
    record = recorded("compression")
    if record is None:
        return "Nothing yet."
    lines = [
        f"By {command_of(record)}, models trained for {record['details']['minutes']:g} minutes each, on test items."
    ]
    for name, parts in record["details"]["data"].items():
        for part in parts.values():
            raw, models = part["coders"].pop("raw"), part["models"]
            lines += ["", f"**{name}**, {part['items']:,} items, {raw:,} bytes as they are:", ""]
            lines += ["| coder | bytes | bits a byte | above -log2 p |", "|---|---|---|---|"]
            sizes = {f"`{model}`": found["bytes"] for model, found in models.items()} | part["coders"]
            for coder, size in sorted(sizes.items(), key=lambda pair: pair[1]):
                found = models.get(coder.strip("`"))
                above = f"{found['bytes'] / found['ideal'] - 1:.2%}" if found else ""
                lines.append(f"| {coder} | {size:,} | {8 * size / raw:.3f} | {above} |")
    return "\n".join(lines)


def intervals() -> str:
    """Part of docs/metrics.md: how many intervals held, for each metric over its worlds and models."""
    record = json.loads((ROOT / "benchmarks" / "results" / "interval_coverage.json").read_text())
    rows: dict[str, list[dict]] = {}
    for row in record["details"]["metrics"]:
        rows.setdefault(("images" if row["world"] == "pictures" else "tables") + ", " + row["metric"], []).append(row)
    lines = ["| metric | worlds and models | intervals that hold, all | least | most |", "|---|---|---|---|---|"]
    for name, found in sorted(rows.items()):
        held = [row["held"] for row in found]
        mean = sum(held) / len(held)
        lines.append(f"| {name} | {len(found)} | {mean:.1%} | {min(held):.1%} | {max(held):.1%} |")
    missed = [f"* {row['what'].split(': ')[0]}" for row in record["bars"] if not row["met"]]
    count, replicates = len(record["bars"]), max(row["replicates"] for row in record["details"]["metrics"])
    said = (
        f"By {command_of(record)}, {replicates} replicates of each world; 95% should hold. {count - len(missed)} of "
        f"{count} cases lie between 90% and 99%. These do not:"
    )
    return "\n".join([said, "", *missed, "", *lines])


def mark(page: Path, drawn: str, name: str = "drawn by docs/draw.py") -> None:
    """Replace what stands between the marks of a page."""
    begin, end = (f"<!-- {name}: {where} -->" for where in ("begin", "end"))
    before, rest = page.read_text().split(begin)
    page.write_text(f"{before}{begin}\n{drawn}\n{end}{rest.split(end)[1]}")


if __name__ == "__main__":
    main()
