"""Tables: families beside the copula and peers, wide tables, holes, loading (rows D4, F5, L1, L3)."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from math import hypot
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd
import torch
from bars import Run, bar, benchmark, details_of, judge, plans
from common import Drawn, Result, apart, data_folder, in_turns, medians, peak_of, se_of
from peers.imputation import fill_forest, fill_neighbours, fill_typical, impute_by_peers

import genwright
from genwright.core.data import Data
from genwright.measure.metrics.table_rows import make_holes
from genwright.measure.sizes import Sizes
from genwright.measure.suite import in_drawn_order
from genwright.measure.suites.tables import Suite
from genwright.zoo import autoregressive
from genwright.zoo.bodies.tables import choose

FAMILIES = ("vae", "flow", "autoregressive", "flow-matching")
TABLES = ("adult", "diamonds", "california-housing")
ADULT = (("column_error", 4, -1), ("pair_error", 8, -1), ("tstr", 0.89, 1))
PUBLISHED = "published: CTGAN 16.8 / 20.2 / 0.886, TabDDPM 1.75 / 3.0 / 0.907"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}


@benchmark(tiny={"minutes": 0.1, "seeds": 1, "data": ("california-housing",), "workers": 1})
def tables(
    run: Run, minutes: float = 5.0, seeds: int = 3, data: tuple[str, ...] = (*TABLES, "penguins"),
    families: tuple[str, ...] = FAMILIES, workers: int = 2,
) -> Result:  # fmt: skip
    """Tables: the best family against the Gaussian copula, and its completions against what people use to fill holes.

    For each table and seed the families share the minutes equally. The family that draws is the one whose samples trees
    tell least from validation rows; the family that completes, the one with the smallest imputation error there. Test
    rows judge. On penguins a short comparison must say in its advice how the simple baselines fare. Workers are
    processes of one thread, each with a table and seed of its own.
    """
    names = [name for name in data if name != "penguins"]
    os.environ |= ONE_THREAD  # of the workers, which begin anew
    with ProcessPoolExecutor(workers, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        call = lambda name, seed: pool.submit(one_seed, run, name, families, minutes, seed)
        futures = {name: [call(name, seed) for seed in range(seeds)] for name in names}
        for future in (future for each in futures.values() for future in each):
            future.result()
    found = {name: [run.part(f"{name}-{seed}") for seed in range(seeds)] for name in names}
    rows = [row for name in names for row in table_rows(name, found[name])]
    if "penguins" in data:
        compare = genwright.compare("penguins", minutes=min(minutes, 1.0), seed=0, out=run.begin("penguins"))
        said = " ".join(line for line in compare.results["advice"] if "the simple baseline" in line)
        what = "penguins, advice on simple baselines"
        rows.append(bar("L1", what, "said when they win", said or "nothing said", bool(said)))
    return rows, {"minutes": minutes, "seeds": seeds, "families": families, **found}


def one_seed(run: Run, name: str, families: tuple[str, ...], minutes: float, seed: int) -> None:
    """Keeps who was picked, and metrics by role on test rows (draws, completes, copula, reference, mean, neighbours,
    forest) and, by family, on validation rows."""
    data, place, share = genwright.load_data(name), f"{name}-{seed}", minutes / len(families)
    validation = replace(data, items={**data.items, "test": data.valid, "valid": data.valid.iloc[:0]}, encoded={})
    on_valid, on_test = Suite(validation, seed), Suite(data, seed)
    as_json = lambda metrics: {name: metric.to_json() for name, metric in metrics.items()}

    def measured(suite: Suite, part: str, family: str, time: float) -> dict:
        fit = lambda: run.fit(data, family, f"run-{place}-{family}", minutes=time, seed=seed)
        return run.kept(f"{place}-{part}", lambda: as_json(suite.measure(fit()).metrics))

    valid = {family: measured(on_valid, f"valid-{family}", family, share) for family in families}
    least = lambda metric: min((f for f in families if metric in valid[f]), key=lambda f: valid[f][metric]["value"])
    picked = {"draws": least("two_sample_auc"), "completes": least("imputation_error")}
    roles = {role: measured(on_test, f"test-{family}", family, share) for role, family in picked.items()}
    roles["copula"] = measured(on_test, "copula", "copula", minutes)
    roles["reference"] = run.kept(f"{place}-reference", lambda: as_json(on_test.reference()))
    others = run.kept(f"{place}-peers", lambda: as_json(impute_by_peers(on_test, 20_000)))
    roles |= {other: {"imputation_error": metric} for other, metric in others.items()}
    run.kept(place, lambda: {"picked": picked, "test": roles, "validation": valid})


def table_rows(name: str, runs: list[dict]) -> list[dict]:
    called = lambda role: ", ".join(dict.fromkeys(one["picked"][role] for one in runs))
    drawn, filled, rows = called("draws"), called("completes"), []

    def over_seeds(role: str, metric: str) -> tuple[float, float]:
        """Mean over seeds, and its standard error: between seeds, and over rows, many of which all seeds share."""
        each = [one["test"][role][metric] for one in runs]
        values = [metric["value"] for metric in each]
        return float(np.mean(values)), hypot(se_of(values), float(np.mean([metric["se"] for metric in each])))

    for metric, sign in (("tstr", 1), ("pair_error", -1)):
        (a, se_a), (b, se_b) = (over_seeds(role, metric) for role in ("draws", "copula"))
        gap, se = sign * (a - b), hypot(se_a, se_b)
        what = f"{name}, {drawn} over copula, {metric} ({a:.4g} against {b:.4g})"
        rows.append(bar("L1", what, "> 2 standard errors", round(gap / se, 1), gap > 2 * se, "standard errors"))
    for metric, limit, sign in ADULT if name == "adult" else ():
        (value, se), wanted = over_seeds("draws", metric), f"{'>=' if sign > 0 else '<='} {limit} ({PUBLISHED})"
        unit = runs[0]["test"]["draws"][metric]["unit"]
        rows.append(judge("L1", f"{name}, {drawn}, {metric}", wanted, value, 3, unit, se))
    error, se = over_seeds("completes", "imputation_error")
    for other, share in (("neighbours", 1.0), ("forest", 1.05)):
        limit = share * over_seeds(other, "imputation_error")[0]
        what = f"{name}, {filled}, imputation error against {other}"
        rows.append(bar("L3", what, f"<= {limit:.3f}", round(error, 3), error <= limit, "sd", round(se, 3)))
    value, se = over_seeds("completes", "coverage")
    what, met = f"{name}, {filled}, coverage of 90% intervals", 0.85 <= value <= 0.95
    return [*rows, bar("L3", what, "0.85 to 0.95", round(value, 3), met, se=round(se, 3))]


# ---------------------------------------------------------------------- peers

OURS, PEERS = ("autoregressive", "flow-matching", "vae", "mixture"), ("CTGAN", "TVAE")


@benchmark(peer="ctgan", tiny={"seconds": 1.0, "seeds": 1})
def table_peers(run: Run, seconds: float = 25.0, seeds: int = 3) -> Result:
    """Rows of Adult by our families and by CTGAN and TVAE: what samples teach after the same seconds of training, and
    how many rows are drawn a second.

    One thread. The peers count epochs: as many as fit into the seconds, by what one and three of them take. Samples are
    as many as training rows, and each teaches the trees that all others teach (`tstr`: ROC-AUC on test rows). Drawing
    ends with a table in the user's form; processor time, in turns, medians of a model a family.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("adult")
    suite, n, samplers, taught = Suite(data), len(data.train), {}, {name: [] for name in (*OURS, *PEERS)}
    for seed in range(seeds):
        for name, scores in taught.items():
            if name in OURS:
                model = run.fit(data, name, minutes=seconds / 60, seed=seed)
                samplers[name] = lambda n, model=model, seed=seed: model.sample(n, seed=seed)
            else:
                samplers[name] = peer_sampler(name, data, seconds, seed)
            scores.append(suite.measure(Drawn(samplers[name](n))).metrics["tstr"].value)
    calls = {name: lambda draw=draw: len(draw(n)) for name, draw in samplers.items()}
    speeds = {name: round(1 / each) for name, each in medians(in_turns(calls, 5, untimed=0)).items()}
    row = lambda scores: {"tstr": float(np.mean(scores)), "se": se_of(scores) if seeds > 1 else None}
    rows = {name: row(scores) | {"rows a second": speeds[name]} for name, scores in taught.items()}
    peers, tvae = max(rows[name]["tstr"] for name in PEERS), rows["TVAE"]
    best = max(OURS, key=lambda name: rows[name]["tstr"])
    better = [name for name in OURS if rows[name]["tstr"] > tvae["tstr"]]
    fast = max(better, key=lambda name: rows[name]["rows a second"], default=None)
    said, drawn = f"adult, {seconds:g} seconds of training", rows[fast]["rows a second"] if fast else 0
    beside = f"whose samples teach {rows[fast or best]['tstr']:.3f} against TVAE's {tvae['tstr']:.3f}"
    what, teaches = f"{said}: what samples of {best} teach, beside CTGAN and TVAE", rows[best]["tstr"]
    return [
        bar("L1", what, f"> {peers:.3f}", round(teaches, 3), teaches > peers, "ROC-AUC"),
        judge("L1", f"{said}: rows drawn a second by {fast}, {beside}", f">= {tvae['rows a second']:,}", drawn,
              unit="rows/s"),
    ], {"seconds": seconds, "seeds": seeds, "families": rows}  # fmt: skip


def peer_trainer(name: str, data: Data, seed: int) -> Callable[[int], tuple[Callable[[int], pd.DataFrame], float]]:
    """A function of the epochs to train: it gives what draws n rows, and the processor seconds of the training."""
    import ctgan

    absent = "(absent)"  # the peers know no missing categories
    named = [column for column in data.train if not pd.api.types.is_numeric_dtype(data.train[column])]
    train = data.train.astype({column: object for column in named}).fillna(dict.fromkeys(named, absent))

    def trained(epochs: int) -> tuple[Callable[[int], pd.DataFrame], float]:
        torch.manual_seed(seed)
        np.random.seed(seed)
        model, start = getattr(ctgan, name)(epochs=epochs, enable_gpu=False), process_time()
        with catch_warnings():
            simplefilter("ignore")
            model.fit(train, named)
        return lambda n: model.sample(n).replace({column: {absent: None} for column in named}), process_time() - start

    return trained


def epochs_in(seconds: float, one: float, three: float) -> int:
    """Epochs that fit, by the seconds of one and of three."""
    return max(1, round((seconds - one) / ((three - one) / 2)) + 1)


def peer_sampler(name: str, data: Data, seconds: float, seed: int) -> Callable[[int], pd.DataFrame]:
    trained = peer_trainer(name, data, seed)
    return trained(epochs_in(seconds, trained(1)[1], trained(3)[1]))[0]


SAME, OF_CTGAN = plans(
    {
        "same": ("abalone: `measure` of a run's file less its suite's numbers", "largest difference", "<= 1e-12"),
        "page": ("abalone: metrics of CTGAN's file on the page of `measure`, beside ours", "metrics", ">= 5"),
    },
    system="L1", data="abalone", split="test", seeds=(0,), minutes=2.0, budget="2 minutes of one core, each side",
).values()  # fmt: skip


@benchmark(peer="ctgan", tiny={"seconds": 1.0}, plans=("SAME", "OF_CTGAN"))
def measure_samples(run: Run, seconds: float = 120.0) -> Result:
    """`genwright measure real.csv ours.csv CTGAN.csv`: our file has the numbers that a suite gives the same rows, seed
    and count, and the file of another tool stands beside it on the page.

    Both sides learn from the training rows of abalone and write as many rows as that has. The page stays in --folder.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("abalone")
    model, n = run.fit(data, "autoregressive", minutes=seconds / 60, seed=0), len(data.test)
    ours, theirs = run.folder / "ours.csv", run.folder / "CTGAN.csv"
    model.domain.write(model.sample(n, seed=0), ours)
    peer_sampler("CTGAN", data, seconds, 0)(n).to_csv(theirs, index=False)
    done = genwright.measure(data, [ours, theirs], seed=0, out=run.folder / "page", progress=False)
    mine, other = (row["metrics"] for row in done.results["models"])
    suite = Suite(data, 0)
    suite.sizes = Sizes(suite.sizes.full | {"samples": n, "attacked": n}, None)
    wanted = suite.measure(Drawn(pd.read_csv(ours))).metrics
    off = {name: abs(metric["value"] - wanted[name].value) for name, metric in mine.items()}
    return [SAME.row(max(off.values()), digits=15), OF_CTGAN.row(len(other))], {"ours": mine, "CTGAN": other}


# ---------------------------------------------------------------------- many columns

COLUMNS, ROWS, ROUNDS, STEPS = (30, 100, 300), 2_520, 5, 30
MINUTES, OWN = 2.0, 50_000  # of training, each side; hidden units, more than any table here takes
BACE, LIPOPHILICITY = "bace's numbers", "descriptors of lipophilicity"
WIDE = plans(
    {
        ("step", family): (f"{family}: a step at {COLUMNS[-1]} columns over one at {COLUMNS[0]}",
                           "median seconds of training a step", "<= 12 times",
                           {"system": system, "data": f"made tables of {ROWS:,} rows", "split": "train",
                            "budget": f"{ROUNDS} rounds of {STEPS} steps", "minutes": 0.0,
                            "sides": tuple(f"at_{columns}" for columns in COLUMNS)})
        for system, family in (("D4", "autoregressive"), ("C1", "flow"))
    } | {
        ("gain", name): (f"{name}: gained by shared hidden units: as good", "nats a row, mean of differences",
                         ">= 0 nats", {"data": name, "margin": 0.05, "check": name in TABLES})  # one network there
        for name in (*TABLES, BACE, LIPOPHILICITY)
    },
    system="D4", split="test", seeds=(0,), budget=f"{MINUTES:g} minutes of one core, each side", minutes=MINUTES,
)  # fmt: skip


@benchmark(plans=("WIDE",))
def wide_tables(run: Run) -> Result:
    """Tables of many columns: what a step costs as columns grow, and the likelihood with and without shared hidden
    units.

    Steps: `autoregressive` and `flow` on made tables of 2,520 rows, sizes in turns. Likelihood: `autoregressive` as it
    is, whose columns share hidden units above a width, and with units of their own for each column, as many minutes for
    each; both are scored on the same test rows. A table on which the two are the same network is not trained twice. The
    wide tables are the numbers that come with the molecules of BACE, and RDKit's descriptors of Lipophilicity.
    """
    torch.set_num_threads(1)

    def made(columns: int) -> pd.DataFrame:
        """Rows about a plane of four dimensions."""
        rng = np.random.default_rng(0)
        x = rng.normal(size=(ROWS, 4)) @ rng.normal(size=(4, columns)) + rng.normal(size=(ROWS, columns))
        return pd.DataFrame(x.round(2)).add_prefix("c")

    data, rows, steps = {columns: genwright.load_data(made(columns)) for columns in COLUMNS}, [], {}
    cost = lambda model: model.config["outcome"]["seconds"] / STEPS
    for family in ("autoregressive", "flow"):
        turns = [[cost(run.fit(data[c], family, preset="small", steps=STEPS)) for c in COLUMNS] for _ in range(ROUNDS)]
        steps[family] = {c: round(median(each), 4) for c, each in zip(COLUMNS, zip(*turns))}
        sides = {f"at_{c}": seconds for c, seconds in steps[family].items()}
        rows.append(WIDE["step", family].row(sides["at_300"] / sides["at_30"], digits=1, **sides))
    names = (*TABLES, BACE, LIPOPHILICITY)
    tables = {name: run.kept(name.replace(" ", "-"), lambda: shared_units(run, name)) for name in names}
    return rows + gain_rows(tables), {"seconds a step": steps, "tables": tables}


def gain_rows(tables: dict[str, dict]) -> list[dict]:
    """tables: {name: its gain and the standard error of that, or that both sides are one network}."""
    gain = lambda found: (found.get("gain", 0.0), found.get("se", 0.0))
    return [WIDE["gain", name].row(*gain(found), digits=2) for name, found in tables.items()]


def shared_units(run: Run, name: str) -> dict:
    """Nats a test row by either network, and their difference by rows, with its standard error."""
    if name in TABLES:
        data = genwright.load_data(name)
    elif name == BACE:
        data = genwright.load_data(pd.read_csv(data_folder("moleculenet", "bace.csv.gz")).select_dtypes("number"))
    else:
        from rdkit import Chem
        from rdkit.Chem.Descriptors import CalcMolDescriptors

        molecules = map(Chem.MolFromSmiles, pd.read_csv(data_folder("moleculenet", "Lipophilicity.csv.gz")).smiles)
        data = genwright.load_data(pd.DataFrame([CalcMolDescriptors(molecule) for molecule in molecules]))
    spec = data.domain.spec
    hyper = autoregressive.TABLES[choose(autoregressive.TABLES, spec, data.domain.given, len(data.train))]
    found, nats = {"columns": len(spec.columns), "rows": len(data.train)}, {}
    if len(spec.columns) * hyper.units <= hyper.hidden:
        return found | {"the same network": True}
    for side, numbers in (("shared", {}), ("own", {"hidden": OWN})):
        model = run.fit(data, "autoregressive", minutes=MINUTES, hyperparameters=numbers)
        nats[side] = model.log_prob(data.test).nats
        found[side] = {"nats": float(nats[side].mean()), "items": model.config["outcome"]["items"]}
    by_row = nats["shared"] - nats["own"]
    return found | {"gain": float(by_row.mean()), "se": se_of(by_row)}


# ---------------------------------------------------------------------- holes

FILLERS, FILLED_BY = ("flow-matching", "diffusion"), ("mean", "neighbours", "forest")
IMAGE_PEERS = ("the mean image", "the nearest image")
HOLES = plans(
    {
        "tables": ("families whose imputation error is below mean, neighbours and forest on all three tables",
                   "families", ">= 1", {"data": ", ".join(TABLES), "sides": FILLERS}),
        **{(name, family): (f"{name}, {family}: imputation error over the least of mean, neighbours and forest",
                            "ratio", "shown", {"data": name, "sides": (family, *FILLED_BY)})
           for name in TABLES for family in FILLERS},
        **{("mnist", family, peer): (
               f"mnist halves, {family}: squared error of the mean of 50 samples over that of {peer}",
               "ratio of squared errors of lower halves", "< 1", {"sides": (family, peer)})
           for family in FILLERS for peer in IMAGE_PEERS},
        **{("mnist", family, "resample"): (f"mnist halves, {family}: squared error of resample over trained",
                                           "ratio of squared errors of lower halves", "shown",
                                           {"sides": ("resample", "trained")}) for family in FILLERS},
    },
    system="F5", data="mnist", split="test", seeds=(0,), minutes=5.0, budget="5 minutes of one core",
)  # fmt: skip


@benchmark(plans=("HOLES",), tiny={"images": 5, "resampled": 2, "test_rows": 32, "draws": 2})
def imputation(run: Run, images: int = 100, resampled: int = 5, test_rows: int = 1_024, draws: int = 50) -> Result:
    """Holes in tables and halves of images: models that remove noise against what people use (row F5).

    Tables: 30% of the cells of test rows are hidden, and `complete(estimate="mean")` fills them. The mean, the nearest
    neighbours (scikit-learn's KNNImputer) and an iterative forest (missForest) fill the same cells. Images: the lower
    half of test images, by the mean of 50 samples, the mean training image, and the lower half of the nearest training
    image. Labels are left out on all sides. `resample` completes the images a second time, for reading. All of it takes
    about an hour of one core. So each table has 1,024 test rows, and 100 test images are completed, 5 by `resample`,
    which makes ten times the calls. All sides learn from all training rows.
    """
    torch.set_num_threads(1)
    fit = lambda data, family: run.fit(data, family, f"run-{data.name}-{family}", minutes=5.0, seed=0)

    def on_table(name: str, part: str) -> dict:
        data = in_drawn_order(genwright.load_data(name), None, 0)
        train, test = (data.tensors(each).x.double().numpy() for each in ("train", "test"))
        holes = make_holes(data, test, data.domain.spec, 0, test_rows)
        if part == "peers":
            given = holes.x, train, holes.spec
            guesses = {"mean": fill_typical(*given), "neighbours": fill_neighbours(*given)}
            guesses["forest"] = fill_forest(*given, 0)
        else:
            filled = fit(data, part).complete(holes.items, estimate="mean", draws=draws, seed=0)
            guesses = {part: data.domain.encode(filled)[0].double().numpy()}
        return {side: holes.error(guess, train, 0).value for side, guess in guesses.items()}

    def on_images(part: str) -> dict:
        """Squared errors of the lower halves of test images, pixels from 0 to 1, one an image."""
        data = genwright.load_data("mnist")
        x, train = np.asarray(data.test)[np.random.default_rng(0).permutation(len(data.test))[:images]], data.train
        half, train = x.shape[1] // 2, np.asarray(train)
        error = lambda guess, x: (((guess - x[:, half:].astype(float)) / 255) ** 2).mean((1, 2, 3)).tolist()
        if part == "peers":
            flat = lambda images: images[:, :half].reshape(len(images), -1).astype(np.float32)
            squares = (flat(train) ** 2).sum(1) - 2 * flat(x) @ flat(train).T
            guesses = dict(zip(IMAGE_PEERS, (train[:, half:].mean(0), train[squares.argmin(1), half:])))
            return {peer: error(guess.astype(float), x) for peer, guess in guesses.items()}
        model, known, found = fit(data, part), np.repeat(np.arange(x.shape[1]) < half, x.shape[2]), {}
        for method, name, items in (("trained", part, x), ("resample", f"{part} resample", x[:resampled])):
            how = dict(draws=draws, given={}, seed=0, method=method)
            drawn = model.complete(items, known.reshape(x.shape[1:3]), **how)
            found[name] = error(np.asarray(drawn)[:, :, half:].mean(0), items)
        return found

    each = (*FILLERS, "peers")
    errors = {n: [run.kept(f"{n}-{part}", lambda: on_table(n, part)) for part in each] for n in TABLES}
    halves = [run.kept(f"mnist-{part}", lambda: on_images(part)) for part in each]
    tables = {name: {side: e for part in parts for side, e in part.items()} for name, parts in errors.items()}
    halves = {side: e for part in halves for side, e in part.items()}
    least = {name: min(error[peer] for peer in FILLED_BY) for name, error in tables.items()}
    wins = {family: int(all(tables[name][family] < least[name] for name in TABLES)) for family in FILLERS}
    found = [HOLES["tables"].row(sum(wins.values()), **wins)]
    for name, error in tables.items():
        for family in FILLERS:
            sides = {side: round(error[side], 4) for side in (family, *FILLED_BY)}
            found.append(HOLES[name, family].row(error[family] / least[name], **sides))
    for (_, family, peer), plan in ((key, plan) for key, plan in HOLES.items() if key[0] == "mnist"):
        names = (f"{family} resample", family) if peer == "resample" else (family, peer)
        first, second = (np.array(halves[name])[: len(halves[names[0]])] for name in names)
        value = first.mean() / second.mean()
        means = {side: round(float(np.mean(part)), 4) for side, part in zip(plan.sides, (first, second))}
        found.append(plan.row(value, se_of(first - value * second) / second.mean(), **means))
    return found, {"tables": tables, "images": halves}


# ---------------------------------------------------------------------- loading

LONG = 10_000_000


def make_table(name: str, folder: Path) -> None:
    """Write the files of a measurement."""
    rng = np.random.default_rng(0)
    holes = lambda values, share: pd.Series(values).mask(rng.random(len(values)) < share)
    if name == "csv":
        n = 1_000_000
        day = np.datetime64("2015-01-01") + rng.integers(0, 3650, n)
        town = rng.choice([f"town {k}" for k in range(200)], n)
        table = {"age": rng.integers(18, 95, n), "visits": holes(rng.poisson(4, n), 0.05).astype("Int64")}
        table |= {"account": rng.integers(10**8, 10**9, n), "price": rng.lognormal(4, 1, n).round(2)}
        table |= {"score": holes(rng.normal(size=n), 0.02), "grade": rng.choice(list("ABCDE"), n)}
        table |= {"town": holes(town, 0.03), "day": day.astype(str)}
        pd.DataFrame(table).to_csv(folder / "csv.csv", index=False)
    elif name == "array":
        np.save(folder / "array.npy", rng.normal(size=(1_000_000, 10)))
    elif name == "wide":
        wide = pd.DataFrame(rng.normal(size=(40, 4000)).round(3)).add_prefix("c")
        wide.to_csv(folder / "wide.csv", index=False)
    elif name == "nodes":
        x = pd.DataFrame((rng.random((2995, 2879)) < 0.02).astype(int)).add_prefix("w")
        x.insert(0, "id", [f"p{k}" for k in range(2995)])
        x.assign(**{"class": rng.choice(list("abcdefg"), 2995)}).to_csv(folder / "nodes.csv", index=False)
        ends = pd.DataFrame(rng.integers(0, 2995, (8000, 2)), columns=["source", "target"])
        ends.map("p{}".format).to_csv(folder / "edges.csv", index=False)
    else:
        n = LONG // 20
        for part in range(20):
            table = {"age": rng.integers(18, 95, n), "price": rng.lognormal(4, 1, n).round(2)}
            table |= {"score": rng.normal(size=n).round(6), "grade": rng.choice(list("ABCDE"), n)}
            table |= {"count": rng.poisson(300, n), "share": rng.beta(2, 5, n).round(7)}
            pd.DataFrame(table).to_csv(folder / "rows.csv", index=False, mode="a", header=part == 0)


def read_frame(folder: Path) -> Callable[[], Any]:
    (folder / "small.csv").write_text("a,b\n1,x\n2,y\n")
    pd.read_csv(folder / "small.csv")
    return lambda: pd.read_csv(folder / "csv.csv")


def read_parquet(folder: Path) -> Callable[[], Any]:
    import polars

    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_parquet(folder / "small.parquet")
    polars.read_parquet(folder / "small.parquet")
    return lambda: polars.read_parquet(folder / "csv.parquet")


def load_file(folder: Path, file: str, **options: str) -> Callable[[], Any]:
    genwright.load_data(pd.DataFrame({"a": range(40), "b": list("xyzw") * 10}))
    table = pd.DataFrame({"id": list("abcd"), "x": [1, 2, 1, 3], "y": list("abab")})
    edges = pd.DataFrame({"source": list("abc"), "target": list("bcd")})
    genwright.load_data(edges, nodes=table, target="y")
    return lambda: genwright.load_data(folder / file, **options)


def load_nodes(folder: Path) -> Callable[[], Any]:
    return load_file(folder, "edges.csv", nodes=folder / "nodes.csv", target="class")


def fit_rows(folder: Path, family: str) -> Callable[[], Any]:
    load = load_file(folder, "rows.csv")
    small = pd.DataFrame({"a": [k / 7 % 1 for k in range(400)], "b": list("xyzw") * 100})
    genwright.fit(small, family, items=512, progress=False).sample(300)

    def whole() -> None:
        model = genwright.fit(load(), family, minutes=0.5, progress=False, seed=0)
        model.domain.write(model.sample(LONG, seed=0), folder / "drawn.csv")

    return whole


WORK = {"pandas": read_frame, "polars": read_parquet, "file": load_file, "nodes": load_nodes, "rows": fit_rows}
LOADED = {  # what, how it is loaded, seconds at most
    "array": ("an array of 10^6 x 10", ("file", "array.npy"), 4),
    "wide": ("4,000 columns x 40 rows", ("file", "wide.csv"), 3),
    "nodes": ("2,995 nodes x 2,879 columns of 0 and 1", ("nodes",), 3),
}
FILES = ("csv", *LOADED, "rows")


def measure_work(folder: str, name: str, *words: str) -> dict:
    """Seconds of the processor of some work, and the bytes by which its peak is above what the process held before."""
    work, start = WORK[name](Path(folder), *words), process_time()
    peak = peak_of(work)
    return {"seconds": process_time() - start, "bytes": 2**20 * peak}


def work_in_turns(folder: Path, sides: dict[str, tuple[str, ...]], turns: int) -> dict[str, list[dict]]:
    """{side: what `measure_work` finds of it in each turn}, in processes of their own."""
    measure = lambda side: apart(measure_work, str(folder), *side, GENWRIGHT_MAX_SIZE="8G")
    found = [{name: measure(side) for name, side in sides.items()} for _ in range(turns)]
    return {name: [turn[name] for turn in found] for name in sides}


@benchmark(tiny={"only": ("wide",), "turns": 1})
def load_tables(run: Run, only: tuple[str, ...] = FILES, turns: int = 3) -> Result:
    """How long `load_data` takes and how much memory, beside pandas' read_csv of the same file, and what large tables
    take.

    Each measurement is a process of its own, in turns with pandas' where the two are compared. It loads a small table
    first, so that imports do not count; then its processor time is taken, and its peak memory beyond what it held
    before. --only: csv array wide nodes rows.
    """

    def middle(folder: Path, sides: dict[str, tuple[str, ...]]) -> dict[str, dict]:
        """Medians of each side."""
        taken = work_in_turns(folder, sides, turns)
        return {name: {key: median(turn[key] for turn in each) for key in each[0]} for name, each in taken.items()}

    times = lambda what, limit, ratio: judge("loading", what, limit, ratio, 2, "times")
    details = details_of("load_tables")  # of those not measured now
    for name in only:
        with run.fresh() as folder:
            make_table(name, folder)
            if name == "csv":
                found = middle(folder, {"pandas": ("pandas",), "genwright": ("file", "csv.csv")})
                ratio = {key: found["genwright"][key] / found["pandas"][key] for key in ("seconds", "bytes")}
                what = "load_data of a CSV of 10^6 x 8"
                rows = [times(f"{what}: time", "<= 4 times pandas.read_csv", ratio["seconds"])]
                rows.append(times(f"{what}: memory", "<= 3 times pandas.read_csv", ratio["bytes"]))
            elif name == "rows":
                found, rows = {"file": (folder / "rows.csv").stat().st_size}, []
                for family in ("copula", "vae"):
                    found[family] = apart(measure_work, str(folder), "rows", family, GENWRIGHT_MAX_SIZE="8G")
                    what = f"10^7 rows loaded, {family} fitted for half a minute, 10^7 drawn and written: peak memory"
                    rows.append(times(what, "< 3 times the file", found[family]["bytes"] / found["file"]))
            else:
                what, load, limit = LOADED[name]
                found = middle(folder, {"ours": load})["ours"]
                rows = [judge("loading", f"load_data of {what}", f"<= {limit} s", found["seconds"], 2, "s")]
        details[name] = {"bars": rows, "measured": found}
    return [row for name in FILES for row in details.get(name, {"bars": []})["bars"]], details
