"""Items as bytes: back as they were, at the price of their likelihood, and never a wrong item from a damaged stream."""

import numpy as np
import pandas as pd
import pytest
from damaged_bytes import damaged

import genwright as gw
from genwright.core.errors import DataError
from genwright.run import compressed
from genwright.run.compressed import FRAME, MAGIC

DAMAGES = 150


def people(n: int) -> pd.DataFrame:
    """Counts with a long tail, categories, and cells that are missing."""
    rng = np.random.default_rng(0)
    age, town = rng.integers(18, 90, n), rng.choice(["Bern", "Genf", "Chur"], n, p=[0.6, 0.3, 0.1])
    income = (age * rng.lognormal(5, 1, n)).round()
    return pd.DataFrame({"age": age, "town": town, "income": np.where(rng.random(n) < 0.1, np.nan, income)})


@pytest.fixture(scope="module")
def table():
    data = gw.load_data(people(3000))
    return gw.fit(data, "autoregressive", preset="small", items=6_000, progress=False), data


@pytest.fixture(scope="module")
def digits():
    data = gw.load_data("digits")
    return gw.fit(data, "vae", preset="tiny", items=3_000, progress=False), data


def test_rows_come_back_at_the_price_of_their_likelihood(table):
    model, data = table
    assert model.family.network.orders > 1  # so that bits come back from the choice of an order
    rows = pd.concat([data.train, data.test])
    stream = model.compress(rows)
    pd.testing.assert_frame_equal(model.decompress(stream), rows.reset_index(drop=True), check_dtype=False)
    bits = -model.log_prob(rows).nats.sum() / np.log(2)
    assert bits < 8 * len(stream) < 1.02 * bits


@pytest.mark.long
def test_pictures_come_back_at_the_price_of_the_bound_with_one_draw(digits):
    model, data = digits
    some = data.train[:500]
    back = model.decompress(model.compress(some[:100]))
    assert (np.asarray(back) == np.asarray(some[:100])).all()
    assert (back.given["label"] == some[:100].given["label"]).all()
    bare = model.compress(some, given={})
    assert (np.asarray(model.decompress(bare)) == np.asarray(some)).all()
    bits = -model.log_prob(some, given={}, draws=1).nats.sum() / np.log(2)
    assert 8 * len(bare) == pytest.approx(bits, rel=0.02)
    few = model.log_prob(some[:10], given={}, draws=1).nats.sum() / np.log(2)
    assert len(model.compress(some[:10], given={})) + few / 8 < 105  # header, and the bits of one latent


@pytest.mark.long
def test_segments_stand_alone_and_join(digits, monkeypatch):
    model, data = digits
    monkeypatch.setattr(compressed, "SEGMENT", 50)
    parts = list(model.compress_blocks(data.test[:120]))
    assert len(parts) == 1 + 3
    back = np.concatenate(list(model.decompress_blocks(b"".join(parts))))
    assert (back == np.asarray(data.test[:120])).all()


def test_a_damaged_stream_is_refused_and_never_gives_another_item(table):
    model, data = table
    stream, rng = model.compress(data.test[:40]), np.random.default_rng(1)
    for _ in range(DAMAGES):
        with pytest.raises(DataError):
            model.decompress(damaged(stream, rng))


def test_a_stream_forged_with_right_checksums_is_refused(table):
    model, data = table
    stream = model.compress(data.test[:40])
    start = len(MAGIC)
    (length, _), rng = FRAME.unpack_from(stream, start), np.random.default_rng(2)
    begin = start + FRAME.size + length
    body = stream[begin + FRAME.size :]
    for forged in (b"", body[:5], body[:-2], body[:10] + bytes(len(body) - 10), body[:10] + rng.bytes(400)):
        with pytest.raises(DataError):
            model.decompress(stream[:begin] + compressed._framed(forged))
    header = stream[start + FRAME.size : begin]
    for forged in (b"", header[:5], header[: compressed.HEADER.size] + b"\xff"):
        with pytest.raises(DataError):
            model.decompress(MAGIC + compressed._framed(forged) + stream[begin:])
    with pytest.raises(DataError):
        model.decompress(MAGIC + compressed._framed(compressed._header(model, 0)))


@pytest.mark.long
def test_cells_that_columns_cannot_say_come_back_too(monkeypatch):
    rows = people(400)
    rows["word"] = [f"rare {i}" if i % 40 == 0 else ["sun", "moon"][i % 2] for i in range(400)]
    rows["always"] = 3
    data = gw.load_data(rows)
    model = gw.fit(data, "autoregressive", preset="tiny", items=500, progress=False)
    new = rows.copy()
    new.loc[3, ["age", "income", "always"]] = 200, 2.5, 4
    new.loc[399, "word"] = "never seen"
    monkeypatch.setattr(compressed, "SEGMENT", 90)
    stream = model.compress(new)
    pd.testing.assert_frame_equal(model.decompress(stream), new, check_dtype=False)
    parts = pd.concat(list(model.decompress_blocks(stream)), ignore_index=True)
    pd.testing.assert_frame_equal(parts, new, check_dtype=False)
