"""Graphs of made worlds (rows H9): triples beside PyKEEN, the direction of mails, and labels that lie hops away."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import torch
from bars import Run, benchmark, plans
from common import Result, se_of
from peers.pykeen import SETTINGS, filtered_mrr, published
from sklearn.metrics import roc_auc_score

import genwright
from genwright.core.data import Data
from genwright.graphs.measure.predictions_suite import links_suite
from genwright.run.tasks import task_of

RINGS, POSITIONS, TWINS = 5, 20, 3  # entities: rings of positions, with some entities at each
STEPS = {  # how far a relation leads along its ring
    "next": 1, "previous": -1, "after two": 2, "before two": -2, "opposite": POSITIONS // 2,
    "third": 3, "fourth": 4, "seventh": 7,
}  # fmt: skip
KEPT, NOISE = 0.5, 0.02  # share of the true triples that are there, and of false ones beside them


def ring_world(seed: int) -> np.ndarray:
    """Triples (n, 3) of words: every relation leads a number of steps along a ring. `opposite` is symmetric, two pairs
    of relations are inverse, and others are compositions: `third` is `next` after `after two`."""
    rng = np.random.default_rng(seed)
    name = lambda ring, position, twin: f"r{ring}p{position % POSITIONS}t{twin}"
    triples = [
        (name(ring, position, a), relation, name(ring, position + step, b))
        for ring in range(RINGS) for position in range(POSITIONS) for a in range(TWINS) for b in range(TWINS)
        for relation, step in STEPS.items()
    ]  # fmt: skip
    rows = np.array(triples, dtype=object)[rng.random(len(triples)) < KEPT]
    false = rows[rng.permutation(len(rows))[: int(NOISE * len(rows))]].copy()
    false[:, 2] = rows[rng.permutation(len(rows))[: len(false)], 2]
    rows = np.concatenate([rows, false])
    return np.unique(rows[rng.permutation(len(rows))].astype(str), axis=0)


SECONDS = 6.0
FAMILIES = ("distmult", "rotate")
BUDGET = f"{SECONDS:g} s of the processor for each training of each side"
SETS = {"ring": (0, 1, 2), "umls": (0,), "kinships": (0,)}  # and the seeds of their trainings
TRIPLES = {
    name: plans(
        {
            family: (
                f"{name}: {family}, filtered MRR, less that of PyKEEN's after equal seconds", "test MRR", ">= 0 of 1",
                {"sides": (family, f"PyKEEN {family}"), "margin": 0.02},
            )
            for family in FAMILIES
        },
        system="H9", data=name, split="test", seeds=seeds, budget=BUDGET,
        repeated="trainings" if len(seeds) > 1 else "",
    )
    for name, seeds in SETS.items()
}  # fmt: skip
TRIPLE_PLANS = {(name, family): plan for name, rows in TRIPLES.items() for family, plan in rows.items()}


def triples_of(name: str) -> Data:
    """The task on the made world, or on a published set in its split."""
    source = pd.DataFrame(ring_world(0), columns=["head", "relation", "tail"]) if name == "ring" else published(name)
    return task_of(genwright.load_data(source, task="relations"), "relations")


def our_mrr(task: Data, family: str, seconds: float, seed: int) -> dict[str, float]:
    """Test MRR of a family, and the seconds that training took."""

    def trained(epochs: int):
        start = time.process_time()
        model = genwright.fit(task, family, epochs=epochs, seed=seed, progress=False)
        return model, time.process_time() - start

    first, second = trained(1)[1], trained(5)[1]
    epoch = max((second - first) / 4, 1e-3)
    model, taken = trained(max(1, int((seconds - (first - epoch)) / epoch)))
    ranks = model.ranks(task)[["head_rank", "tail_rank"]].to_numpy()
    return {"mrr": float((1 / ranks).mean()), "seconds": taken}


def words_of(task: Data) -> dict[str, np.ndarray]:
    """{part: its true triples (n, 3) as words}, for a peer."""
    domain, found = task.domain, {}
    for part in ("train", "valid", "test"):
        items = task.tensors(part)
        found[part] = domain.named(task, items.x[items.target.y[:, 0] == 1]).to_numpy(str)
    return found


@benchmark(plans=("TRIPLE_PLANS",), peer="pykeen", tiny={"seconds": 0.5, "sets": ("umls",)})
def triples(run: Run, seconds: float = SECONDS, sets: tuple[str, ...] = tuple(SETS)) -> Result:
    """Triples by DistMult and RotatE, beside PyKEEN's after as many seconds of one core.

    The made world has symmetric, inverse and composed relations. UMLS and Kinships are those that PyKEEN ships, in
    their split. PyKEEN trains by its defaults, against 64 negatives, and against all entities; the best of these on
    validation triples counts. Ours is the usual preset.
    """
    torch.set_num_threads(1)
    rows, details = [], {}
    for name in sets:
        task = triples_of(name)
        parts = words_of(task)
        for family in FAMILIES:
            tried = {
                setting: run.kept(
                    f"{name}-{family}-{number}", lambda: filtered_mrr(parts, family, setting, seconds, 0, "valid")
                )
                for number, setting in enumerate(SETTINGS)
            }
            setting = max(SETTINGS, key=lambda one: tried[one]["mrr"])
            pairs = [
                (
                    run.kept(f"{name}-{family}-ours-{seed}", lambda: our_mrr(task, family, seconds, seed)),
                    run.kept(
                        f"{name}-{family}-peer-{seed}", lambda: filtered_mrr(parts, family, setting, seconds, seed)
                    ),
                )
                for seed in SETS[name]
            ]
            gaps = [ours["mrr"] - theirs["mrr"] for ours, theirs in pairs]
            means = {side: float(np.mean([pair[i]["mrr"] for pair in pairs])) for i, side in
                     enumerate((family, f"PyKEEN {family}"))}  # fmt: skip
            rows.append(TRIPLE_PLANS[name, family].row(float(np.mean(gaps)), se_of(gaps), **means))
            details[f"{name}, {family}"] = {
                "ours": [ours for ours, _ in pairs], "PyKEEN": [theirs for _, theirs in pairs], "setting": setting,
            }  # fmt: skip
        for family in ("relation-frequency", "relation-rules"):
            details[f"{name}, {family}"] = run.kept(f"{name}-{family}", lambda: our_mrr(task, family, 0.0, 0))
    return rows, details


# ---------------------------------------------------------------------- direction


GROUPS, PEOPLE, BOTH = 4, 300, 0.15  # groups of people, people, share of pairs that write both ways
MAIL_SEEDS = (0, 1, 2)
DIRECTION = plans(
    {
        family: (f"made mails: {family}, AUC of direction, of that of the law", "test AUC", ">= 0.9 of the law's")
        for family in ("gcn", "sage", "gae")
    }
    | {"degree-product": ("made mails: degree-product, the same", "test AUC", "shown")},
    system="H9", data=f"made mails, {PEOPLE} people", split="test", seeds=MAIL_SEEDS, budget="the usual preset",
    repeated="worlds",
)  # fmt: skip


def mail_world(seed: int) -> tuple[pd.DataFrame, dict[tuple[int, int], float]]:
    """Mails (from, to) among people of several groups and ranks, and the log odds of u -> v against v -> u for each
    pair that writes: rank counts, and so does which group writes to which."""
    rng = np.random.default_rng(seed)
    group, rank = rng.integers(GROUPS, size=PEOPLE), rng.normal(size=PEOPLE)
    flow = rng.normal(size=(GROUPS, GROUPS))
    share = np.where(group[:, None] == group, 0.16, 0.05)
    pairs = np.argwhere(np.triu(rng.random((PEOPLE, PEOPLE)) < share, 1))
    u, v = pairs.T
    odds = 1.5 * (rank[u] - rank[v]) + flow[group[u], group[v]] - flow[group[v], group[u]]
    forth = (rng.random(len(pairs)) < 1 / (1 + np.exp(-odds)))[:, None]
    mails, answers = np.where(forth, pairs, pairs[:, ::-1]), np.where(forth, pairs[:, ::-1], pairs)
    mails = np.concatenate([mails, answers[rng.random(len(pairs)) < BOTH]])
    table = pd.DataFrame(mails[rng.permutation(len(mails))], columns=["from", "to"])
    law = dict(zip(map(tuple, pairs.tolist()), odds.tolist()))
    return table, law | {(b, a): -odd for (a, b), odd in law.items()}


@benchmark(plans=("DIRECTION",), tiny={"seeds": (0,), "families": ("degree-product",)})
def link_directions(
    run: Run, seeds: tuple[int, ...] = MAIL_SEEDS, families: tuple[str, ...] = tuple(DIRECTION)
) -> Result:
    """Who writes to whom: AUC of the direction of test links that run one way, against the law's own."""
    torch.set_num_threads(1)

    def measured(family: str, seed: int) -> dict[str, float]:
        table, law = mail_world(seed)
        data = genwright.load_data(table, task="links", seed=seed)
        task = task_of(data, "links")
        suite = links_suite(task)(task)
        pairs = data.node_names[task.tensors("test").x.numpy()[suite.runs]]
        odds = np.array([law[tuple(pair)] for pair in pairs.tolist()])
        own = roc_auc_score(np.repeat([1, 0], len(odds)), np.concatenate([odds, -odds]))
        found = suite.measure(genwright.fit(task, family, seed=seed, progress=False))[0]
        return {"law": float(own)} | {name: found[name].value for name in ("direction", "auc")}

    details = {family: [run.kept(f"{family}-{seed}", lambda: measured(family, seed)) for seed in seeds]
               for family in families}  # fmt: skip
    shares = {family: [one["direction"] / one["law"] for one in found] for family, found in details.items()}
    rows = [DIRECTION[family].row(float(np.mean(found)), se_of(found))
            for family, found in shares.items()]  # fmt: skip
    return rows, details


# ---------------------------------------------------------------------- hops


CLASSES, NODES, DEGREE, SAME, SIGNAL, FEATURES = 4, 600, 5.0, 0.75, 0.08, 32
LABELS = 5  # nodes of each class to train on, and as many to validate on
HOPS = {  # name: family and hyperparameters
    "gcn, 2 layers": ("gcn", {}),
    "gcn, 4 layers": ("gcn", {"layers": 4}),
    "sgc, 2 hops": ("sgc", {"farther": []}),
    "sgc, 16 hops": ("sgc", {"hops": 16, "farther": []}),
    "sgc, hops chosen on validation nodes": ("sgc", {}),
    "label-propagation": ("label-propagation", {}),
    "mlp": ("mlp", {}),
}
HOPS_PLANS = plans(
    {name: (f"planted partition, weak features: {name}", "test accuracy", "shown") for name in HOPS},
    system="H9", data=f"{NODES} nodes, {CLASSES} classes, {LABELS} labels of each", split="test",
    seeds=(0, 1, 2, 3, 4), budget="the usual preset", repeated="worlds",
)  # fmt: skip


def planted_partition(seed: int) -> Data:
    """Labels of the nodes of a planted partition, of which features tell little."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.arange(NODES) % CLASSES)
    same = SAME * DEGREE * CLASSES / NODES
    other = (1 - SAME) * DEGREE * CLASSES / (CLASSES - 1) / NODES
    edges = np.argwhere(np.triu(rng.random((NODES, NODES)) < np.where(label[:, None] == label, same, other), 1))
    means = rng.normal(size=(CLASSES, FEATURES))
    x = SIGNAL * means[label] + rng.normal(size=(NODES, FEATURES))
    part = np.full(NODES, "test", dtype=object)
    for one in range(CLASSES):
        own = rng.permutation(np.flatnonzero(label == one))
        part[own[:LABELS]], part[own[LABELS : 2 * LABELS]] = "train", "valid"
    table = pd.DataFrame(x, columns=[f"x{j}" for j in range(FEATURES)])
    table = table.assign(id=np.arange(NODES), label=[f"class {one}" for one in label], split=part)
    return task_of(genwright.load_data(pd.DataFrame(edges, columns=["source", "target"]), nodes=table, target="label",
                                       undirected=True), "nodes")  # fmt: skip


@benchmark(plans=("HOPS_PLANS",), tiny={"seeds": (0,), "only": ("label-propagation", "sgc, 2 hops")})
def node_hops(run: Run, seeds: tuple[int, ...] = (0, 1, 2, 3, 4), only: tuple[str, ...] = tuple(HOPS)) -> Result:
    """Labels of nodes where features tell little: how many hops a family needs, on planted partitions."""
    torch.set_num_threads(1)

    def measured(name: str, seed: int) -> float:
        task, (family, how) = planted_partition(seed), HOPS[name]
        model = genwright.fit(task, family, seed=seed, progress=False, hyperparameters=how)
        test = task.tensors("test")
        named = model.predict(task.whole).iloc[:, 1:].to_numpy()[test.x].argmax(1)
        return float((named == test.target.y[:, 0].numpy()).mean())

    details = {name: [run.kept(f"{name}-{seed}", lambda: measured(name, seed)) for seed in seeds] for name in only}
    return [HOPS_PLANS[name].row(float(np.mean(found)), se_of(found)) for name, found in details.items()], details
