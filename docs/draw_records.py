"""docs/systems.md, and the parts of pages that show one record each."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from functools import partial

from drawing import GRAPH_DISTANCES, ROOT, age, metric_table, recorded, table

from genwright.measure.intervals import proportion_se
from genwright.zoo import registry

sys.path.insert(0, str(ROOT / "benchmarks"))

from ages import code_changed  # noqa: E402
from bars import (  # noqa: E402
    CHECKED,
    FAILED,
    HISTORICAL,
    MET,
    MISSED,
    NOT_REACHED,
    REACHED,
    command_of,
    replication,
    verdict,
)  # fmt: skip
from repeats import agree  # noqa: E402
from systems import GROUPS, OUTSIDE, TESTED, UNMEASURED  # noqa: E402

DATA = {
    "images": "images: sample, score, complete, encode",
    "match": "images and texts: search, predict, encode",
    "tables": "tables: sample, score, complete, encode",
    "sequences": "text: sample, score, complete",
    "audio": "sound: sample, score, complete",
    "music": "music: sample, score, complete, encode",
    "clips": "clips: sample, complete",
    "points": "3D molecules and point sets: sample, score, complete",
    "molecules": "molecules as strings: sample, score, complete, encode",
    "graph-sets": "many graphs: sample, score, complete",
    "nodes": "one graph: labels of nodes",
    "links": "one graph: links",
    "graphs": "many graphs: a label or number of each",
    "properties": "molecules in a table: properties",
    "structure": "protein chains: structures",
    "relations": "one graph: types of edges",
    "recommend": "users and items: recommendations",
    "counts": "counts: sample, score, encode",
    "series": "series: sample, score, complete, forecast",
    "private": "private tables: sample, score",
}
CURVES = {  # pages that draw the figures of a record by minutes
    "graph_generators": "graphs-generated.md",
    "points_qm7": "points.md",
    "smiles_models": "molecules.md",
}
INTRODUCTION = """# The systems, and what was measured of them

This page is for people who want to know what genwright can do, and how well it was measured. Each system is a \
published method. A *bar* is a figure that it must reach, fixed before the measurement.

`docs/draw.py` draws this page from `benchmarks/results/`. `CONTRIBUTING.md` says how figures are measured.

* A bar is **met**, **missed** or **not measured**. Missed bars stay in the table.
* A figure without a bar is *shown*. A bar that takes more than fifteen minutes of training is an *aim*. Neither \
counts in the totals.
* A **check** holds by the way its figure is made, such as a given half that a mask keeps. A bar that a test \
answers is one too. Checks count apart.
* Rows that are older than these rules stand on [a page of their own](systems-historical.md), and count as nothing.
* "Better" needs a 90% interval that excludes the bar. "As good" has a *margin*: the interval must not end beyond the \
bar by more.
* *Replicated* says what was repeated, and so what ± is of. One training each compares two trainings, not two families.
* A training *ended by a clock* saw fewer items on a busy machine. Newer ones see a number of items that is fixed \
before, and that their record holds.
* *Measured* gives the date and the commit of the figure. "Code changed since" says that a function of its family, \
of its networks or of its metric computes otherwise now, whatever it is called. *Looks* counts how often the row was \
measured.
* *By* names what measures the figure again: `bench.py NAME` is `python benchmarks/bench.py NAME`.
"""
HISTORY = """# Historical figures of the systems

This page is for people who look for an old figure. Its rows are older than the rules by which genwright measures \
([systems](systems.md)). Nobody recorded the source, the load of the machine or the number of looks. A date is that of \
the commit that added the row.
"""
POLICY_CLAIMS = {
    "score": "score of the last 200 of 2,000 calls", "fcd": "FCD of the best 1,000 to MOSES' test part",
    "within": "of these within the default limits",
}  # fmt: skip
DECORATIONS = {"decorator": "decorate_graphs", "autoregressive": "decorate"}
DRAWN = {"the nearest of 30 draws": "model", "one draw": "one_draw"}  # how a completion is taken, and its side
PAST = {True: "met then", False: "missed then", None: "shown"}
CHANGED = "The same measurements, judged by intervals, margins and checks, have another verdict than before."


# ---------------------------------------------------------------------- the systems


def bars() -> dict[str, list[dict]]:
    """Measured rows by system, in the order of the result files."""
    found: dict[str, list[dict]] = {}
    for file in sorted((ROOT / "benchmarks" / "results").glob("*.json")):
        record = json.loads(file.read_text())
        for row in record.get("bars", []):
            more = {"command": command_of(record), "file": file.stem, "changed": code_changed(row, record)}
            more |= {"trainings": record.get("trainings")}
            found.setdefault(row["system"], []).append(row | more)
    return found


def figure(row: dict) -> str:
    """With its interval where that decides, what else was measured beside it, and what was compared."""
    short = lambda value: f"{value:.4g}" if isinstance(value, float) and abs(value) < 1e4 else f"{value}"
    error = f" ± {short(row['se'])}" if row.get("se") is not None else ""
    plan, beside = row["plan"] or {}, [row["note"]] if row.get("note") else []
    if row.get("interval") and (plan.get("margin") is not None or plan.get("strict")):
        of_samples = " of samples" * (len(row["seeds"]) == 1)
        beside.append("90% interval{} {} to {}".format(of_samples, *map(short, row["interval"])))
    beside += [f"{name.replace('_', ' ')} {short(value)}" for name, value in (row.get("sides") or {}).items()]
    return f"{short(row['measured'])}{error} {row['unit']}".strip() + f" ({'; '.join(beside)})" * bool(beside)


def bar_in_words(row: dict) -> str:
    margin = (row["plan"] or {}).get("margin")
    return row["bar"] + (f", margin {margin:g}" if margin is not None and row["met"] is not None else "")


def page() -> str:
    """docs/systems.md."""
    measured = {key: [row for row in rows if verdict(row) != HISTORICAL] for key, rows in bars().items()}
    counts, total = {}, Counter()
    for key in (key for systems in GROUPS.values() for key in systems):
        found = Counter(map(verdict, measured.get(key, [])))  # aims and figures that are shown count as nothing
        counts[key] = {MET: found[MET], MISSED: found[MISSED], "not measured": len(UNMEASURED.get(key, ()))}
        counts[key] |= {"checks": found[CHECKED] + found[FAILED] + len(TESTED.get(key, ()))}
        total.update(counts[key])
    overview = []
    for title, systems in GROUPS.items():
        overview.append([None, f"**{title}**", *[None] * len(total)])
        overview += ([key, name, *(count or "" for count in counts[key].values())] for key, name in systems.items())
    said = ", ".join(f"{count} {what}" for what, count in total.items())
    lines = [INTRODUCTION, *agreements(), f"Bars of {len(counts)} systems: {said}.", ""]
    lines += [*table([None, "system", *total], overview), "", "## Families by kind of data", "", *families()]
    for key, name in TITLES.items():
        rows = [*map(measured_cells, measured.get(key, []))]
        rows += [[what, None, None, "check, by a test", *[None] * 3, f"`{path}`"] for what, path in TESTED.get(key, ())]
        rows += [[what, None, None, f"not measured: {why}", *[None] * 4] for what, why in UNMEASURED.get(key, ())]
        lines += section(key, name, rows)
    lines += repeated_rows()
    return "\n".join(lines) + "\n"


TITLES = {key: name for systems in (*GROUPS.values(), OUTSIDE) for key, name in systems.items()}
COLUMNS = ("what", "figure", "bar", "verdict", "replicated", "measured", "looks", "by")


def section(key: str, name: str, rows: list[list]) -> list[str]:
    """The rows of a system below its title; nothing where there are none."""
    title = f"## {name}" if key in OUTSIDE else f"## {key} {name}"
    return ["", title, "", *table(COLUMNS, rows)] if rows else []


def history() -> str:
    """docs/systems-historical.md."""
    measured, lines = bars(), [HISTORY]
    for key, name in TITLES.items():
        old = [row for row in measured.get(key, []) if verdict(row) == HISTORICAL]
        lines += section(key, name, [*map(measured_cells, old)])
    lines += ["", "## Verdicts that changed", "", CHANGED, ""]
    every = [row for rows in measured.values() for row in rows if row.get("was")]
    lines += table(("system", "what", "before", "now"), ([row["system"], row["what"], row["was"], f"{verdict(row)}, "
                   f"{figure(row)}"] for row in every))  # fmt: skip
    return "\n".join(lines) + "\n"


def agreements() -> list[str]:
    """How many of the rows that are repeated at each release agree with the release before."""
    for record in existing_records("release_rows"):
        row, *others = record["bars"]
        said = f"{row['measured']:.0f} of {len(others)} rows that are repeated at each release agree with the release "
        said += f"before, by other seeds ({command_of(record)}, {age(row).split(',')[0]}):"
        ends = lambda look: "{:.4g} ({:.4g} to {:.4g})".format(look["measured"], *look["interval"])
        looks = zip(others, record["details"].values())
        cells = ([one["what"].removesuffix(", repeated at each release"), one["unit"], *map(ends, look[-2:]),
                  "yes" if agree(*look[-2:]) else "no"] for one, look in looks)  # fmt: skip
        return [said, "", *table(("row", "unit", "before (90% interval)", "now", "agrees"), cells), ""]
    return []


def existing_records(*names: str) -> list[dict]:
    """The records of these names, without those that were not measured yet."""
    return [recorded(name) for name in names if (ROOT / "benchmarks" / "results" / f"{name}.json").exists()]


def repeated_rows() -> list[str]:
    """Rows that were drawn and measured again by other seeds; nothing where none were."""
    drawn = [row for record in existing_records("repeat_rows") for row in record["details"]["rows"]]
    if not drawn:
        return []
    ends = lambda figures: "{:.4g} ({:.4g} to {:.4g})".format(*figures)
    cells = ([one["what"], ends(one["then"]), ends(one["now"]), "yes" if one["agree"] else "no"] for one in drawn)
    titles = ("row", "figure (90% interval)", "by other seeds", "within both intervals")
    return ["", "## Rows repeated with other seeds", "", *table(titles, cells)]


def families() -> list[str]:
    """The registry as a table: kinds of data, what is learned of them, and by whom."""
    found: dict[str, dict[bool, list[str]]] = {}
    for row in registry.ROWS:
        found.setdefault(row.label, {False: [], True: []})[row.baseline].append(row.family)
    rows = ([DATA[label], *map(", ".join, by.values())] for label, by in found.items())
    return table(("data", "families", "simple baselines"), rows)


def measured_cells(row: dict) -> list[str]:
    said = verdict(row)
    shown = f"**{said}**" if said == MISSED else said
    shown += f", {PAST[row['met']]}" * (said == HISTORICAL)
    shown += f", {row['so_far']}" if "so_far" in row else ""
    shown += f", {row['minutes']:.0f} minutes" if said in (REACHED, NOT_REACHED) else ""
    shown += f" ([by minutes]({CURVES[row['file']]}))" if row["file"] in CURVES and row.get("minutes") else ""
    marks = {True: "; code changed since", False: "", None: "; history unknown"}
    dated = age(row) + ("" if said == HISTORICAL else marks[row["changed"]])
    repeated = replication(row, row["trainings"])
    return [row["what"], figure(row), bar_in_words(row), shown, repeated, dated, row.get("attempts", ""),
            row["command"]]  # fmt: skip


# ---------------------------------------------------------------------- parts of pages, each of a record


def by(record: dict) -> str:
    return f"By {command_of(record)}"


def gan_losses(record: dict) -> list[str]:
    details = record["details"]
    said = (
        f"On {details['data']}, by {command_of(record)}: the same networks, {details['minutes']:g} minutes each; ± is "
    )
    titles = {"frechet": "Frechet", "cas_cnn": "CAS, CNN", "cas_svc": "CAS, SVC", "class_coverage": "classes seen"}
    lines = metric_table({name: run["metrics"] for name, run in details["losses"].items()}, titles)
    ill = [f"* {name}: {' '.join(run['health'])}" for name, run in details["losses"].items() if run["health"]]
    return [said + "one standard error.", "", *lines, "", *ill]


def gan_augment(record: dict) -> list[str]:
    details, titles = record["details"], {"frechet": "Frechet", "cas_cnn": "CAS, CNN", "cas_svc": "CAS, SVC"}
    said = f"{details['pictures']:,} images, {details['minutes']:g} minutes a run, by {command_of(record)}; a number "
    return [said + "behind a name is its seed.", "", *metric_table(details["runs"], titles)]


def gan_codes(record: dict) -> list[str]:
    found, share = record["details"]["rows"], "{:.1%}".format
    rows = (
        [name, share(row["probe"]["codes"]), share(row["probe"]["pca"])]
        + [f"{row['reconstruction']:.2f}", f"{row['minutes']:g}"]
        for name, row in found.items()
    )
    said = (
        f"{by(record)}: images that a linear probe names, by codes or by as many principal components. *lost* is the "
    )
    done = next(iter(found.values()))["completion"]
    after = f"The error of a completed lower half is {done['trained']:.2f} of that of the mean image as trained, and "
    lines = table((None, "by codes", "by principal components", "lost", "minutes"), rows)
    return [
        said + "share of the range that a round trip loses.",
        "",
        *lines,
        "",
        f"{after}{done['inversion']:.2f} by inversion.",
    ]


def gan_style(record: dict) -> list[str]:
    names = ("precision", "recall", "density", "coverage", "frechet")
    rows = ([f"{row['psi']:g}", *(f"{row[name]:.3g}" for name in names)] for row in record["details"]["truncation"])
    return [f"{by(record)}:", "", *table(("psi", *names), rows)]


def gan_units(record: dict) -> list[str]:
    said = f"Log-odds of the class that are gained, by {command_of(record)}, on samples that no unit was ranked by:"
    found = record["details"]["classes"].items()
    rows = ([name, f"{row['named']:.2f}", f"{row['random']:.2f}"] for name, row in found)
    return [said, "", *table(("class", "its units", "random units, the same energy"), rows)]


def round_trips(record: dict) -> list[str]:
    names, details = ("frechet", "sharpness", "squared error", "nats"), record["details"]
    cells = lambda row: (f"{row[name]:g}" if name in row else "" for name in names)
    said = f"{by(record)}, {details['items']:,} items a model: round trips of test images of Fashion-MNIST."
    rows = ([name, *cells(row)] for name, row in details["losses"].items())
    return [said, "", *table(("", "Frechet", *names[1:]), rows)]


def edits(record: dict) -> list[str]:
    names = ("flipped", "flipped by the round trip", "flipped by a random direction")
    names += ("digit kept", "original near", "original near, round trip")
    details = record["details"]
    cells = lambda row: (f"{row[name]:.1%}" if name in row else "" for name in names)
    found = [*details["digits"].items(), *details["clothes"].items()]
    rows = ([name, f"{row['strength']:g}", *cells(row)] for name, row in found)
    return [f"{by(record)}, {details['items']:,} items a model:", "", *table(("edit", "strength", *names), rows)]


def graph_metrics(record: dict) -> list[str]:
    """What real training graphs and trivial models reach on each published set."""
    ways = list(GRAPH_DISTANCES.values())
    rows = (
        [*((name, f"{found['copies']} of {found['test']}") if model == "real" else ("", "")), model]
        + [*(f"{mmd[way]:.2g}" for way in ways), f"{found['valid'][model]:.0%} {found['rule']}"]
        for name, found in record["details"]["sets"].items()
        for model, mmd in found["mmd"].items()
    )
    said = f"{by(record)}; discrepancies from the test graphs, and the share of graphs that keep the rule."
    titles = ("set", "test graphs that are training graphs", "graphs", *ways, "rule kept")
    return [said, "", *table(titles, rows)]


def graph_generators(record: dict) -> list[str]:
    """What models of the published sets draw, beside real graphs and baselines."""
    details, mmd = record["details"], list(GRAPH_DISTANCES)
    shares, rows = ("unique", "novel", "valid", "valid, unique and novel"), []
    kind_of = lambda row: (row["family"], row.get("preset"), row["minutes"])
    for name, real in details["real"].items():
        rows.append([name, "real", None, None, *(f"{real[of]:.2g}" for of in mmd), *[None] * len(shares)])
        of_set = [row for row in details["rows"].values() if row["set"] == name]
        for family, preset, minutes in dict.fromkeys(map(kind_of, of_set)):
            found = [row["metrics"] for row in of_set if kind_of(row) == (family, preset, minutes)]
            mean = lambda of, found=found: sum(one[of] for one in found) / len(found)
            trained = [f"{minutes:g}", len(found)] if minutes else ["", ""]
            cells = [*(f"{mean(of):.2g}" for of in mmd), *(f"{mean(of):.0%}" for of in shares)]
            rows.append(["", f"{family}, {preset}" if preset else family, *trained, *cells])
    said = f"{by(record)}; discrepancies as above, and shares of samples; means over trainings."
    return [said, "", *table(("set", "graphs", "minutes", "trainings", *mmd, *shares), rows)]


def smiles_models(record: dict) -> list[str]:
    """What models of MOSES draw, beside real molecules and the published models."""
    details = record["details"]
    columns = list(details["published"]["CharRNN"])
    cells = lambda metrics: [f"{metrics[name]:.4g}" if name in metrics else "" for name in columns]
    cores = lambda row: "one core" if row["threads"] == 1 else f"{row['threads']} cores"
    trained = sorted(details["rows"].items(), key=lambda one: (one[0].split(",")[0], one[1]["items"]))
    rows = [["training molecules in the place of samples", None, *cells(details["floor"])]]
    rows += ([f"{name} of {cores(row)}", f"{row['items']:,}", *cells(row["metrics"])] for name, row in trained)
    rows += ([f"published: {name}", None, *cells(row)] for name, row in details["published"].items())
    said = (
        f"{by(record)}: {details['n']:,} samples, by the conventions of MOSES, against its {details['against']:,} test "
    )
    return [f"{said}molecules ({details['chemistry']}).", "", *table((None, "molecules seen", *columns), rows)]


def points_qm7(record: dict) -> list[str]:
    """What models of QM7 draw, by minutes, beside real molecules and baselines."""
    titles = {"stable_atoms": "stable atoms", "sound": "stable, in one piece", "unique": "of those unique"}
    titles |= {"novel": "of those novel", "valid": "valid", "nats": "nats, at least"}
    trained = lambda one: (one[0].split(",")[0], one[1]["items"]) if "items" in one[1] else ("", 0)
    called = lambda name, row: f"{name}, from {row['items']:,} molecules" if "items" in row else name
    found = sorted(record["details"]["rows"].items(), key=trained)
    said = f"{by(record)}: {record['details']['n']:,} samples, ± one standard error; trained by one core, whose speed "
    return [
        said + "differs between days.",
        "",
        *metric_table({called(*one): one[1]["metrics"] for one in found}, titles),
    ]


TRUSTED = {  # groups of chains
    "seen": "new chains of folds that train",
    "unseen": "folds that never train",
    "six": "another made world: six helices",
    "local": "`foldable-chains-local`",
    "natural": "chains of the PDB",
    "random": "random letters, against the structures of those",
    "ubiquitin": "ubiquitin (1UBI)",
}


def trusted_chains(record: dict) -> list[str]:
    """The confidence of the shipped model of chains beside the truth, by group; ubiquitin last."""
    found = record["details"]
    mean = lambda values: f"{sum(values) / len(values):.2f}"
    error = lambda one: mean([abs(said - true) for said, true in zip(one["confidence"], one["lddt"])])
    rows = (
        [TRUSTED[name], len(one["lddt"]), mean(one["lddt"]), mean(one["confidence"]), error(one)]
        for name, one in found.items()
    )
    said = f"{by(record)}: means over chains."
    return [said, "", *table(("chains", "how many", "true lDDT", "confidence", "mean error"), rows)]


def line_holes(record: dict) -> list[str]:
    """How likely is what holes are filled with, beside what stood there."""
    found = record["details"]["rows"]
    ways = list(dict.fromkeys(way for row in found.values() for way in row["ways"]))

    def cell(way: str, part: dict) -> str:
        molecules = f", {part['molecules']:.0%} molecules" if "molecules" in part else ""
        spent = f", {part['seconds']:.2g} s" if way != ways[0] else ""
        return f"{part['nats']:.1f} ± {1.96 * part['se']:.1f}{molecules}{spent}"

    rows = (
        [f"{row['hidden']} symbols of {name}", *(cell(way, row["ways"][way]) for way in ways)]
        for name, row in found.items()
    )
    said = f"{by(record)}: nats of whole test items by the model itself, and seconds an item."
    return [said, "", *table(("hidden", *ways), rows)]


def compression(record: dict) -> list[str]:
    """Bytes by coder on the same items, of each set of data."""
    lines = [f"{by(record)}, models trained for {record['details']['minutes']:g} minutes each, on test items."]
    for name, part in ((name, part) for name, parts in record["details"]["data"].items() for part in parts.values()):
        raw, models = part["coders"].pop("raw"), {f"`{model}`": found for model, found in part["models"].items()}
        sizes = {model: found["bytes"] for model, found in models.items()} | part["coders"]
        above = lambda coder, models=models: f"{models[coder]['bytes'] / models[coder]['ideal'] - 1:.2%}"
        rows = (
            [coder, f"{size:,}", f"{8 * size / raw:.3f}", above(coder) if coder in models else ""]
            for coder, size in sorted(sizes.items(), key=lambda pair: pair[1])
        )
        lines += ["", f"**{name}**, {part['items']:,} items, {raw:,} bytes as they are:", ""]
        lines += table(("coder", "bytes", "bits a byte", "above -log2 p"), rows)
    return lines


def interval_coverage(record: dict) -> list[str]:
    """How many intervals held, for each metric over its worlds and models."""
    held: dict[str, list[float]] = {}
    for row in record["details"]["metrics"]:
        world = "images" if row["world"] == "pictures" else "tables"
        held.setdefault(f"{world}, {row['metric']}", []).append(row["held"])
    shares = lambda found: map("{:.1%}".format, (sum(found) / len(found), min(found), max(found)))
    rows = ([name, len(found), *shares(found)] for name, found in sorted(held.items()))
    missed = [f"* {row['what'].split(': ')[0]}" for row in record["bars"] if not row["met"]]
    count, replicates = len(record["bars"]), max(row["replicates"] for row in record["details"]["metrics"])
    said = (
        f"{by(record)}, {replicates} replicates of each world; 95% should hold. {count - len(missed)} of {count} cases "
    )
    titles = ("metric", "worlds and models", "intervals that hold, all", "least", "most")
    return [said + "lie between 90% and 99%. These do not:", "", *missed, "", *table(titles, rows)]


def growth(record: dict) -> list[str]:
    """Exponents of time with the seconds of each size, and hot loops beside the limits of the machine."""
    details, said = record["details"], f"{by(record)}, one thread, CPU seconds, medians of turns."
    rows = []
    for row, (key, seconds) in zip(record["bars"], details["seconds"].items()):
        what, axis = row["what"].split(": exponent")[0], key.split()[1]
        sizes = ", ".join(f"{int(size):,}: {spent:.2g} s" for size, spent in seconds.items())
        rows.append([what, axis, sizes, row["measured"], row["bar"]])
    lines = [said, "", *table(("work", "grows in", "CPU seconds by size", "exponent", "bar"), rows), ""]
    return lines + loops_beside_limits(details["loops"])


def loops_beside_limits(loops: dict[str, dict]) -> list[str]:
    """The rate of each hot loop beside the limit of the machine."""
    unit = lambda of: "GB/s" if of == "copy" else "GFLOP/s"
    limit = lambda of: "a copy in memory" if of == "copy" else f"a matrix product in {of}"
    cells = (
        [what, f"{loop['rate']:.3g} {unit(loop['of'])}", f"{loop['limit']:.3g}, {limit(loop['of'])}",
         f"{loop['share']:.0%}"]
        for what, loop in loops.items()
    )  # fmt: skip
    return table(("hot loop", "rate", "limit of the machine", "share"), cells)


BESIDE = (  # records of speed beside others, in the order of the page
    "lstm_samples", "transformer_samples", "argn_rows", "row_samples", "row_log_prob", "step_limits", "table_files",
    "predict_speed",
)  # fmt: skip


def measured_rows(*names: str) -> list[str]:
    """The rows of several records."""
    rows = (
        [row["what"], figure(row), row["bar"], verdict(row), command_of(record)]
        for record in existing_records(*names)
        for row in record["bars"]
    )
    return table(("what", "figure", "bar", "verdict", "by"), rows)


def beside_others() -> list[str]:
    """Speed beside other libraries and loops by hand, with their hot loops."""
    details = [record["details"] for record in existing_records(*BESIDE)]
    loops = {what: loop for each in details for what, loop in each.get("loops", {}).items()}
    return [*measured_rows(*BESIDE), "", *loops_beside_limits(loops)]


def design_areas(record: dict) -> list[str]:
    """What each family finds for five tasks."""
    found: dict[str, dict[str, str]] = {}
    for row in (row for each in (recorded("design"), record) for row in each["bars"]):
        task, _, rest = row["what"].partition(", ")
        family, over, _ = rest.partition(": best ten, over at most")
        if over:
            found.setdefault(family, {"by": row["run"]["date"][:10]})[task] = figure(row)
    tasks = [name for name in next(iter(found.values())) if name != "by"]
    said = f"{by(record)} and `bench.py design`: area under the mean of the best ten. ± is one standard error."
    rows = ([family, *(each[task] for task in tasks), each["by"]] for family, each in found.items())
    return [said, "", *table((None, *tasks, "measured"), rows)]


def policy_claims(record: dict) -> list[str]:
    """What a policy finds with and without its discriminator and its imitation."""
    rows = [row for row in record["bars"] if row["plan"]["metric"] in POLICY_CLAIMS]
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["what"].removeprefix("celecoxib, ").split(":")[0], []).append(figure(row))
    lines = table((None, *POLICY_CLAIMS.values()), ([side, *cells] for side, cells in found.items()))
    return [f"{by(record)}: celecoxib, three searches each; ± is one standard error.", "", *lines]


def property_sets(record: dict) -> list[str]:
    """The default for properties of molecules and its peers, set by set."""
    rows = [row for row in record["bars"] if row["sides"]]
    names = {"dmpnn": "`dmpnn`", "chemprop": "chemprop", "forest": "`forest`", "boosting": "boosting"}
    names |= {"linear": "`linear`"}
    numbers = lambda row: (f"{row['sides'][side]:.3f}" for side in names)
    cells = ([row["plan"]["data"], *numbers(row), len(row["seeds"]), figure(row).partition(" (")[0], verdict(row)]
             for row in rows)  # fmt: skip
    said = f"{by(record)}: means over scaffold-balanced splits of RMSE, and of ROC-AUC for BBBP, BACE and Tox21. "
    said += "*Better by* is of `dmpnn` over the best other, as a share of its figure; ± is one standard error. "
    titles = ("set", *names.values(), "splits", "better by", "as good")
    return [said + "The bar is a margin for the 90% interval ([systems](systems.md)).", "", *table(titles, cells)]


def decorations() -> list[str]:
    """What two models make of new scaffolds, and swaps of R-groups beside them."""
    records = {family: recorded(name) for family, name in DECORATIONS.items()}
    rows = []
    for family, record in records.items():
        rows += [[f"`{family}`, {how}", record["details"][side]] for how, side in DRAWN.items()]
    rows.append(["R-groups of training molecules, the nearest of 60", record["details"]["nearest_of_60"]])
    keys, count = ("weight", "tpsa", "logp"), 200
    said = f"By {{}} and {{}}: {count} scaffolds that no training molecule has. ± is one standard error. "
    said += "R² is of wanted values against those obtained."
    valid = lambda found: f"{found['valid']:.3f} ± {proportion_se(found['valid'], count):.3f}"
    cells = ([what, valid(found), *(f"{found[key]:.3f}" for key in keys)] for what, found in rows)
    lines = table((None, "valid", "weight, R²", "TPSA, R²", "logP, R²"), cells)
    return [said.format(*map(command_of, records.values())), "", *lines]


SHOWN = {  # page -> mark -> record, and what draws it
    "adversarial.md": {
        "losses": ("gan_losses", gan_losses),
        "augmentation": ("gan_augment", gan_augment),
        "codes": ("gan_codes", gan_codes),
        "truncation": ("gan_style", gan_style),
        "units": ("gan_units", gan_units),
    },
    "design.md": {"areas": ("design_policy", design_areas), "claims": ("design_policy", policy_claims)},
    "latents.md": {"losses": ("attributes", round_trips), "attributes": ("attributes", edits)},
    "metrics.md": {"drawn by docs/draw.py": ("interval_coverage", interval_coverage)},
    "molecules.md": {"moses": ("smiles_models", smiles_models)},
    "points.md": {"qm7": ("points_qm7", points_qm7)},
    "graphs-generated.md": {
        "floors": ("graph_metrics", graph_metrics),
        "generators": ("graph_generators", graph_generators),
    },
    "compression.md": {"compression": ("compression", compression)},
    "properties.md": {"default": ("property_default", property_sets)},
    "proteins.md": {"confidence": ("proteins_confidence", trusted_chains)},
    "sequences.md": {"holes": ("line_holes", line_holes)},
    "speed.md": {"growth": ("growth", growth)},
}


def part(record: str, draw) -> Iterable[str]:
    return draw(recorded(record))


PARTS = {page: {mark: partial(part, *how) for mark, how in marks.items()} for page, marks in SHOWN.items()}
PARTS["speed.md"]["beside"] = beside_others
PARTS["words-and-images.md"] = {"measured": partial(measured_rows, "words_and_images", "recaptions")}
PARTS["molecules.md"]["decorations"] = decorations
PARTS["series.md"] = {"measured": partial(measured_rows, "series_known", "series_sets")}
PHOTOGRAPHS = [f"photographs_{of}" for of in ("reading", "codec", "scenes", "textures", "specimens")]
PARTS["images.md"] = {"photographs": partial(measured_rows, *PHOTOGRAPHS)}
PARTS["motion.md"] = {"measured": partial(measured_rows, "clips", "clips_bodies", "clips_text", "control")}
