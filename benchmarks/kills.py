"""Kills of every family, of designs, of screens and of two processes that train one model (training)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGKILL

import torch
from bars import Run, benchmark, plans
from common import Result
from design import kill_oracle
from faults import LIMIT, STRIKES, disturb, undisturbed, weights
from properties import kill_screens

from genwright.contract.small_data import small_label
from genwright.molecules.contract import assay, small_molecules
from genwright.zoo import registry

import killed_run  # noqa: E402, isort: skip (in a folder that `faults` names)
from forked import Forked  # noqa: E402, isort: skip

PLACES = ("write:2", "finish")  # half-way through the second checkpoint; before anything of `finish` is saved
ITEMS, RANK_ITEMS = 1_500, 4_000
DESIGNS, CALLS, SCREENS, LIBRARY = 10, 150, 10, 4_000  # kills, calls of the score, kills, molecules of the library
RANKS = 2 * len(STRIKES)  # disturbances of two processes: half while they train, half while they join
EVERYWHERE = plans(
    {
        "kills": ("everywhere: SIGKILLs of every family, a design, a screen and two processes", "kills", ">= 100"),
        "bits": ("everywhere: runs, designs and screens that ended with other bits", "runs", "<= 0"),
        "again": ("everywhere: calls of a score that were recorded and made again", "calls", "<= 0"),
        "hangs": ("everywhere: kills after which one of two processes outlived its time", "kills", "<= 0"),
    },
    system="training", data="small data of every kind", split="train", seeds=(0,), budget=f"{ITEMS:,} items",
)  # fmt: skip
KILLING = ("rank 0", "rank 1", "launcher", "all")  # strikes that nothing can tidy up after
PARTS = ("families", "design", "screen", "ranks")


@benchmark(plans=("EVERYWHERE",), tiny={"part": ("families",), "family": "pca"})
def kills_everywhere(run: Run, part: tuple[str, ...] = PARTS, family: str | None = None) -> Result:
    """A hundred kills with budgets of items: every family, a design, a screen, and two processes that train or join.

    families: each family once, on the small data of one of its kinds, killed half-way through a checkpoint's write or
    at the end of `finish`, and resumed; its weights are those of a run that nobody killed, byte for byte. design,
    screen: killed at random moments and called again, beside one that is left alone. ranks: one of two processes, their
    launcher or all are killed, or one stands still, half of them while they join. Every piece is kept, so the same call
    resumes; --family tries the kills of one family, and records nothing.
    """
    torch.set_num_threads(1)  # before any fork
    rows = {row.family: row for row in registry.rows()}
    pieces: dict[str, dict[str, Callable[[], dict]]] = {
        "families": {
            f"family-{name}": partial(kill_family, run.folder / "families", row, PLACES[number % 2])
            for number, (name, row) in enumerate(sorted(rows.items()))
            if family in (None, name)
        },
        "design": {"design": partial(kill_design, run.folder / "design")},
        "screen": {"screen": partial(kill_screen, run.folder / "screen")},
        "ranks": {f"ranks-{number}": partial(kill_ranks, run, number) for number in range(RANKS)},
    }
    done = run.pieces(pieces, part)
    if done is None or family:
        return None
    disturbed = [done[name] for name in pieces["ranks"]]
    ended_alike = [one["same"] for name, one in done.items() if name != "screen"]
    values = {
        "kills": sum(one["kills"] for one in done.values()),
        "bits": ended_alike.count(False) + done["screen"]["other"],
        "again": done["design"]["again"],
        "hangs": sum(one["hung"] for one in disturbed),
    }
    return [plan.row(values[name]) for name, plan in EVERYWHERE.items()], done


def kill_family(folder: Path, row: registry.Row, place: str) -> dict:
    """Kill a fit at a place, or at the end of `finish` where it never comes there, and compare its end with a fit that
    nobody killed."""
    folder.mkdir(parents=True, exist_ok=True)
    sides = out, whole = folder / row.family, folder / f"{row.family}-whole"
    for point in (place, PLACES[1]):
        for side in sides:
            shutil.rmtree(side, ignore_errors=True)
        killed = fit_small(out, row, point) == -SIGKILL
        if killed:
            break
    ended = [fit_small(side, row) for side in sides]
    same = ended == [0, 0] and weights(out) == weights(whole)
    return {"data": small_label(row), "point": point, "kills": int(killed), "ended": ended, "same": same}


def fit_small(out: Path, row: registry.Row, point: str = "none") -> int:
    """Begin or resume a fit in a forked process, which kills itself at a point, and return its exit code."""
    call = {"data": f"small {small_label(row)}", "family": row.family, "items": ITEMS, "checkpoint_seconds": 0.0}
    call |= {"preset": "tiny" if registry.presets(row) else None, "progress": False}
    call |= {"task": row.task} if registry.predicts(row.task) else {}
    log = Path(f"{out}.log")
    return Forked(lambda: killed_run.main(point, "fit", {"out": str(out), **call}), log, log).wait(LIMIT)


def kill_design(folder: Path) -> dict:
    data = small_molecules()
    molecules = sorted({str(one) for one in data.train})
    return kill_oracle(folder, molecules, CALLS, DESIGNS)


def kill_screen(folder: Path) -> dict:
    folder.mkdir(parents=True, exist_ok=True)
    frame, table, library = assay(), folder / "assay.csv", folder / "library.smi"
    frame.to_csv(table, index=False)
    chains = [f"{smiles}{'C' * k}" for k in range(1 + LIBRARY // len(frame)) for smiles in frame["smiles"]]
    library.write_text("\n".join(chains[:LIBRARY]) + "\n")
    return kill_screens(folder, table, library, "active", SCREENS)


def kill_ranks(run: Run, number: int) -> dict:
    """Disturb two processes, of even numbers while they train, of odd ones while they join."""
    whole = run.kept("ranks-whole", lambda: undisturbed(run.folder / "ranks-whole", RANK_ITEMS))
    strike = STRIKES[number // 2 % len(STRIKES)]
    disturbed = disturb(run.folder, f"ranks-{number}", whole, strike, RANK_ITEMS, joining=number % 2 == 1)
    return disturbed | {"kills": int(strike in KILLING and disturbed["struck"] > 0)}
