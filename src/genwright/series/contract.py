"""Small series for the contract test: a made hospital whose patients come back until they leave or die."""

import numpy as np
import pandas as pd
import torch

import genwright
from genwright.contract.kinds import Kind
from genwright.core.data import Data
from genwright.core.ragged import Ragged

from .kinds.subjects import Subjects

DIED = "died"


def made_visits(patients: int, seed: int = 0) -> pd.DataFrame:
    """Visits of made patients: `sex` never changes, the dates of visits grow, `weight` and `dose` move slowly, some
    cells are missing, and nothing follows the status `died`.

    Args:
        patients: Number of patients.
        seed: Seed of the law's random numbers.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for patient in range(patients):
        sex, day = "fm"[patient % 2], int(rng.integers(0, 300))
        weight = rng.normal(65 if sex == "f" else 80, 8)
        for _ in range(40):
            status = rng.choice(["stable", "worse", DIED], p=[0.7, 0.25, 0.05])
            weight += rng.normal(0, 1.0)
            dose = 2.0 + 0.5 * (status == "worse") + 0.01 * weight + rng.normal(0, 0.1)
            date = pd.Timestamp("2020-01-01") + pd.Timedelta(days=day)
            recorded = None if rng.random() < 0.1 else round(weight, 1)
            rows.append((f"P{patient:04}", sex, date.date().isoformat(), recorded, round(dose, 2), status))
            if status == DIED or rng.random() < 0.2:
                break
            day += int(rng.integers(1, 60))
    return pd.DataFrame(rows, columns=["patient", "sex", "visit_date", "weight", "dose", "status"])


class Visits(Kind):
    """How the contract looks at series."""

    given = "sex", ("f", "m")
    guessed = False

    def data(self) -> Data:
        return genwright.load_data(made_visits(600), kind="series", group="patient", time="visit_date")

    def holes(self, data: Data) -> tuple[Subjects, None]:
        """Test patients, whose weight is unknown at every second visit, and whose last visit is unknown."""
        whole = data.test[:40]
        frame = whole.frame.copy()
        frame["weight"] = frame["weight"].mask(whole.place % 2 == 1)
        last = np.zeros(len(frame), bool)
        last[whole.ptr[1:] - 1] = True
        for name in ("weight", "dose", "status"):
            frame[name] = frame[name].mask(last)
        return whole.with_rows(frame), None

    def are_equal(self, a: Subjects, b: Subjects) -> bool:
        return type(a) is type(b) and np.array_equal(a.ptr, b.ptr) and a.frame.equals(b.frame)

    def fits(self, drawn: Subjects, data: Data) -> bool:
        frame = drawn.frame
        known = set(frame["sex"]) <= {"f", "m"} and set(frame["status"]) <= {"stable", "worse", DIED}
        grows = all(pd.to_datetime(visits["visit_date"]).is_monotonic_increasing for visits in drawn)
        return super().fits(drawn, data) and list(frame.columns) == list(data.train.frame.columns) and known and grows

    def values(self, items: Subjects, name: str) -> set:
        return set(items.frame[name])

    def drop_condition(self, items: Subjects, name: str) -> Subjects:
        return items.with_rows(items.frame.drop(columns=name))

    def is_complete(self, filled: Subjects) -> bool:
        return not filled.frame[["weight", "dose", "status"]].isna().any().any()

    def keeps_known(self, filled: Subjects, items: Subjects, known: None) -> bool:
        is_known = items.frame.notna()
        return all((filled.frame.loc[is_known[c], c] == items.frame.loc[is_known[c], c]).all() for c in items.frame)

    def half_known(self, x: Ragged) -> Ragged:
        first = x.place < (x.sizes[x.item] + 1) // 2
        return x.with_x(first[:, None].expand(x.x.shape) & ~x.x.isnan())

    def reversed(self, x: Ragged) -> Ragged:
        """Each series from its last row to its first."""
        return x.with_x(x.x.flip(0))

    def unknown(self, x: Ragged, known: Ragged) -> torch.Tensor:
        return x.x[~known.x]
