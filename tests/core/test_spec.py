import json

import pytest
import torch

from genwright.core.ragged import from_sets
from genwright.core.spec import Category, Marginal, Members, Real, Spec, spec_from_json, spec_to_json


def test_json_gives_the_same_spec_back(mixed, pictures, nothing):
    for spec in (mixed, pictures, nothing):
        assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


def test_shapes_and_measures(mixed, pictures):
    assert pictures.shape == (1, 8, 8) and pictures.dims == 64 and pictures.of == "mass" and pictures.is_array
    assert mixed.shape == (3,) and mixed.dims == 3 and mixed.of == "mass x density" and not mixed.is_array
    assert Spec((("x", Real()), ("y", Real()))).of == "density"


SIZES = Marginal((1.5, 2.5, 3.5), (0.5, 0.5))
ATOM = Spec((("position", Real((3,), "space", scale=2.0)), ("kind", Category(4))))
ATOMS = Spec((("atoms", Members(ATOM, SIZES)),))
GRAPH = Spec((("graph", Members(Spec(()), SIZES, Category(2), True)),))


def test_a_set_stands_alone_and_comes_back_from_json():
    with pytest.raises(ValueError, match="the only leaf"):
        Spec((*ATOMS.leaves, ("label", Category(3))))
    for spec in (ATOMS, GRAPH, Spec((("line", Category(5, (7,), "sequence", ends=True)),))):
        assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


def test_parts_of_a_row_with_shapes():
    row = Spec((("label", Category(3)), ("caption", Category(9, (4,), "sequence")), ("low", Real((1, 2, 2), "grid"))))
    x = torch.arange(18.0).view(2, 9)
    assert row.width == 9 and row.shape == (9,) and row.widths == [1, 4, 4]
    assert row.part(x, "label").tolist() == [0, 9] and row.part(x, "caption").shape == (2, 4)
    assert row.part(x, "low").shape == (2, 1, 2, 2) and row.part(x, "low").flatten().tolist()[:4] == [5, 6, 7, 8]


def test_numbers_of_items_that_differ(pictures):
    assert pictures.numbers(torch.zeros(2, 1, 8, 8)).tolist() == [64, 64]
    line = Spec((("line", Category(5, (4,), "sequence", ends=True)),))
    assert line.numbers(torch.tensor([[0, 1, 3, 4], [3, 4, 4, 4]])).tolist() == [3, 1]  # END counts, PAD does not
    sets = from_sets([torch.zeros(2, 4), torch.zeros(3, 4)])
    assert ATOMS.numbers(sets).tolist() == [8, 12] and ATOMS.of == "mass x density" and ATOMS.shape == (4,)
    graphs = from_sets([torch.zeros(2, 0), torch.zeros(3, 0)], [torch.zeros(2, 2).long(), torch.ones(3, 3).long()])
    assert GRAPH.numbers(graphs).tolist() == [1, 3] and GRAPH.of == "mass"
