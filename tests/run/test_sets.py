"""Sets through training, the run folder and every verb: a toy kind of data whose items are sets of numbers."""

from dataclasses import dataclass
from math import log, pi

import pytest
import torch
from torch import Tensor

import genwright
from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.core.errors import GivenError
from genwright.core.family import Family
from genwright.core.graph import offsets
from genwright.core.hyper import Hyper, real
from genwright.core.ragged import Ragged, from_sets
from genwright.core.recipe import Recipe
from genwright.core.spec import Marginal, Members, Real, Spec, spec_from_json, spec_to_json
from genwright.kinds.domain import Domain
from genwright.training.checkpoints import Store
from genwright.zoo import registry

SIZES = torch.tensor([0.2, 0.3, 0.5])  # of 1, 2 and 3 members
SPEC = Spec((("set", Members(Spec((("x", Real()),)), Marginal((0.5, 1.5, 2.5, 3.5), tuple(SIZES.tolist())))),))


class Sets(Domain):
    """Items: a list of tensors (m, 1); known: a list of bool of their shapes."""

    kind = "toy-sets"

    def __init__(self, spec: Spec = SPEC):
        self.spec, self.given = spec, Spec(())

    def encode(self, items):
        return from_sets(items), torch.zeros(len(items), 0)

    def encode_given(self, given, n):
        return torch.zeros(n, 0)

    def decode(self, x, given, seed):
        return list(x.x.split(x.sizes.tolist()))

    def encode_holes(self, items, known, given):
        x = from_sets(items)
        return x, torch.zeros(len(items), 0), x.with_x(torch.cat(known))

    def decode_holes(self, x, items, known, given, note):
        return self.decode(x, given, None)

    def stack(self, completions):
        return completions

    values = keys = write = None

    def describe(self):
        return []

    def to_json(self):
        return {"domain": self.kind, "spec": spec_to_json(self.spec)}

    @classmethod
    def from_json(cls, record):
        return cls(spec_from_json(record["spec"]))


class Alike(Family):
    """Members drawn independently from one Gaussian, as many as `SIZES` says."""

    allow_bf16 = False

    def __init__(self, spec, given, start: float):
        super().__init__(spec, given)
        self.mean, self.log_sd = (torch.nn.Parameter(torch.tensor(start)) for _ in range(2))

    def _nats(self, x: Ragged) -> Tensor:
        each = -0.5 * ((x.x[:, 0] - self.mean) / self.log_sd.exp()) ** 2 - self.log_sd - 0.5 * log(2 * pi)
        return each.new_zeros(len(x)).index_add(0, x.item, each) + SIZES[x.sizes - 1].log()

    def loss(self, batch):
        return -self._nats(batch.x).mean(), {}

    def log_likelihood(self, x, given, rng, draws):
        return self._nats(x), None

    def _drawn(self, sizes: Tensor, rng) -> Ragged:
        noise = rng.normal(sizes, 1)
        return Ragged(self.mean + self.log_sd.exp() * noise, offsets(sizes))

    def sample(self, n, given, rng):
        rng = rng.items(n)
        u = rng.uniform(torch.ones(n, dtype=torch.long))
        return self._drawn(1 + torch.searchsorted(SIZES.cumsum(0)[:-1], u), rng)

    def fill(self, x, known, given, rng):
        return x.filled(known, self._drawn(x.sizes, rng.items(len(x))))


@dataclass(frozen=True)
class AlikeHyper(Hyper):
    start: float = real(1.0, says="mean before training")


def recipe(spec, given, hyper: AlikeHyper) -> Recipe:
    return Recipe(Alike(spec, given, hyper.start), batch=32, lr=0.05)


@pytest.fixture
def data(monkeypatch):
    monkeypatch.setitem(registry.TASKS, ("toy-sets", registry.GENERATE), registry.Task(f"{__name__}:Sets", ""))
    monkeypatch.setattr(registry, "_registered", [])
    registry.register("toy-sets", "alike", recipe, {"small": AlikeHyper()})
    rng = Draws("toy sets")
    items = [3 + 0.5 * rng.normal(1 + k % 3, 1) for k in range(300)]
    parts = {"train": items[:200], "valid": items[200:250], "test": items[250:]}
    return Data("sets", Sets(), parts, "toy sets 1", "sets")


def test_a_family_of_sets_is_fitted_and_opened(data, tmp_path):
    model = genwright.fit(data, "alike", items=20_000, out=tmp_path / "run", progress=False)
    assert model.family.mean.item() == pytest.approx(3, abs=0.1)
    assert model.family.log_sd.exp().item() == pytest.approx(0.5, abs=0.1)
    opened = genwright.load_model(tmp_path / "run")
    assert all(torch.equal(a, b) for a, b in zip(opened.sample(70, seed=1), model.sample(70, seed=1), strict=True))


def test_the_first_of_many_are_those_that_come_alone(data):
    model = genwright.fit(data, "alike", items=64, progress=False)
    many = model.sample(200, seed=2)
    assert len(many) == 200 and len({len(item) for item in many}) == 3
    assert all(torch.equal(a, b) for a, b in zip(model.sample(7, seed=2), many))
    assert all(torch.equal(a, b) for a, b in zip((i for part in model._sample_blocks(200, seed=2) for i in part), many))
    nats = model.log_prob(data.test)
    assert nats.nats[:3] == pytest.approx(model.log_prob(data.test[:3]).nats, abs=1e-5)
    assert nats.dims.tolist() == [len(item) for item in data.test] and nats.of == "mass x density"


def test_what_is_known_of_a_set_stays(data):
    model = genwright.fit(data, "alike", items=64, progress=False)
    items = [item for item in data.test if len(item) > 1]
    known = [torch.arange(len(item))[:, None] < 1 for item in items]
    a, b = (model.complete(items, known, seed=seed) for seed in (0, 1))
    assert all(torch.equal(x[0], item[0]) for x, item in zip(a, items, strict=True))
    assert not any(torch.equal(x[1], y[1]) for x, y in zip(a, b))
    with pytest.raises(GivenError):
        model.complete(items, known, estimate="mean")


def test_a_stopped_run_of_sets_ends_with_the_same_bits(data, tmp_path, monkeypatch):
    whole = genwright.fit(data, "alike", items=1_000, out=tmp_path / "whole", progress=False)

    class Stop(Exception):
        pass

    saved, save = [], Store.save

    def stop_at_second(self, *arguments):
        save(self, *arguments)
        saved.append(1)
        if len(saved) == 2:
            raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save", stop_at_second)
        with pytest.raises(Stop):
            genwright.fit(data, replay=tmp_path / "whole", out=tmp_path / "b", progress=False, checkpoint_seconds=0.0)
    again = genwright.fit(data, replay=tmp_path / "whole", out=tmp_path / "b", progress=False)
    assert all(torch.equal(a, b) for a, b in zip(whole.family.parameters(), again.family.parameters()))
