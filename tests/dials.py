"""A kind of data of a test's own, and a task of two targets on it: what a package of somebody else's would bring.

A line of a .dials file is three numbers, then a side (left or right) and a level that were read off, or - for none.
"""

import hashlib
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

import genwright
from genwright.contract.tasks import SmallTask
from genwright.core import answers
from genwright.core.account import Account
from genwright.core.answers import EXACT, UNKNOWN, Answers, Target
from genwright.core.data import Data
from genwright.core.errors import DataError
from genwright.core.hyper import whole
from genwright.core.recipe import Trained
from genwright.core.trainable import Items, Trainable
from genwright.families.task_data import TaskDomain, TaskSizes
from genwright.kinds.formats.raw import Raw, Read
from genwright.kinds.formats.source import Source
from genwright.kinds.kind import Format, Kind
from genwright.kinds.known_kinds import read_of_kind, register_kind
from genwright.kinds.splits import SPLIT_NAMES
from genwright.zoo import registry

SIDES = ("left", "right")


@dataclass
class Dials:
    """n in memory. x: (n, 3). read: (n, 2) what was read off, NaN where nothing was; None of new ones."""

    x: np.ndarray
    read: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class DialsContext:
    """x: (n, 3) of all items; squares: theirs, where a family looks at them."""

    x: Tensor
    squares: Tensor | None

    def to(self, device):
        return replace(self, x=self.x.to(device), squares=None if self.squares is None else self.squares.to(device))


@dataclass(frozen=True)
class DialsDomain(TaskDomain):
    spec: TaskSizes
    kind = "dials"
    task = "readings"

    def context_for(self, task, views):
        x = torch.cat([torch.as_tensor(part, dtype=torch.float32) for part in task.items.values()])
        if x.shape[1] != self.spec.inputs:
            raise DataError(f"{task.name} has {x.shape[1]} numbers a dial, and training had {self.spec.inputs}: give 3")
        return DialsContext(x, x**2 if "squares" in views else None)

    def without_labels(self, data):
        return Data("dials", self, {"test": data}, "")

    def answers(self, found, task):
        side, level = answers.columns(found, self.spec.targets)
        number = self.spec.targets[1]
        value = level[:, 0] * number.scale + number.shift
        return pd.DataFrame({"side": np.array(SIDES)[side.argmax(1)], "p": side[:, 1].numpy(), "level": value.numpy()})

    def to_json(self):
        return {"sizes": asdict(self.spec)}

    @classmethod
    def from_json(cls, record):
        return cls(TaskSizes.from_json(record["sizes"]))


def _read(source: Source) -> Raw:
    if source.path is None:
        return Raw("dials", "dials", source.given, account=Account())
    cells = [line.split() for line in source.path.read_text().splitlines()]
    side = [SIDES.index(row[3]) if row[3] in SIDES else np.nan for row in cells]
    level = [np.nan if row[4] == "-" else float(row[4]) for row in cells]
    x = np.array([row[:3] for row in cells], dtype=float)
    return Raw("dials", source.stem, Dials(x, np.stack([side, level], 1)), account=Account())


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """The first seven tenths train, the next validate, the last test."""
    x, read = raw.items.x, raw.items.read
    ends = [0, int(0.7 * len(x)), int(0.85 * len(x)), len(x)]
    of_train = read[: ends[1], 1]
    level = Target("level", shift=float(np.nanmean(of_train)), scale=float(np.nanstd(of_train)))
    domain = DialsDomain(TaskSizes(x.shape[1], (Target("side", SIDES), level)))
    y = torch.tensor(np.nan_to_num((read - [0, level.shift]) / [1, level.scale]), dtype=torch.float32)
    known = torch.from_numpy(np.where(np.isnan(read), UNKNOWN, EXACT).astype(np.int8))
    items, encoded = {}, {}
    for part, begin, end in zip(SPLIT_NAMES, ends, ends[1:]):
        numbers = torch.arange(begin, end)
        items[part] = x[begin:end]
        encoded[part] = Items(numbers, torch.zeros(len(numbers), 0), Answers(y, known)[numbers])
    digest = hashlib.blake2b(x.tobytes() + read.tobytes()).hexdigest()
    return Data(raw.name, domain, items, digest, text, encoded=encoded)


def read_items(source, domain) -> Read:
    raw = read_of_kind(source, domain.kind)
    return Read(raw.items.x, None, raw.item_places, raw.account)


class DialsNet(Trainable):
    """One hidden layer over the numbers and their squares."""

    views = ("squares",)

    def __init__(self, spec: TaskSizes, width: int):
        super().__init__()
        self.targets = spec.targets
        self.hidden, self.last = nn.Linear(2 * spec.inputs, width), nn.Linear(width, spec.outputs)

    def attach(self, context):
        self.seen = context

    def loss(self, batch):
        return answers.loss(self.last(self.encode(self.seen)[batch.x]), batch.target, self.targets), {}

    def predict(self, context):
        return answers.probabilities(self.last(self.encode(context)), self.targets)

    def encode(self, context):
        return self.hidden(torch.cat([context.x, context.squares], 1)).tanh()


@dataclass(frozen=True)
class DialsHyper(Trained):
    lr: float = 0.01
    width: int = whole(16, least=1, most=64, says="units of the hidden layer")


def net(spec: TaskSizes, given, hyper: DialsHyper):
    return hyper.recipe(DialsNet(spec, hyper.width), epochs=5.0)


def made(n: int = 600, missing: float = 0.5) -> Dials:
    """The side is that of the first number, the level 100 and ten times the second."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3))
    read = np.stack([x[:, 0] > 0, 100 + 10 * x[:, 1]], 1)
    return Dials(x, np.where(rng.random((n, 2)) < missing, np.nan, read))


class Small(SmallTask):
    """How the contract looks at dials."""

    def data(self) -> Data:
        return genwright.load_data(made())

    def unfitting_data(self, data: Data) -> Dials:
        """With four numbers each."""
        return Dials(np.ones((5, 4)))

    def count(self, data: Data) -> int:
        return sum(data.sizes.values())


def register() -> None:
    looks = lambda source: source.ends(".dials") or isinstance(source.given, Dials)
    register_kind(Kind("dials", "dials", __name__, formats=(Format(looks, _read, "dials"),)))
    task = registry.Task(
        f"{__name__}:DialsDomain",
        "genwright.graphs.measure.predictions_suite:LabelsSuite",
        schema={"required": ["sizes"], "properties": {"sizes": {"$ref": "#/$defs/sizes"}}},
        small_data=f"{__name__}:Small",
    )
    registry.register_task("dials", "readings", task)
    genwright.register("dials", "net", net, {"tiny": DialsHyper()}, registry.PREDICTOR_VERBS)
