"""Hyperparameters: each kind of field takes what its range holds, and refuses the rest by name."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

from genwright.core.errors import DataError
from genwright.core.hyper import Hyper, flag, one_of, real, whole, wholes


@dataclass(frozen=True)
class Base(Hyper):
    lr: float = real(1e-3, above=0.0, most=1.0, says="learning rate")


@dataclass(frozen=True)
class Toy(Base):
    lr: float = 2e-3
    layers: int = whole(2, least=0, most=8, says="layers")
    free_bits: float = real(0.0, least=0.0, says="nats")
    dropout: float = real(0.0, least=0.0, below=1.0, says="share")
    shift: float = real(0.0, says="any")
    masked: bool = flag(True, says="whether")
    network: str = one_of("towers", "dense", says="which")
    strides: tuple[int, ...] = wholes((2, 2), least=1, most=8, many=3, says="strides")


@pytest.mark.parametrize(
    "name, value",
    [
        ("layers", 9), ("layers", -1), ("layers", 2.0), ("layers", True), ("layers", "2"),
        ("free_bits", -0.1), ("free_bits", float("nan")), ("free_bits", float("inf")), ("free_bits", False),
        ("shift", float("-inf")), ("shift", None), ("dropout", 1.0), ("dropout", 1), ("lr", 0.0), ("lr", 1.5),
        ("masked", 1), ("masked", "true"), ("network", "tower"), ("network", ["dense"]),
        ("strides", ()), ("strides", (1, 2, 3, 4)), ("strides", (0, 2)), ("strides", (2.0, 2)), ("strides", 2),
    ],
)  # fmt: skip
def test_a_value_out_of_its_range_is_refused_by_name(name, value):
    for refused in (lambda: Toy(**{name: value}), lambda: Toy().changed({name: value}, "Toy")):
        with pytest.raises(DataError) as error:
            refused()
        said = str(error.value)
        assert name in said and "Toy" in said and str(value) in said and str(Toy.fields()[name]["kind"]) in said


@pytest.mark.parametrize(
    "name, value",
    [
        ("layers", 0),
        ("layers", 8),
        ("free_bits", 2.0),
        ("free_bits", 1e9),
        ("dropout", 0.0),
        ("shift", -7.5),
        ("lr", 1.0),
    ],
)
def test_the_ends_of_a_range_belong_to_it(name, value):
    assert getattr(Toy(**{name: value}), name) == value


def test_a_value_has_the_type_of_its_field():
    """So that 2 and 2.0 are one run."""
    toy = Toy(free_bits=2, strides=[4, 2])
    assert type(toy.free_bits) is float and toy.strides == (4, 2) and toy == Toy(free_bits=2.0, strides=(4, 2))
    assert toy.values()["strides"] == [4, 2] and Toy().changed(toy.values(), "toy") == toy
    with pytest.raises(FrozenInstanceError):
        toy.layers = 3


def test_another_default_keeps_the_range():
    assert Toy().lr == 2e-3 and Base().lr == 1e-3 and list(Toy.fields())[0] == "lr"
    assert Toy.fields()["lr"] == Base.fields()["lr"]
