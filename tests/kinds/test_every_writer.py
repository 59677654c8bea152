"""Every form that a row says is written: a model finds the same items in the file as in memory."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.contract.small_data import small_data
from genwright.kinds.formats.forms import FORMS
from genwright.kinds.load import read_items

ROOMS = {  # room of writers: kind of data
    "tables": "tables", "images": "images", "audio": "audio", "music": "music", "sequences": "sequences",
    "points": "points", "molecules": "molecules", "graphs": "graph-sets", "clips": "clips", "counts": "counts",
}  # fmt: skip
JOINED = {("images", ".png"), ("images", ".apng"), ("music", ".wav"), ("music", ".wave"), ("music", ".npz"),
          ("clips", ".gif"), ("clips", ".png"), ("clips", ".apng"),
          ("clips", ".mp4"), ("clips", ".m4v"), ("clips", ".mov")}  # no items  # fmt: skip
ONE = {("audio", ".wav"), ("audio", ".wave"), ("audio", ".flac"), ("graphs", ".graphml"), ("graphs", ".gml"),
       ("music", ".mid"), ("music", ".midi")}  # fmt: skip
FOUR_DECIMALS = {("points", ".sdf"), ("points", ".mol"), ("points", ".mdl")}


def room_of(writer: str) -> str:
    """The room of a writer, "module:function" below `kinds` or of a package."""
    parts = writer.removeprefix("formats.").split(".")
    if parts[0] != "genwright":
        return parts[0]
    return parts[3] if parts[1] == "sound" else {"motion": "clips"}.get(parts[1], parts[1])


WRITTEN = [
    (room_of(name), suffix)
    for form in FORMS
    for name in form.writers
    for suffix in form.suffixes
    if (room_of(name), suffix) not in JOINED and (not form.package or find_spec(form.package))
]


def data_of(room):
    if room == "tables":
        rng = np.random.default_rng(0)
        city = pd.Series(rng.choice(["Oslo", "Bergen, west", "Ås"], 60), dtype=object)
        city[::9] = None
        age = pd.Series(rng.integers(18, 80, 60), dtype="Int64")
        age[::7] = pd.NA
        return gw.load_data(pd.DataFrame({"age": age, "pay": rng.normal(10, 2, 60), "city": city}))
    if room == "graphs":
        import networkx as nx

        return gw.load_data([nx.gnp_random_graph(6 + k % 4, 0.5, seed=k) for k in range(24)])
    return small_data(ROOMS[room])


@pytest.mark.parametrize("room, suffix", WRITTEN)
def test_what_is_written_is_read(room, suffix, tmp_path):
    data = data_of(room)
    items = data.train[:1] if (room, suffix) in ONE else data.train
    back = read_items(data.domain.write(items, tmp_path / f"new{suffix}"), data.domain).items
    if (room, suffix) in FOUR_DECIMALS:
        assert [one.symbols for one in back] == [one.symbols for one in items]
        return
    assert (data.domain.keys(back) == data.domain.keys(items)).all()


def test_every_row_has_its_functions():
    for form in FORMS:
        for name in (form.reader, *form.writers):
            assert not name or callable(form.function(name)), name
