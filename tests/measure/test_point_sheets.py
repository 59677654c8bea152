# Tests measure/plots/figures.py, measure/plots/line_sheets.py, measure/plots/point_sheets.py
"""Drawings of points: what the page turns is what the picture shows."""

import json

import numpy as np

from genwright.measure.plots.figures import save
from genwright.measure.plots.point_sheets import SETS_PER_ROW, drawing, write_animation
from genwright.studies.report.pictures import animation as read
from genwright.studies.report.pictures import figure


def test_what_is_turned_is_the_set_in_axes_of_its_own(tmp_path):
    rng = np.random.default_rng(0)
    sets = [
        (rng.integers(0, 2, m), rng.normal(size=(m, 3)) * [1, 5, 2]) for m in (1, 2, *rng.integers(3, 9, SETS_PER_ROW))
    ]
    save(drawing(sets, 1, ["C", "H"]), tmp_path / "a.png")
    write_animation(sets, 1, ["C", "H"], tmp_path / "a.png")
    record = json.loads(figure(tmp_path, "a.png")["turned"])
    assert record["symbols"] == ["C", "H"] and len(record["sets"]) == SETS_PER_ROW == record["columns"]
    for (kinds, positions), shown in zip(sets, record["sets"]):
        at = np.array(shown["at"])
        between = lambda places: np.linalg.norm(places[:, None] - places, axis=2)
        assert shown["kinds"] == kinds.tolist() and np.allclose(between(at), between(positions), atol=0.03)
        assert (np.diff(at.std(0)) <= 0.01).all()  # the shortest axis last
        assert (len(kinds) == 1) == (shown["joined"] == [])


def test_a_file_that_holds_anything_else_is_not_turned(tmp_path):
    good = {"columns": 6, "symbols": ["C"], "colours": ["#000000"]}
    one = {"kinds": [0, 0], "at": [[0, 0, 0], [1, 0, 0]], "joined": [[0, 1]]}
    path = tmp_path / "a.json"
    said = lambda record: (path.write_text(json.dumps(record)), read(path))[1]
    assert json.loads(said(good | {"sets": [one]}))["sets"] == [one]
    for wrong in ({"kinds": [0, 1]}, {"kinds": [0]}, {"at": [[0, 0, 0], [1, 0]]}, {"joined": [[0, 2]]}, {"at": "ab"},
                  {"at": [[0, 0, 0], [1, 0, float("nan")]]}, {"joined": 3}):  # fmt: skip
        assert said(good | {"sets": [one | wrong]}) == ""
    for wrong in ({}, [], 7, good, good | {"sets": []}, good | {"sets": [one], "colours": []}):
        assert said(wrong) == ""
    path.write_bytes(b"\xff\0{")
    assert read(path) == read(tmp_path / "none.json") == ""
