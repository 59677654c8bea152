# Tests kinds/values/typed_cells.py
"""Rules that a person types: understood at every door, and refused in one sentence where the rows or columns forbid."""

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.cli.commands import main
from genwright.core.errors import DataError
from genwright.kinds.resplit import resplit
from genwright.kinds.tables.domain import Tables

TOTAL, SENT = "Total = Units * Unit Price * (1 - Discount)", "Delivered = Ordered + Days"


def orders(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    ordered, days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200, n), "D"), rng.integers(1, 20, n)
    frame = pd.DataFrame(
        {
            "Order Id": [f"A-{k}" for k in range(n)], "Units": rng.integers(1, 40, n),
            "Unit Price": rng.lognormal(3, 0.8, n).round(2), "Discount": rng.choice([0, 0.05, 0.1], n),
            "Ordered": ordered, "Days": days, "Delivered": ordered + pd.to_timedelta(days, "D"),
            "Town": rng.choice(["Bonn", "Ulm"], n), "Tax": 0.19, "Member": rng.random(n) < 0.3,
        }
    )  # fmt: skip
    frame["Total"] = (frame["Units"] * frame["Unit Price"] * (1 - frame["Discount"])).round(2)
    return frame.assign(Gross=(frame["Total"] * 1.19).round(2), Fee=frame["Member"] * 5)


def typed(frame: pd.DataFrame, *rules: str) -> list[str]:
    return [
        str(rule)
        for rule in genwright.load_data(frame, rules=list(rules)).domain.rules
        if rule.kind == "formula" and rule.typed
    ]


@pytest.mark.parametrize(
    "rule",
    [TOTAL, SENT, "Gross = Total * (1 + Tax)", "Fee = Member * 5", "Delivered > Ordered", "0 <= Discount <= 1 / 2"],
)
def test_what_the_rows_keep_is_understood_and_stands_before_found_rules(rule):
    texts = typed(orders(), rule)
    assert len(texts) == 1 + rule.count("<=") // 2
    data = genwright.load_data(orders(), rules=rule)
    assert str(data.domain.rules[0]) == texts[0] and any(texts[0] in line for line in data.domain.describe())
    again = Tables.from_json(data.domain.to_json())
    assert tuple(again.rules) == tuple(data.domain.rules) and again.rules[0].typed
    assert again.structure == data.domain.structure
    assert resplit(data, 1).domain.rules[0].text == texts[0]


REFUSED = {
    "Totl = Units": "Total", "Units * Town = 3": "Town", "`Order Id` > 3": "Order Id", "Units": "cannot be read",
    "Units = Total / Discount": "zero", "Total = Units": "training rows, first in row", "Days > 1": "first in row",
    "Delivered = Ordered + Days + 1": "first in row", "Units = Units + 1": "first in row",
}  # fmt: skip


@pytest.mark.parametrize("rules", [[3], [None], [""], {"a": 1}, [["a"]]])
def test_what_is_no_text_is_refused_as_a_rule(rules):
    with pytest.raises(DataError):
        genwright.load_data(orders(), rules=rules)


@pytest.mark.parametrize("rule", REFUSED)
def test_a_rule_that_cannot_be_is_refused_by_name_with_a_remedy(rule):
    with pytest.raises(DataError) as refused:
        genwright.load_data(orders(), rules=[rule])
    assert REFUSED[rule] in str(refused.value) and ": " in str(refused.value)


def test_the_first_row_that_breaks_a_rule_is_named_as_it_stands_in_the_source():
    frame = orders()
    train = genwright.load_data(frame).train
    row = int(frame.index[frame["Order Id"] == train["Order Id"].iloc[40]][0])
    frame.loc[row, "Total"] += 0.01
    with pytest.raises(DataError, match=rf"breaks in 1 of \d+ training rows, first in row {row + 1},"):
        genwright.load_data(frame, rules=[TOTAL])


@pytest.mark.parametrize("other", ["Ordered > Delivered", "Delivered = Ordered + Days + 1"])
def test_rules_that_no_row_can_keep_together_contradict_each_other(other):
    with pytest.raises(DataError, match="contradicts"):
        genwright.load_data(orders(), rules=["Delivered > Ordered", SENT, other])


def test_rows_with_missing_cells_neither_keep_nor_break_a_rule():
    frame = orders()
    frame.loc[::7, "Total"], frame.loc[::5, "Days"] = np.nan, np.nan
    data = genwright.load_data(frame, rules=[TOTAL, SENT])
    assert not data.domain.broken(frame).any() and data.domain.rules[0].support.rows < len(data.train)
    with pytest.raises(DataError, match="no training row"):
        genwright.load_data(
            frame.assign(Days=np.where(frame["Total"].isna(), frame["Days"], np.nan)), rules="Total > Days"
        )


def test_other_data_have_no_rules():
    with pytest.raises(DataError, match="rules is for a table"):
        genwright.load_data("digits", rules=["a = b"])


@pytest.mark.long
@pytest.mark.parametrize("delimiter, decimal", [(",", "."), (";", ",")])
def test_the_command_line_takes_rules_and_samples_keep_them_to_the_last_digit(tmp_path, capsys, delimiter, decimal):
    orders().to_csv(tmp_path / "orders.csv", index=False, sep=delimiter, decimal=decimal)
    run, out = str(tmp_path / "run"), tmp_path / "new.csv"
    rules = ["--rule", TOTAL, "--rule", SENT]
    for words in (
        ["describe", str(tmp_path / "orders.csv"), *rules],
        ["fit", str(tmp_path / "orders.csv"), "--family", "independent", "--items", "300", "--out", run, *rules],
        ["sample", run, "-n", "100", "--keep-rules", "--seed", "1", "--out", str(out)],
    ):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0
    assert "`Total` = `Units` * `Unit Price` * (1 - `Discount`)" in capsys.readouterr().out
    rows = pd.read_csv(out, sep=delimiter, decimal=decimal, parse_dates=["Ordered", "Delivered"])
    assert rows["Total"].equals((rows["Units"] * rows["Unit Price"] * (1 - rows["Discount"])).round(2))
    assert rows["Delivered"].equals(rows["Ordered"] + pd.to_timedelta(rows["Days"], "D"))
    with pytest.raises(SystemExit) as left:
        main(["describe", str(tmp_path / "orders.csv"), "--rule", "Total = Units, Days"])
    assert left.value.code == 2


def test_amounts_that_are_written_with_a_currency_are_mended_in_the_form_of_the_rows(tmp_path):
    rng = np.random.default_rng(0)
    units, price = rng.integers(1, 40, 300), rng.lognormal(3, 0.8, 300).round(2)
    amount = lambda values: [f"{value:,.2f} €" for value in values]
    frame = pd.DataFrame({"units": units, "price": amount(price), "sum": amount((units * price).round(2))})
    data = genwright.load_data(frame, rules="sum = units * price")
    model = genwright.fit(data, "independent", items=1, progress=False)
    rows = model.sample(100, seed=0, keep_rules=True)
    assert rows["sum"].equals((rows["units"] * rows["price"]).round(2))
    torn = data.train.assign(sum=data.train["sum"][::-1].to_numpy())
    assert model.domain.settle(torn)[0]["sum"].equals(data.train["sum"])
