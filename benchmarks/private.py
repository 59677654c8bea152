"""Private tables: Adult at several epsilons, beside dpmm, and attacks on rows (row M4)."""

from __future__ import annotations

import time
from functools import partial
from math import exp, inf
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from bars import Run, benchmark, plans
from common import Drawn, Result, se_of
from sklearn.metrics import roc_auc_score

import genwright
from genwright.core.data import Data
from genwright.measure.sizes import Sizes
from genwright.measure.suites.tables import Suite
from genwright.private.privacy.accountant import Budget

EPSILONS, TRAININGS, SAMPLES = (1.0, 3.0, 10.0, inf), 3, 20_000
ATTACKED, PLANTED, ROWS = 2_000, 200, 400
RANGES = {"age": (17, 90, 1), "fnlwgt": (10_000, 1_500_000, 2), "education_num": (1, 16, 1),
          "capital_gain": (0, 99_999, 1), "capital_loss": (0, 5_000, 1), "hours_per_week": (1, 99, 1)}  # fmt: skip
LABELS = {  # as the census lists them
    "workclass": "Private Self-emp-not-inc Self-emp-inc Federal-gov Local-gov State-gov Without-pay Never-worked",
    "education": "Bachelors Some-college 11th HS-grad Prof-school Assoc-acdm Assoc-voc 9th 7th-8th 12th Masters "
                 "1st-4th 10th Doctorate 5th-6th Preschool",
    "marital_status": "Married-civ-spouse Divorced Never-married Separated Widowed Married-spouse-absent "
                      "Married-AF-spouse",
    "occupation": "Tech-support Craft-repair Other-service Sales Exec-managerial Prof-specialty Handlers-cleaners "
                  "Machine-op-inspct Adm-clerical Farming-fishing Transport-moving Priv-house-serv Protective-serv "
                  "Armed-Forces",
    "relationship": "Wife Own-child Husband Not-in-family Other-relative Unmarried",
    "race": "White Asian-Pac-Islander Amer-Indian-Eskimo Other Black",
    "sex": "Female Male",
    "native_country": "United-States Cambodia England Puerto-Rico Canada Germany Outlying-US(Guam-USVI-etc) India "
                      "Japan Greece South China Cuba Iran Honduras Philippines Italy Poland Jamaica Vietnam Mexico "
                      "Portugal Ireland France Dominican-Republic Laos Ecuador Taiwan Haiti Columbia Hungary Guatemala "
                      "Nicaragua Scotland Thailand Yugoslavia El-Salvador Trinadad&Tobago Peru Hong "
                      "Holand-Netherlands",
    "income": "<=50K >50K",
}  # fmt: skip
CUTS = 0.1  # of epsilon, for dpmm's cuts
MISSING = ("workclass", "occupation", "native_country")
NOT_PRIVATE = "epsilon infinite"
ADULT = plans(
    {
        "auc": ("private-marginals, epsilon 1: samples against test rows, cuts and choices paid for", "AUC", "<= 0.8"),
        "income": ("private-marginals, epsilon 1: income of test rows by trees that learn from samples", "ROC-AUC",
                   ">= 0.86"),
        "seconds": ("private-marginals, epsilon 1: training", "CPU seconds", "<= 5 seconds"),
        "curve": ("AUC of samples at epsilon 1, 3, 10 and without noise: the largest rise from one to the next",
                  "standard errors of the difference", "<= 2", {"over_seeds": "largest"}),
    },
    system="private", data="adult", split="test", seeds=tuple(range(TRAININGS)), repeated="trainings",
    budget="to their end",
)  # fmt: skip
ATTACKS = plans(
    {
        "planted": ("200 trainings, half with a planted row: how often the best threshold tells them apart, epsilon 1",
                    "share right", f"<= {exp(1) / (1 + exp(1)):.4f}"),
        "members": ("density ratio of the model and of other rows (DOMIAS), epsilon 1: members against others", "AUC",
                    "<= 0.52"),
        "open": ("the same attack without noise", "AUC", "shown"),
    },
    system="private", data="adult, and a made table with a planted row", split="train", seeds=(0,),
    budget="to their end", check=True,
)  # fmt: skip
BESIDE = plans(
    {
        "auc": ("dpmm (MST) at epsilon 1: samples against test rows", "AUC", "shown"),
        "income": ("dpmm (MST) at epsilon 1: income of test rows by trees that learn from samples", "ROC-AUC", "shown"),
        "seconds": ("dpmm (MST) at epsilon 1: training", "CPU seconds", "shown"),
    },
    system="private", data="adult", split="test", seeds=(0,), budget="to its end",
)  # fmt: skip


@benchmark(plans=("ADULT", "ATTACKS"), tiny={"trainings": 1, "samples": 500, "planted": 8, "attacked": 200})
def private(
    run: Run, trainings: int = TRAININGS, samples: int = SAMPLES, planted: int = PLANTED, attacked: int = ATTACKED
) -> Result:
    """Adult with differential privacy: what samples are worth, at several epsilons, and what attacks find.

    The values of columns are those of the census's own description; cuts of long columns and the choice of parents are
    paid for from epsilon. Noise is the system's, so trainings differ by themselves. Samples are judged by the suite of
    tables. The planted row is the only one of its label; half of the trainings has it, half another row in its place,
    and the threshold on its log-probability is the best one of these trainings. The attack on members knows the model's
    density and a model without noise of rows that nobody asks about.
    """
    torch.set_num_threads(1)
    with run.fresh() as place:
        values = write_values(place)
        found = {
            name_of(epsilon): [
                run.kept(f"{name_of(epsilon)}-{k}", partial(judge_training, values, epsilon, samples))
                for k in range(run.small(trainings, 1))
            ]
            for epsilon in EPSILONS
        }
        members = {
            name_of(epsilon): run.kept(f"members-{name_of(epsilon)}", partial(tell_members, values, epsilon, attacked))
            for epsilon in (1.0, inf)
        }
        right = run.kept("planted", partial(tell_planted, place, planted))
    column = lambda name, metric: [one[metric] for one in found[name]]
    first = name_of(1.0)
    row = lambda key, digits: ADULT[key].row(
        float(np.mean(column(first, key))), se_of(column(first, key)), digits=digits
    )
    curve = [(float(np.mean(column(name, "auc"))), se_of(column(name, "auc"))) for name in map(name_of, EPSILONS)]
    rises = [(after - before) / max(1e-9, np.hypot(*ses)) for (before, after), ses in _neighbours(curve)]
    rows = [row("auc", 3), row("income", 3), row("seconds", 2), ADULT["curve"].row(float(max(rises)), digits=2)]
    rows += [
        ATTACKS["planted"].row(right, digits=3),
        ATTACKS["members"].row(members[first], digits=3),
        ATTACKS["open"].row(members[name_of(inf)], digits=3),
    ]
    return rows, {"threads": 1, "samples": samples, "curve": found, "members": members}


@benchmark(plans=("BESIDE",), peer="dpmm", tiny={"samples": 500})
def private_peer(run: Run, samples: int = SAMPLES) -> Result:
    """dpmm's MST on the training rows of Adult, at epsilon 1 and delta 1e-5, with the same values of columns.

    A tenth of epsilon pays for its own cuts of numbers, as by its default.
    """
    torch.set_num_threads(1)
    with run.fresh() as place:
        found = run.kept("dpmm", partial(judge_dpmm, write_values(place), samples))
    return [BESIDE[name].row(found[name], digits=3) for name in BESIDE], {"threads": 1, "samples": samples, **found}


# ---------------------------------------------------------------------- Adult


def name_of(epsilon: float) -> str:
    return NOT_PRIVATE if epsilon == inf else f"epsilon {epsilon:g}"


def _neighbours(curve: list[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """((value before, value after), (error before, error after)) of each step."""
    return [((a, b), (x, y)) for (a, x), (b, y) in zip(curve, curve[1:])]


def write_values(place: Path) -> Path:
    """The file of values, from the census's description of its columns."""
    lines = [f"[{name}]\nfrom = {low}\nto = {high}\nstep = {step}\n" for name, (low, high, step) in RANGES.items()]
    for name, labels in LABELS.items():
        missing = "missing = true\n" if name in MISSING else ""
        lines.append(f"[{name}]\nlabels = {labels.split()!r}\n{missing}")
    (path := place / "values.toml").write_text("\n".join(lines))
    return path


def load_adult(values: Path, epsilon: float) -> Data:
    data = genwright.load_data("adult", epsilon=1.0 if epsilon == inf else epsilon, values=values)
    data.domain.budget = Budget(epsilon, 1e-5)
    return data


def judge(data: Data, rows: pd.DataFrame) -> dict[str, float]:
    suite = Suite(data, target="income")
    suite.sizes = Sizes(suite.sizes.full | {"samples": len(rows), "attacked": len(rows)}, None)
    found = suite.measure(Drawn(rows), only=["two_sample_auc", "tstr"]).metrics
    return {"auc": found["two_sample_auc"].value, "income": found["tstr"].value}


def judge_training(values: Path, epsilon: float, samples: int) -> dict[str, float]:
    data = load_adult(values, epsilon)
    data.tensors("train")
    began = time.process_time()
    model = genwright.fit(data, "private-marginals", progress=False)
    seconds = time.process_time() - began
    return judge(data, model.sample(samples, seed=0)) | {"seconds": seconds}


# ---------------------------------------------------------------------- attacks


def tell_members(values: Path, epsilon: float, attacked: int) -> float:
    """AUC by which the ratio of densities tells members of so many training rows from as many others."""
    whole = load_adult(values, epsilon)
    rows = pd.concat([whole.train, whole.valid, whole.test], ignore_index=True)
    rows = rows.sample(frac=1, random_state=0, ignore_index=True)
    members, others, rest = rows[:attacked], rows[attacked : 2 * attacked], rows[2 * attacked :]

    def model_of(some: pd.DataFrame, noise: float) -> Any:
        data = genwright.load_data(some, epsilon=1.0, values=values)
        data.domain.budget = Budget(noise, 1e-5)
        return genwright.fit(data, "private-marginals", rows="all", progress=False)

    asked = pd.concat([members, others], ignore_index=True)
    own, reference = model_of(members, epsilon), model_of(rest, inf)
    ratio = own.log_prob(asked).nats - reference.log_prob(asked).nats
    return float(roc_auc_score(np.arange(2 * attacked) < attacked, ratio))


def tell_planted(place: Path, trainings: int) -> float:
    """Share of trainings in which the best threshold says rightly whether a planted row was in the table."""
    rng = np.random.default_rng(0)
    size = rng.integers(0, 10, ROWS)
    frame = pd.DataFrame({"size": size, "kind": np.where(size > 4, "a", "b"), "flag": rng.choice(["u", "v"], ROWS)})
    planted = frame.copy()
    planted.loc[0] = [9, "rare", "u"]
    text = '[size]\nfrom = 0\nto = 9\n\n[kind]\nlabels = ["a", "b", "rare"]\n\n[flag]\nlabels = ["u", "v"]\n'
    (values := place / "planted.toml").write_text(text)
    data = [genwright.load_data(table, epsilon=1, values=values) for table in (frame, planted)]
    scores = np.array([
        genwright.fit(data[k % 2], "private-marginals", rows="all", progress=False).log_prob(planted[:1]).nats[0]
        for k in range(trainings)
    ])  # fmt: skip
    has_row = np.arange(trainings) % 2 == 1
    return float(max(((scores >= cut) == has_row).mean() for cut in scores))


# ---------------------------------------------------------------------- dpmm


def judge_dpmm(values: Path, samples: int) -> dict[str, float]:
    from dpmm.pipelines import MSTPipeline

    data = load_adult(values, 1.0)
    numbers = {name: {"lower": low, "upper": high} for name, (low, high, _) in RANGES.items()}
    labels = {name: {"categories": words.split()} for name, words in LABELS.items()}
    frame = data.train.copy()
    for name, words in LABELS.items():
        frame[name] = pd.Categorical(frame[name], words.split())
    began = time.process_time()
    model = MSTPipeline(epsilon=1 - CUTS, proc_epsilon=CUTS, delta=1e-5, n_jobs=1)
    model.fit(frame, numbers | labels, random_state=0)
    seconds = time.process_time() - began
    rows = model.generate(n_records=samples, random_state=0)
    for name in RANGES:
        rows[name] = rows[name].round().astype(int)
    for name in LABELS:
        rows[name] = rows[name].astype(object).where(rows[name].notna(), None)
    return judge(data, rows[list(data.train)]) | {"seconds": seconds}
