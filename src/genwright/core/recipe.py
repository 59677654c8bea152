"""The Recipe of a family, and the hyperparameters of training that recipes share. Importing it imports no torch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .hyper import Hyper, real, whole
from .limits import MOST_BATCH

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Optim:
    """Settings of one player's AdamW.

    Args:
        lr: peak learning rate.
        weight_decay: Decoupled weight decay.
        betas: Decay of the running means of the gradient and of its square.
        clip: gradient norm.
        average: width of the running average of its weights as a share of training (Karras 2024), 0 for none.
    """

    lr: float = 1e-3
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    clip: float = 1.0
    average: float = 0.05


FULL_BATCH = 0  # value of Recipe.batch: every training item in each step
OF_TOWERS = "match_"  # begins the names of hyperparameters of towers, in a family that has them as a part


@dataclass(frozen=True)
class Recipe:
    """An untrained family and the numbers of its training; recipes return it, the loop reads it.

    Args:
        family: A `Trainable`.
        batch: Items a step, or FULL_BATCH. Default: 256.
        lr: Peak learning rate of AdamW.
        weight_decay: Decoupled weight decay of AdamW.
        betas: Betas of AdamW.
        warmup: Items after which the learning rate has its peak.
        clip: Gradient norm.
        average: Width of the running average of weights as a share of training (Karras 2024), 0 for none.
        validates: Whether validation picks the weights.
        validate_every: Steps from one validation to the next. Default: None, as often as costs little.
        epochs: The budget where a person names none. Default: None, two minutes.
    """

    family: "nn.Module"
    batch: int = 256
    lr: float = 1e-3
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    warmup: int = 10_000
    clip: float = 1.0
    average: float = 0.05
    validates: bool = True
    validate_every: int | None = None
    epochs: float | None = None

    @property
    def optim(self) -> Optim:
        """The optimiser settings of players that bring none."""
        return Optim(self.lr, self.weight_decay, self.betas, self.clip, self.average)


@dataclass(frozen=True)
class Trained(Hyper):
    """Base of the hyperparameters of recipes whose weights AdamW trains in batches.

    Args:
        batch: training items in each step.
        lr: peak learning rate of AdamW.
        weight_decay: decoupled weight decay of AdamW.
    """

    batch: int = whole(128, least=1, most=MOST_BATCH, says="training items in each step")
    lr: float = real(1e-3, above=0.0, most=10.0, says="peak learning rate of AdamW")
    weight_decay: float = real(0.0, least=0.0, says="decoupled weight decay of AdamW")

    def recipe(self, family: "nn.Module", **settings: object) -> Recipe:
        """Makes the Recipe of a family.

        Args:
            family: The untrained family.
            settings: Fields of `Recipe` that differ from its defaults.
        """
        return Recipe(family, batch=self.batch, lr=self.lr, weight_decay=self.weight_decay, **settings)


@dataclass(frozen=True)
class TrainedWhole(Hyper):
    """Base of the hyperparameters of recipes that learn from all training items in each step, for some epochs."""

    lr: float = real(0.01, above=0.0, most=10.0, says="peak learning rate of AdamW")
    epochs: float = real(200.0, above=0.0, says="passes over the data where no budget is named")

    def recipe(self, family: "nn.Module", **settings: object) -> Recipe:
        """Makes the Recipe of a family.

        Args:
            family: The untrained family.
            settings: Fields of `Recipe` that differ from its defaults.
        """
        return Recipe(family, batch=FULL_BATCH, lr=self.lr, epochs=self.epochs, **settings)
