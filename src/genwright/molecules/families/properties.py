"""Properties of molecules: an encoder reads views of a molecule, and a linear map predicts from its output.

f(G) = W encoder(G) + b
min  the mean over known answers of -log softmax(f_t(G))[y_t] of a class, of (f_t(G) - y_t)^2 of a number
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ...core.answers import UNKNOWN, Target, loss, probabilities
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.graph import Graph, subgraphs
from ...core.trainable import Batch, HeldOut, Items, Stage, Trainable, join
from ...graphs.networks.features import FeatureLinear, Features
from ..chemistry.fingerprints import nearest
from .uncertainty import Believed, Calibration, bits

SIMPLE_SHARE = 0.25  # of a budget of time, for the simple predictors
JUDGED = 2_000  # molecules of all folds together that weigh and measure, at most: all members predict all of them
BLOCK = 64  # molecules computed at a time when all are predicted: what their bonds hear fits into a cache


@dataclass(frozen=True)
class MoleculesContext:
    """n molecules in the views that families read; each view is None where none was asked for.

    Args:
        x: (N, F) of atoms.
        graph: their bonds.
        members: (n + 1,) int64 where the atoms of each molecule begin.
        descriptors: (n, D) of whole molecules, scaled.
        counts: (n, bits) of fingerprints.
    """

    x: Tensor | None = None
    graph: Graph | None = None
    members: Tensor | None = None
    descriptors: Tensor | None = None
    counts: Features | None = None

    def __len__(self) -> int:
        if self.members is not None:
            return len(self.members) - 1
        return len(self.counts if self.descriptors is None else self.descriptors)

    def __deepcopy__(self, memo: dict) -> MoleculesContext:
        return self  # it never changes, and it may be large

    @property
    def device(self) -> torch.device:
        return next(value.device for value in vars(self).values() if isinstance(value, Tensor))

    def move_to(self, device: torch.device | str) -> MoleculesContext:
        """Copies the molecules to a device."""
        return MoleculesContext(*(None if value is None else value.to(device) for value in vars(self).values()))

    to = move_to  # as a tensor calls it

    def select(self, ids: Tensor) -> MoleculesContext:
        """Selects molecules by their numbers (B,), in this order; a molecule may come twice."""
        of_each = {name: getattr(self, name) for name in ("descriptors", "counts")}
        views = {name: None if value is None else value[ids] for name, value in of_each.items()}
        if self.graph is None:
            return MoleculesContext(**views)
        graph, atoms, members = subgraphs(self.graph, self.members, ids)
        return MoleculesContext(self.x.index_select(0, atoms), graph, members, **views)


class NetworkPredictor(Believed):
    """Base of predictors by networks, alone or mixed with simple predictors.

    Args:
        targets: what is predicted.
        descriptor_network: the simple predictors (`beside.SimplePredictors`), untrained; None for none.
    """

    def __init__(self, targets: Sequence[Target], descriptor_network: nn.Module | None):
        super().__init__(targets)
        self.register_module("beside", descriptor_network)
        self.left_out: Tensor | None = None  # (predictors, n, outputs) of all folds: `judge_by_folds` needs them again

    @property
    def keeps_ranges(self) -> bool:
        """Whether the ranges of training values are kept. Networks alone keep none, so that runs from before there were
        ranges resume to the same bits."""
        return self.beside is not None

    @property
    def finish_share(self) -> float:
        return Trainable.finish_share if self.beside is None else SIMPLE_SHARE

    @abstractmethod
    def network_predictions(self, context: MoleculesContext) -> Tensor:
        """Returns predictions (members, n, outputs) of the networks alone."""

    def member_predictions(self, context: MoleculesContext) -> Tensor:
        networks = self.network_predictions(context)
        return networks if self.beside is None else self.beside.mix(networks, self.beside.predict(context))

    def weigh(self, splits: list[HeldOut], rng: Draws) -> None:
        """Fits the weights of the predictors on molecules that no training looked at. Then the simple predictors learn
        from all."""
        if self.beside is None:
            return
        held_out = [split.held_out[: JUDGED // len(splits)] for split in splits]
        if len(items := join(held_out)):
            self.left_out = self.beside.predict_left_out(
                self.around, [split.learned for split in splits], held_out, rng
            )
            sizes = torch.tensor([len(part) for part in held_out])
            member = torch.repeat_interleave(torch.arange(len(splits)), sizes)
            unseen = torch.cat([torch.arange(len(part)) < len(split.unseen) for part, split in zip(held_out, splits)])
            networks = self.network_predictions(self.around.select(items.x[unseen.to(items.x.device)]))
            networks = networks[member[unseen], torch.arange(len(networks[0]))]
            self.beside.weigh(networks, self.left_out[:, unseen], items.target[unseen])
        self.beside.fit(self.around, join([splits[0].learned, splits[0].held_out]), rng)


class PropertyPredictor(NetworkPredictor):
    """Predicts properties of molecules: an encoder reads the molecule, and a linear map predicts from its output.

    Args:
        encoder: Encoder of molecules, a MoleculesContext, to (n, encoder.width); `encoder.views` says what it reads
            of them, `encoder.prepare(graph)` what becomes of their bonds once. fold: (k, count) where it is member
            k, from 0, of an ensemble. weighed: whether other predictors stand beside it, or beside its ensemble.
        targets: The targets that are predicted.
    """

    fold: tuple[int, int] | None = None
    parallel = "gather"  # the loss is a mean over known answers; some encoders have a batch norm

    def __init__(self, encoder: nn.Module, targets: Sequence[Target], descriptor_network: nn.Module | None = None):
        super().__init__(targets, descriptor_network)
        self.weighed = descriptor_network is not None
        self.encoder = encoder
        self.head = FeatureLinear(encoder.width, sum(target.outputs for target in targets))
        units = {True: "nats", False: "squared deviations"}
        self.unit = " and ".join(sorted({units[bool(target.classes)] for target in targets}))

    @property
    def views(self) -> tuple[str, ...]:
        """The views of molecules that the encoder reads: "graph", "descriptors", "counts"."""
        view_names = () if self.beside is None else ("descriptors",)
        return tuple(dict.fromkeys([*self.encoder.views, "counts", *view_names]))

    def attach(self, context: MoleculesContext) -> None:
        super().attach(context)
        self.context = self._prepared(context)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of molecules with numbers batch.x (B,) in the context and answers batch.target."""
        return loss(self(self.context.select(batch.x)), batch.target, self.targets), {}

    def stages(self) -> list[Stage]:
        (stage,) = super().stages()
        stage = replace(stage, classes=self.classes_of, weighed=self.weighed)
        return [stage if self.fold is None else replace(stage, name=f"member-{self.fold[0] + 1}", fold=self.fold)]

    def classes_of(self, items: Items) -> Tensor:
        """Numbers items (n,) int64 so that items with the same class of each target, or the same unknown ones, have
        equal numbers."""
        of_classes = torch.tensor([bool(target.classes) for target in self.targets], device=items.x.device)
        known = (items.target.known != UNKNOWN) & of_classes
        return torch.where(known, items.target.y, -1.0).unique(dim=0, return_inverse=True)[1]

    def forward(self, molecules: MoleculesContext) -> Tensor:
        """Computes outputs (n, outputs): class scores, and scaled numbers.

        Args:
            molecules: prepared.
        """
        encoded = self.encoder(molecules)
        with torch.autocast(encoded.device.type, enabled=False):
            return self.head(encoded.to(self.head.weight.dtype))

    def network_predictions(self, context: MoleculesContext) -> Tensor:
        return torch.cat([probabilities(self(part), self.targets) for part in self._blocks(context)])[None]

    def encode(self, context: MoleculesContext) -> Tensor:
        """Computes features (n, D) of molecules."""
        return torch.cat([self.encoder(part) for part in self._blocks(context)])

    def begin_from(self, parent: Believed) -> None:
        """Copies the weights of another predictor's encoder, and of its outputs where the targets are the same. Members
        of an ensemble begin from the parent's members, in turn.

        Raises DataError where that encoder is of other sizes."""
        parents = getattr(parent, "members", [parent])
        parent = parents[self.fold[0] % len(parents) if self.fold else 0]
        own_weights, weights = self.encoder.state_dict(), parent.encoder.state_dict()
        misfits = [
            name
            for name in own_weights.keys() | weights.keys()
            if not _equal_tensors(own_weights.get(name), weights.get(name))
        ]
        if misfits:
            raise DataError(
                f"the run to begin from reads molecules otherwise ({min(misfits)} differs): give the same descriptors "
                "and hyperparameters, or begin anew"
            )
        self.encoder.load_state_dict(weights)
        if self.targets == parent.targets:
            self.head.load_state_dict(parent.head.state_dict())

    def _prepared(self, context: MoleculesContext) -> MoleculesContext:
        return context if context.graph is None else replace(context, graph=self.encoder.prepare(context.graph))

    def _blocks(self, context: MoleculesContext) -> Iterator[MoleculesContext]:
        prepared_context = self._prepared(context)
        for ids in torch.arange(len(context), device=context.device).split(BLOCK):
            yield prepared_context.select(ids)


def _equal_tensors(a: Tensor | None, b: Tensor | None) -> bool:
    return a is not None and b is not None and a.shape == b.shape


class Ensemble(NetworkPredictor):
    """Several networks of one kind, trained in turn within one run. It predicts their mean, and their spread measures
    doubt (Lakshminarayanan 2017).

    They differ by their first weights, by the order of their items, and by which items validate: each has its own fold
    of the run's training and validation items. If too few validate to set any apart, each member is measured on its
    fold. A member needs nothing of the others while it trains, so each may train in a process of its own.

    Args:
        members: at least two, untrained, which read the same of molecules and answer the same.
        descriptor_network: as in `NetworkPredictor`.
    """

    def __init__(self, members: Sequence[PropertyPredictor], descriptor_network: nn.Module | None = None):
        super().__init__(members[0].targets, descriptor_network)
        self.members = nn.ModuleList(members)
        for k, member in enumerate(members):
            member.fold, member.weighed = (k, len(members)), descriptor_network is not None
        self.unit, self.views = members[0].unit, members[0].views
        if descriptor_network is not None:
            self.views = tuple(dict.fromkeys([*self.views, "descriptors"]))

    def attach(self, context: MoleculesContext) -> None:
        super().attach(context)
        for member in self.members:
            member.attach(context)

    def stages(self) -> list[Stage]:
        """Returns the stages of training, one for each member."""
        return [stage for member in self.members for stage in member.stages()]

    def network_predictions(self, context: MoleculesContext) -> Tensor:
        return torch.cat([member.network_predictions(context) for member in self.members])

    def judge_by_folds(self, folds: list[Items]) -> None:
        parts = [fold[: JUDGED // len(folds)] for fold in folds]
        items, fold = join(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        networks = self.network_predictions(self.around.select(items.x))
        if self.beside is not None:
            networks = self.beside.mix(networks, self.left_out)
        values = networks, items.target.y, items.target.known
        predictions, y, known = (of_items.double().cpu().numpy() for of_items in values)
        other_fingerprints = [self.fingerprints[~torch.isin(self.numbers, fold.x)].cpu().numpy() for fold in folds]
        similarity = [
            nearest(bits(self.around, part.x), outer_bits)[0] for part, outer_bits in zip(parts, other_fingerprints)
        ]
        calibration = Calibration.fit_by_folds(predictions, fold, y, known, self.targets, np.concatenate(similarity))
        self.keep_calibration(calibration)

    def encode(self, context: MoleculesContext) -> Tensor:
        """Computes features (n, members x D) of all members side by side."""
        return torch.cat([member.encode(context) for member in self.members], 1)

    def begin_from(self, parent: PropertyPredictor | Ensemble) -> None:
        """Copies the weights of a parent's members to the members, in turn. Raises DataError as theirs does."""
        for member in self.members:
            member.begin_from(parent)
