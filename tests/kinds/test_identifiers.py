# Tests kinds/tables/identifiers.py
"""Identifiers that go on: every form, all new, and the same for the same seed."""

import json
import re
import uuid

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.kinds.tables.identifiers import Identifiers, find_identifiers

RNG = np.random.default_rng(0)
LETTERS = list("ABCDEFGHJKLMNPRSTUVWXYZ")
COLUMNS = {
    "counter": (range(1, 101), r"(10[1-9]|1[1-9]\d)"),
    "counter in tens": (range(10, 1010, 10), r"1\d\d0"),
    "large": ([10**17 + 3 * k for k in range(50)], r"1000000000000\d{5}"),
    "prefix": ([f"KD-{k:05}" for k in range(1, 60)], r"KD-000[6-9]\d"),
    "year and number": ([f"2024/{k}b" for k in range(1, 120)], r"2024/1\d\db"),
    "zeros": ([f"{k:04}" for k in range(60)], r"00[6-9]\d"),
    "uuid": ([str(uuid.UUID(int=int(RNG.integers(2**62)) << 66, version=4)) for _ in range(60)],
             r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "uuid of capitals": ([str(uuid.UUID(int=int(RNG.integers(2**62)) << 66, version=1)).upper() for _ in range(60)],
                         r"[0-9A-F]{8}-[0-9A-F]{4}-1[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}"),
    "hash": ([f"{int(RNG.integers(2**62)):016x}" for _ in range(60)], r"[0-9a-f]{16}"),
    "plate": (["-".join(("".join(RNG.choice(LETTERS, 3)), f"{RNG.integers(1000, 9999)}")) for _ in range(80)],
              r"[A-Z]{3}-\d{4}"),
}  # fmt: skip


@pytest.mark.parametrize("values, form", COLUMNS.values(), ids=COLUMNS)
def test_new_identifiers_have_the_form_of_the_old_and_none_is_one(values, form):
    cells = pd.Series(RNG.permutation(np.array(list(values), object)))
    cells = cells.astype("int64") if isinstance(values[0], int) else cells.astype("str")
    found = Identifiers.from_json(json.loads(json.dumps(find_identifiers(cells).to_json())))
    new = found.fill(40, seed=1)
    assert new.is_unique and not set(new) & set(cells) and new.dtype == cells.dtype
    assert all(re.fullmatch(form, str(value)) for value in new)
    assert found.fill(40, 1).equals(new) and found.fill(10, 1).equals(new[:10])
    assert found.kind == "counter" or not found.fill(40, 2).equals(new)


def test_a_counter_that_its_dtype_cannot_hold_goes_on():
    new = find_identifiers(pd.Series(range(100, 128), dtype="int8")).fill(3, 0)
    assert new.tolist() == [128, 129, 130]


@pytest.mark.parametrize(
    "cells",
    [
        ["Braund, Owen", "Heikkinen, Laina", "Allen, William"],
        [f"{k}" * (k % 3 + 1) + "x" * (k % 5) + "y" for k in range(40)],
        ["A1", "A2", "A2"],
        [1.5, 2.5, 3.5],
        [True, False, None],
        ["AB", "CD", "EF"],  # too few such codes for new ones
    ],
)
def test_what_has_no_form_is_none(cells):
    assert find_identifiers(pd.Series(cells)) is None


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    home, rng = tmp_path_factory.mktemp("orders"), np.random.default_rng(1)
    table = pd.DataFrame({"order_id": np.arange(1, 201)})
    table["price"] = rng.integers(100, 9999, 200) / 100
    table["client"] = [f"C-{k:04}" for k in rng.permutation(200)]
    table["name"] = [f"person {'x' * int(k % 13)} of {k}street" for k in rng.integers(0, 10**9, 200)]
    table["empty"] = np.nan
    table.to_csv(home / "orders.csv", index=False)
    genwright.fit(home / "orders.csv", "independent", out=home / "run", progress=False)
    return home


def test_a_sample_has_all_columns_and_says_what_stays_empty(orders):
    model = genwright.load_model(orders / "run")
    drawn = model.sample(30, seed=2)
    with pytest.warns(UserWarning, match="stay empty: `name`, (unique in every row|free text)") as said:
        whole = model.domain.with_ids(drawn, seed=2)
    assert "order_id" not in str(said[0].message) and "empty" not in str(said[0].message).split("`", 1)[1]
    assert list(whole.columns) == ["order_id", "price", "client", "name", "empty"] and whole.attrs["seed"] == 2
    assert whole["order_id"].tolist() == list(range(201, 231))  # beyond those of the test rows too
    assert whole["client"].tolist() == [f"C-{k:04}" for k in range(200, 230)]
    assert whole["name"].isna().all() and whole["price"].equals(drawn["price"])
