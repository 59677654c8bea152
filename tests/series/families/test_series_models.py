# Tests series/contract.py, series/networks/row_head.py, series/zoo/cards.py
"""Models of series through their verbs: rules within a subject, forecasts, tables of likelihoods."""

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.series.contract import DIED, made_visits


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(made_visits(200), kind="series", group="patient", time="visit_date")


@pytest.fixture(scope="module")
def model(data):
    return genwright.fit(data, "autoregressive", items=2_000, preset="tiny", progress=False)


def test_nothing_follows_a_death_and_times_never_go_back(data, model):
    drawn = model.sample(200, seed=0)
    for one in drawn:
        died = (one["status"] == DIED).to_numpy()
        assert not died[:-1].any()
        assert pd.to_datetime(one["visit_date"]).is_monotonic_increasing
    assert not data.domain.broken(drawn).any()
    wrong = data.test[:1]
    wrong = wrong.with_rows(pd.concat([wrong.frame.assign(status=DIED)] * 2), [0, 2 * len(wrong.frame)])
    assert data.domain.broken(wrong).any()


def test_given_statics_stay(model):
    drawn = model.sample(20, given={"sex": "f"}, seed=1)
    assert {*drawn.frame["sex"]} == {"f"}


def test_rows_add_up_to_their_series(data, model):
    whole, rows = model.log_prob(data.test).nats, model.log_prob_rows(data.test)
    assert np.allclose([one.sum() for one in rows], whole, atol=1e-3)
    assert [len(one) for one in rows] == data.test.sizes.tolist()


def test_a_forecast_keeps_the_past_and_goes_on(data, model):
    begun = data.test[:3]
    ahead = data.domain.look_ahead(begun, 2)
    filled = model.complete(ahead, draws=4, seed=0)
    assert len(filled) == 4
    for done in filled:
        assert (done.sizes == begun.sizes + 2).all()
        for one, before in zip(done, begun):
            assert one["dose"].iloc[:-2].tolist() == before["dose"].tolist()
            assert one[["dose", "status", "weight", "visit_date"]].iloc[-2:].notna().all().all()
            assert pd.to_datetime(one["visit_date"]).is_monotonic_increasing
    table = data.domain.quantile_table(filled, 2)
    assert len(table) == 6 and (table["dose 5%"] <= table["dose 95%"]).all()


def test_holes_are_filled_by_particles(data, model):
    frame = data.test.frame.copy()
    frame["dose"] = frame["dose"].mask(data.test.place == 0)
    filled = model.complete(data.test.with_rows(frame), seed=0)
    assert filled.kind == "approximate" and filled.frame["dose"].notna().all()


def test_commands_write_tables(data, model, tmp_path, monkeypatch, capsys):
    from genwright.cli.commands import main

    monkeypatch.chdir(tmp_path)
    model.save(tmp_path / "run")
    data.domain.write(data.test, tmp_path / "visits.csv")

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(list(words))
        assert left.value.code == 0

    run("log-prob", "run", "visits.csv", "--out", "lp.csv")
    table = pd.read_csv("lp.csv")
    assert table["patient"].tolist() == data.test.firsts["patient"].tolist() and table["nats"].notna().all()
    run("log-prob", "run", "visits.csv", "--each", "row", "--out", "rows.csv")
    assert len(pd.read_csv("rows.csv")) == len(data.test.frame)
    run("complete", "run", "visits.csv", "--ahead", "2", "--samples", "3", "--out", "forecast.csv")
    assert len(pd.read_csv("forecast.csv")) == 2 * 3 * len(data.test)
    assert len(pd.read_csv("forecast-quantiles.csv")) == 2 * len(data.test)
    run("sample", "run", "-n", "5", "--given", "sex=f", "--out", "new.csv")
    assert pd.read_csv("new.csv")["patient"].nunique() == 5
