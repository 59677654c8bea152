import json

import pytest

from genwright.core.spec import Category, Ordered, Real, Spec, spec_from_json, spec_to_json


def test_json_gives_the_same_spec_back(mixed, pictures, nothing):
    for spec in (mixed, pictures, nothing):
        assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


def test_shapes_and_measures(mixed, pictures):
    assert pictures.shape == (1, 8, 8) and pictures.dims == 64 and pictures.of == "mass" and pictures.is_array
    assert mixed.shape == (3,) and mixed.dims == 3 and mixed.of == "mass x density" and not mixed.is_array
    assert Spec((("x", Real()), ("y", Real()))).of == "density"


def test_arrays_and_scalars_do_not_mix():
    with pytest.raises(ValueError, match="one leaf with a shape"):
        Spec((("picture", Ordered(2, shape=(1, 2, 2))), ("label", Category(3))))
