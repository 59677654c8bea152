"""Densities that are known: divergences, integrals, conditionals (rows C1, C2, D4, E1, L3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from bars import Run, bar, benchmark, judge, plans
from common import Result, se_of
from scipy.ndimage import gaussian_filter

import genwright
from genwright.zoo import registry

MOST = {  # KL(p || q) in nats
    "eight-gaussians": {"flow": 0.03, "autoregressive": 0.03, "flow-matching": 0.08},
    "pinwheel": {"flow": 0.03, "autoregressive": 0.03, "flow-matching": 0.08},
    "checkerboard": {"flow": 0.08, "autoregressive": 0.08, "flow-matching": None},
}
SYSTEMS, FLOWS = {"flow": "C1", "autoregressive": "D4", "flow-matching": "C2"}, ("flow", "flow-matching")
KNOWN = plans(
    {
        (key, name, family): (f"{family}, {name}, {what}", metric, wanted, {"data": name, "system": SYSTEMS[family]})
        for name, limits in MOST.items()
        for family, most in limits.items()
        for key, what, metric, wanted in (
            ("kl", "KL(p || q)", "KL(p || q)", "shown" if most is None else f"<= {most} nats"),
            ("integral", "integral of q less 1", "|integral of q - 1|", "<= 0.01"),
        )
    } | {
        ("apart", name, ""): (f"{name}: flow and flow-matching apart",
                              "|difference of mean log-likelihoods on the same rows|", "<= 0.02 nats",
                              {"data": name, "system": "C2", "sides": FLOWS})
        for name in MOST
    },
    split="test", seeds=(0,), minutes=2.0, budget="2 minutes of one core a family",
)  # fmt: skip


@benchmark(plans=("KNOWN",))
def known_densities(run: Run) -> Result:
    """KL(p || q) of each family on two-dimensional densities that are known in closed form, the integral of q over a
    grid, and how far apart the likelihoods of a flow and of a continuous flow are."""

    def measured(name: str, family: str) -> dict:
        data = genwright.load_data(name)
        model = run.fit(data, family, minutes=2.0, seed=0)
        found, x = model.log_prob(data.test), data.test.to_numpy()
        gap = data.log_density(x) - found.nats
        figures = {"kl": float(gap.mean()), "se": se_of(gap), "nats": float(found.nats.mean()), "kind": found.kind}
        return figures | {"integral": integral(model, data), "n": len(x), "items": model.config["outcome"]["items"]}

    each = lambda name: {family: run.kept(f"{name}-{family}", lambda: measured(name, family)) for family in SYSTEMS}
    found, rows = {name: each(name) for name in MOST}, []
    for (key, name, family), plan in KNOWN.items():
        part = found[name].get(family)
        if key == "kl":
            rows.append(plan.row(part["kl"], part["se"]))
        elif key == "integral":
            rows.append(plan.row(abs(part["integral"] - 1)))
        else:
            sides = {side: found[name][side]["nats"] for side in FLOWS}
            rows.append(plan.row(abs(sides["flow"] - sides["flow-matching"]), **sides))
    return rows, found


def box_of(data) -> tuple[np.ndarray, np.ndarray]:
    """Ends (2,) of the box of the data, a margin of a quarter around it."""
    values = data.train.to_numpy()
    low, high = values.min(0), values.max(0)
    return low - 0.25 * (high - low), high + 0.25 * (high - low)


def integral(model, data, cells: int = 100) -> float:
    """Integral of q over the box of the data by the midpoint rule. Cells end at the edges of each column's histogram as
    well, since there a density may jump: on a grid that does not know them, a bin counts for as many midpoints as
    happen to fall into it."""
    edges = [leaf.shift + leaf.scale * np.array(leaf.marginal.edges) for leaf in data.domain.spec.columns]
    sides = zip(*box_of(data), edges)
    ends = [np.union1d(np.linspace(a, b, cells + 1), e[(a < e) & (e < b)]) for a, b, e in sides]
    grid = np.stack(np.meshgrid(*((e[1:] + e[:-1]) / 2 for e in ends), indexing="ij"), -1).reshape(-1, 2)
    return float(np.exp(model.log_prob(grid).nats) @ np.outer(*(np.diff(e) for e in ends)).ravel())


@benchmark(tiny={"items": 300})
def energy_grid(
    run: Run, items: int = 1_200_000, data: tuple[str, ...] = ("eight-gaussians", "pinwheel", "checkerboard")
) -> Result:
    """KL(p || q) of the energy model on two-dimensional densities that are known, with exp(-E) normalised on a grid.

    The items are those of about a minute of one core. The model learns the data with a little noise on them, which
    smooths the edges of the checkerboard: beside each result stands KL(p || p with this noise), which no training gets
    below.
    """

    def grid(source, cells: int) -> tuple[np.ndarray, np.ndarray]:
        """Centres (cells^2, 2) of cells, and a cell's sides (2,)."""
        low, high = box_of(source)
        axes = [a + (b - a) / cells * (np.arange(cells) + 0.5) for a, b in zip(low, high)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2), (high - low) / cells

    def kl(log_p: np.ndarray, log_q: np.ndarray) -> float:
        """Of two densities on the cells of a grid, up to constants."""
        log_p, log_q = (nats - np.logaddexp.reduce(nats) for nats in (log_p, log_q))
        there = np.isfinite(log_p)
        return float((np.exp(log_p[there]) * (log_p[there] - log_q[there])).sum())

    rows, details = [], {"items": items}
    for name in data:
        source = genwright.load_data(name)
        model = run.fit(source, "energy", items=items, seed=0)
        (coarse, _), (fine, sides), cells = grid(source, 300), grid(source, 1200), 1200
        found, log_p = kl(source.log_density(coarse), model.log_prob(coarse).nats), source.log_density(fine)
        width = model.family.blur * source.train.to_numpy().std(0) / sides
        blurred = gaussian_filter(np.exp(log_p).reshape(cells, cells), width, mode="constant")
        least = kl(log_p, np.log(blurred.clip(1e-300)).ravel())
        details[name] = {"kl": found, "of the noise": least}
        rows.append(judge("E1", f"energy, {name}, KL(p || q) on a grid", "< 0.1", found, 4, "nats"))
    return rows, details


MASKS = {"first two known": [1, 1, 0, 0, 0], "one known": [0, 0, 1, 0, 0], "alternate": [1, 0, 1, 0, 1]}


@benchmark(tiny={"draws": 200})
def completion(run: Run, minutes: float = 1.0, draws: int = 20_000) -> Result:
    """Completion of a five-dimensional Gaussian: draws of each family against the exact conditional, for three masks.

    Every family of tables has the same minute, and no call leaves one out.
    """
    rng = np.random.default_rng(0)
    root = rng.normal(size=(5, 10))
    mean, cov = rng.normal(size=5), root @ root.T / 10  # a Wishart draw
    data = genwright.load_data(rng.multivariate_normal(mean, cov, size=100_000))
    row, rows, details = mean + rng.multivariate_normal(np.zeros(5), cov), [], {"minutes": minutes}

    def errors(filled: pd.DataFrame, known: np.ndarray) -> dict[str, float]:
        """Largest deviations of mean (in sds), sd (share) and correlation over the unknown coordinates."""
        drawn, k, u = filled.to_numpy()[:, ~known], known, ~known
        weights = np.linalg.solve(cov[np.ix_(k, k)], cov[np.ix_(k, u)]).T
        want, spread = mean[u] + weights @ (row[k] - mean[k]), cov[np.ix_(u, u)] - weights @ cov[np.ix_(k, u)]
        sd = np.sqrt(np.diag(spread))
        off = np.corrcoef(drawn.T) - spread / np.outer(sd, sd) if drawn.shape[1] > 1 else np.zeros(1)
        largest = lambda deviations: float(np.abs(deviations).max())
        found = {"mean": (drawn.mean(0) - want) / sd, "sd": drawn.std(0) / sd - 1, "correlation": off}
        return {name: largest(part) for name, part in found.items()}

    for family in (*registry.families(*registry.TABLES), "copula"):
        model = run.fit(data, family, minutes=minutes, seed=0)
        for name, mask in MASKS.items():
            known = np.array(mask, bool)
            frame = pd.DataFrame(np.tile(np.where(known, row, np.nan), (draws, 1)), columns=[f"x{j}" for j in range(5)])
            e, blind = errors(model.complete(frame, seed=1), known), errors(model.sample(draws, seed=1), known)
            details[f"{family}, {name}"] = {"completed": e, "known ignored": blind}
            met = max(e.values()) <= 0.1 < max(blind.values())
            text = f"mean {e['mean']:.3f} sd, sd {100 * e['sd']:.1f}%, correlation {e['correlation']:.3f}"
            wanted = "0.1 sd, 10%, 0.1; fails when known is ignored"
            rows.append(bar("L3", f"{family}, {name}", wanted, text, met))
    return rows, details
