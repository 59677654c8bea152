"""Labels, and numbers, of nodes and of whole graphs without a network: what every network has to beat.

    mean                the mean answer of training, or how frequent each class is
    weisfeiler-lehman   ridge or logistic regression on log(1 + counts) of the colours of a graph's nodes

Colours are those of 0 to 3 rounds of refinement (Weisfeiler & Lehman 1968), as in the subtree kernel of Shervashidze
2011; each falls by a hash into one of 128 bins of its round. The first colour of a node is a hash of its features that
are 0 or 1 in training. Further features are the logarithms of the numbers of nodes and edges, and the mean features.
"""

import numpy as np
import torch
from torch import Tensor

from ...core.answers import Target, probabilities
from ...core.draws import Draws
from ...core.trainable import Items, Trainable
from ...families.known_answers import KnownAnswers, fit_logistic, fit_ridge, mean_answer
from ...families.task_data import TaskSizes
from ..networks.features import Features, SparseRows
from ..networks.weisfeiler_lehman import colours
from .graph_task import TaskContext

ROUNDS, BINS = 3, 128


class MeanOfAll(Trainable):
    """A baseline that predicts the mean answer of training for every node, or for every graph."""

    allow_bf16 = False

    def __init__(self, spec: TaskSizes):
        super().__init__()
        self.targets = spec.targets
        self.register_buffer("answer", torch.zeros(spec.outputs))

    def finish(self, items: Items, rng: Draws) -> None:
        answers = [mean_answer(known.y, known.weight, target) for known, target in _known_answers(items, self.targets)]
        self.answer = torch.from_numpy(np.concatenate(answers)).float().to(items.x.device)

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts the mean answer (n, outputs), the same in each row."""
        count = context.graph.rows if context.members is None else len(context.members) - 1
        return self.answer.expand(count, -1)


class WeisfeilerLehman(Trainable):
    """A baseline that maps the counts of Weisfeiler-Lehman colours linearly to labels. It predicts on any graphs that
    have the features of training."""

    allow_bf16 = False

    def __init__(self, spec: TaskSizes):
        super().__init__()
        self.targets = spec.targets
        inputs = (ROUNDS + 1) * BINS + 2 + spec.inputs
        self.register_buffer("binary", torch.zeros(spec.inputs, dtype=torch.bool))
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))
        self.register_buffer("weight", torch.zeros(inputs, spec.outputs))
        self.register_buffer("bias", torch.zeros(spec.outputs))

    def attach(self, context: TaskContext) -> None:
        self.around = context

    def finish(self, items: Items, rng: Draws) -> None:
        values = _to_dense(self.around.x)
        self.binary = ((values == 0) | (values == 1)).all(0)
        counts = count_colours(self.around, self.binary)
        features = counts[items.x].double()
        self.centre, feature_spread = features.mean(0).float(), features.std(0, correction=0).float()
        self.spread = torch.where(feature_spread > 0, feature_spread, torch.ones_like(feature_spread))
        x, parts = self._scaled(counts), []
        for known, target in _known_answers(items, self.targets):
            known_counts = x[known.items].double().cpu().numpy()
            parts.append(
                fit_logistic(known_counts, known, target, rng.number(2**31))
                if target.classes
                else fit_ridge(known_counts, known)
            )
        for name, values in zip(("weight", "bias"), zip(*parts)):
            setattr(self, name, torch.from_numpy(np.concatenate(values, -1)).float().to(items.x.device))

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts outputs (G, outputs) of whole graphs: class probabilities, or scaled numbers."""
        return probabilities(self.encode(context) @ self.weight + self.bias, self.targets)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes the counts (G, D) of colours, scaled to deviation 1 over training graphs."""
        return self._scaled(count_colours(context, self.binary))

    def _scaled(self, counts: Tensor) -> Tensor:
        return (counts - self.centre) / self.spread


def count_colours(context: TaskContext, binary: Tensor) -> Tensor:
    """Computes features (G, D) float32 of whole graphs: log(1 + counts) of colours, and mean features.

    Args:
        context: Context of the task that the family was attached to.
        binary: (F,) features that colours begin with.
    """
    members, x = context.members, _to_dense(context.x)
    sizes = members.diff()
    graph_of_node = torch.repeat_interleave(torch.arange(len(sizes), device=members.device), sizes)
    factors = Draws("colours of features", device=x.device).integers(2**40, (x.shape[1],)) * 2 + 1
    colour, parts = (x[:, binary].long() * factors[binary]).sum(1), []
    for k in range(ROUNDS + 1):
        colour = colours(context.graph, colour, 1) if k else colour
        bins = graph_of_node * BINS + (colour ^ (colour >> 29)).remainder(BINS)
        parts.append(torch.bincount(bins, minlength=len(sizes) * BINS).view(len(sizes), BINS).float())
    values = torch.cat([context.graph.degree.float()[:, None], x], 1)
    sums = values.new_zeros(len(sizes), values.shape[1]).index_add_(0, graph_of_node, values)
    counts = torch.cat([*parts, sizes[:, None].float(), sums[:, :1]], 1)
    return torch.cat([torch.log1p(counts), sums[:, 1:] / sizes.clamp(min=1)[:, None]], 1)


def _to_dense(x: Features) -> Tensor:
    return x.dense() if isinstance(x, SparseRows) else x


def _known_answers(items: Items, targets: tuple[Target, ...]) -> list[tuple[KnownAnswers, Target]]:
    """The training items whose answer to each target is known."""
    pairs = []
    for t, target in enumerate(targets):
        is_known = items.target.known[:, t] != 0
        y, state = items.target.y[is_known, t].double().cpu().numpy(), items.target.known[is_known, t].cpu().numpy()
        pairs.append((KnownAnswers(items.x[is_known], y, np.ones(len(y)), state), target))
    return pairs
