"""In Python the numbers and dates of a table are such, also where its file has text that stands for them."""

import numpy as np
import pandas as pd
import pytest

import genwright

TEXT = ["price", "stock", "sold", "gap"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    rng = np.random.default_rng(0)
    n, path = 300, tmp_path_factory.mktemp("shop") / "shop.csv"
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    gap = rng.normal(10, 2, n).round(1)
    frame = {
        "price": [f"${value:,.2f}" for value in rng.normal(1_500, 300, n)],
        "stock": [f"{value:,}" for value in rng.integers(900, 3_000, n)],
        "sold": days.strftime("%d.%m.%Y"),
        "gap": ["?" if k % 9 == 0 else f"{value} mpg" for k, value in enumerate(gap)],
        "kind": rng.choice(["new", "used"], n),
    }
    pd.DataFrame(frame).to_csv(path, index=False)
    return genwright.fit(genwright.load_data(path, missing=["?"]), "copula", progress=False)


@pytest.fixture(scope="module")
def forms(model) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same rows as numbers and as they are written."""
    plain = model.sample(60, seed=0)
    model.as_written = True
    written = model.sample(60, seed=0)
    model.as_written = False
    return plain, written


def test_numbers_are_numbers_and_dates_are_dates(forms):
    plain, written = forms
    assert [plain[name].dtype.kind for name in TEXT] == ["f", "i", "M", "f"]
    assert written["price"].str.fullmatch(r"\$[\d,]+\.\d\d").all() and written["sold"].str.fullmatch(r"[\d.]{10}").all()
    assert [f"${value:,.2f}" for value in plain["price"]] == list(written["price"])
    assert list(plain["sold"].dt.strftime("%d.%m.%Y")) == list(written["sold"])
    assert (plain["gap"].notna() == written["gap"].fillna("?").str.endswith(" mpg")).all()


def test_a_file_has_the_form_of_the_training_file_from_both(model, forms, tmp_path):
    one, other = (model.domain.write(rows, tmp_path / f"{k}.csv").read_bytes() for k, rows in enumerate(forms))
    assert one == other and b"$1," in one and b"mpg" in one


def test_both_forms_are_the_same_rows(model, forms):
    plain, written = forms
    assert (model.log_prob(plain).nats == model.log_prob(written).nats).all()
    assert (model.domain.keys(plain) == model.domain.keys(written)).all()
    assert not model.domain.encode_residue(plain, written, 0)
    pd.testing.assert_frame_equal(model.domain.plain(written), plain, check_dtype=False)


def test_holes_of_both_forms_are_filled_with_numbers(model, forms):
    plain, written = forms
    for rows in forms:
        holes = rows.head(20).copy()
        holes["price"] = holes["price"].where(np.arange(20) % 2 == 0)
        full = model.complete(holes, seed=0)
        assert full["price"].dtype.kind == "f" and full["price"].notna().all()
        assert (full["price"][::2] == plain["price"].head(20)[::2]).all()
        assert (full["sold"] == plain["sold"].head(20)).all()


def test_a_number_that_the_form_cannot_say_is_written_as_it_is(model, forms):
    rows = forms[0].head(2).assign(price=[1_234.5, 1_234.567])
    assert [str(cell) for cell in model.domain.as_written(rows)["price"]] == ["$1,234.50", "1234.567"]
