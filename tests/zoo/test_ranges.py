# Tests zoo/autoencoders.py, zoo/autoregressive.py, zoo/baselines.py, zoo/bodies/images.py, zoo/bodies/lines.py,
#   zoo/bodies/points.py, zoo/bodies/tables.py, zoo/structured_vaes.py
"""Every value in a field's range builds a network or is refused in a sentence, also beside the values of others."""

import re
from dataclasses import replace
from functools import cache

import pytest
from cells import repeated_long

from genwright.contract.small_data import small_data, small_label
from genwright.core.draws import seeded
from genwright.core.errors import DataError, GenwrightError
from genwright.core.hyper import Choice, Number
from genwright.run.tasks import task_of
from genwright.zoo import autoencoders, registry

HYPER = [row for row in registry.ROWS if registry.presets(row)]
name_of = lambda row: f"{row.label}-{row.family}"
ODD = 12  # neither a power of two, nor a multiple of eight or five


@cache
def domain(label: str, task: str):
    return task_of(small_data(label), task if registry.predicts(task) else None).domain


def built(row, changed):
    data = domain(small_label(row), row.task)
    with seeded(0):
        numbers = registry.hyperparameters(row, data.spec, data.given, 100, "tiny", changed)
        return registry.build(row, data.spec, data.given, numbers)


def values(kind) -> list:
    """Some that the kind of a field holds."""
    if isinstance(kind, Choice):
        return list(kind.names)
    if not isinstance(kind, Number):
        return []
    least = kind.least if kind.above is None else kind.above + 1e-6
    return [value for value in (least, ODD) if value is not None and _holds(kind, value)]


def _holds(kind, value) -> bool:
    try:
        kind.convert(value)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("row", repeated_long(HYPER, name_of), ids=name_of)
def test_a_value_in_its_range_builds_or_is_refused_in_a_sentence(row):
    for name, field in registry.presets(row)["tiny"].fields().items():
        for value in values(field["kind"]):
            try:
                built(row, {name: value})
            except GenwrightError as error:
                assert name in str(error) or str(value) in str(error)


@pytest.mark.parametrize(
    "family, changed",
    [
        ("vae", {"channels": 12}),
        ("hierarchical-vae", {"channels": 3}),
        ("vq-vae", {"channels": 12}),
        ("vq-vae", {"heads": 3}),
        ("diffusion", {"width": 20}),
        ("cascade", {"base_width": 12}),
        ("flow-matching", {"heads": 3, "width": 64}),
        ("latent-diffusion", {"heads": 3}),
        ("gan", {"channels": 12}),
    ],
    ids=str,
)
def test_the_multiple_that_an_error_names_is_taken(family, changed):
    row = registry.row(*registry.IMAGES, family)
    with pytest.raises(DataError) as error:
        built(row, changed)
    name, value = re.match(r"(\w+) = .*choose (\d+)", str(error.value)).groups()
    built(row, changed | {name: int(value)})


def test_a_loss_that_does_not_fit_pairs_is_refused_with_those_that_do():
    gan = registry.row(*registry.IMAGES, "gan")
    with pytest.raises(DataError):
        built(gan, {"loss": "ebgan", "variant": "bidirectional"})
    built(gan, {"loss": "hinge", "variant": "bidirectional"})
    built(gan, {"loss": "ebgan"})


def test_a_scalar_quantiser_has_no_more_codes_than_a_prior_can_name():
    with pytest.raises(DataError):
        built(registry.row(*registry.IMAGES, "vq-vae"), {"finite": [2048, 2048]})


def test_units_of_a_dense_network_are_any_number():
    assert replace(autoencoders.VAE_IMAGES["dense"], channels=13).channels == 13
