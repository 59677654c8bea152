"""Recommendation: rank the items that a user has not taken yet. Training uses only the pairs of users and items.

bpr      - log sigma(s_ui - s_uj), j an item at random
margin   max(0, s_uj - s_ui + m), j the best of S items at random
softmax  - log exp(c_ui / T) / (exp(c_ui / T) + sum_{j in S} exp(c_uj / T)), S items at random, c the cosine

bpr: Rendle 2009. margin: Ying 2018, with hard negatives. softmax: Wu 2022.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.data import Data
from ...core.errors import DataError
from ...core.graph import Graph, as_scipy
from ...core.trainable import Batch, Trainable
from ...families.task_data import TaskSizes, make_task
from ..kinds.graph_data import Interactions
from .graph_task import GraphDomain, TaskContext

TOP = 20  # items recommended to a user
MARGIN = 0.1  # margin of the loss
USERS = 1024  # users whose scores are computed at a time


class Recommender(Trainable):
    """Recommends items to users by inner products of their vectors.

    Args:
        network: prepare(graph), forward(graph) -> (users + items, D).
        loss: "bpr", "margin" or "softmax", as in the module.
        negatives: items drawn at random, one a pair for bpr, else so many for the whole batch.
        temperature: T.
        decay: weight of half the squared norm of the vectors in a batch.
    """

    allow_bf16 = False

    def __init__(
        self, network: nn.Module, sizes: TaskSizes, loss: str, negatives: int, temperature: float, decay: float
    ):
        super().__init__()
        self.network, self.users, self.items = network, sizes.inputs, sizes.nodes - sizes.inputs
        self.rule, self.negatives, self.temperature, self.decay = loss, negatives, temperature, decay

    def attach(self, context: TaskContext) -> None:
        self.graph = self.network.prepare(context.graph)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of pairs batch.x (B, 2): users and the items they took."""
        vectors = self.network(self.graph)
        user, item = vectors[batch.x[:, 0]], vectors[self.users + batch.x[:, 1]]
        count = len(user) if self.rule == "bpr" else self.negatives
        negatives = batch.rng.integers(self.items, (count,))
        negative_vectors = vectors[self.users + negatives]
        if self.rule == "bpr":
            loss = -F.logsigmoid((user * (item - negative_vectors)).sum(1)).mean()
        elif self.rule == "margin":
            scores = (user @ negative_vectors.T).masked_fill(batch.x[:, 1:] == negatives, -torch.inf)
            loss = F.relu(scores.amax(1) - (user * item).sum(1) + MARGIN).mean()
        else:
            user, item, negative_vectors = (
                F.normalize(t, dim=1) / self.temperature**0.5 for t in (user, item, negative_vectors)
            )
            right = (user * item).sum(1, keepdim=True)
            loss = (torch.cat([right, user @ negative_vectors.T], 1).logsumexp(1) - right[:, 0]).mean()
        embeddings = self.network.vectors
        batch_vectors = torch.cat([embeddings[batch.x[:, 0]], embeddings[self.users + batch.x[:, 1]]])
        return loss + self.decay / 2 * batch_vectors.pow(2).sum() / len(batch.x), {}

    def predict(self, context: TaskContext) -> Tensor:
        """Ranks the items that each user has not taken, best first, with their scores: (users, TOP, 2)."""
        vectors = self.network(self.network.prepare(context.graph))
        users, items = vectors[: self.users], vectors[self.users :]
        return best_items(lambda user_numbers: users[user_numbers] @ items.T, context.graph, self.users, self.items)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes the vectors (users + items, D) of users and items."""
        return self.network(self.network.prepare(context.graph))


class Popularity(Trainable):
    """A baseline that recommends the items that most users took to everybody."""

    allow_bf16 = False

    def __init__(self, sizes: TaskSizes):
        super().__init__()
        self.users, self.items = sizes.inputs, sizes.nodes - sizes.inputs

    def stages(self) -> list:
        return []

    def predict(self, context: TaskContext) -> Tensor:
        counts = context.graph.degree[self.users :].float()
        return best_items(
            lambda user_numbers: counts.repeat(len(user_numbers), 1), context.graph, self.users, self.items
        )


class ItemNeighbours(Popularity):
    """Recommends what is taken together with a user's items: s_ui = sum over j in N(u) of cos(i, j) (Sarwar 2001).

    cos(i, j) = |U(i) & U(j)| / sqrt(|U(i)| |U(j)|), of the users U(i) who took item i.
    """

    def predict(self, context: TaskContext) -> Tensor:
        from scipy.sparse import diags

        graph = context.graph
        interactions = as_scipy(graph.with_weight(None))[: self.users, self.users :].astype(float)
        scaled = interactions @ diags(1 / np.sqrt(np.maximum(interactions.sum(0), 1)))

        def score(user_numbers: Tensor) -> Tensor:
            similarity = scaled[user_numbers.cpu().numpy()] @ interactions.T
            return torch.from_numpy((similarity @ scaled).toarray()).to(graph.ptr.device)

        return best_items(score, graph, self.users, self.items)


def best_items(score: Callable[[Tensor], Tensor], graph: Graph, users: int, items: int) -> Tensor:
    """Finds the best items of users.

    (users, TOP, 2): items that a user has not taken in `graph`, best first, and their scores.

    Args:
        score: users (n,) -> (n, items), a new tensor.
    """
    blocks = []
    for user_numbers in torch.arange(users, device=graph.ptr.device).split(USERS):
        scores = score(user_numbers)
        hide(scores, graph, int(user_numbers[0]), users)
        best = scores.topk(min(TOP, items), dim=1)
        blocks.append(torch.stack([best.indices.double(), best.values.double()], 2))
    return torch.cat(blocks)


def hide(scores: Tensor, graph: Graph, first: int, users: int) -> None:
    """Sets the scores of items that users took in training to minus infinity, in place. Row i of the scores is user
    first + i.

    Args:
        scores: (n, items), changed in place.
        graph: The graph.
    """
    ptr = graph.ptr[first : first + len(scores) + 1]
    rows = torch.repeat_interleave(torch.arange(len(scores), device=ptr.device), ptr.diff())
    scores[rows, graph.source[ptr[0] : ptr[-1]] - users] = -torch.inf


@dataclass(frozen=True)
class RecommendDomain(GraphDomain):
    """The domain of recommendations of items to users.

    spec: `inputs` users, and as many items as are left of the `nodes`."""

    kind = "interactions"
    labelled = False

    def context(self, data: Interactions, labels: Tensor | None = None) -> TaskContext:
        users, items = self.spec.inputs, self.spec.nodes - self.spec.inputs
        if (data.users, data.items) != (users, items):
            raise DataError(
                f"{data.name} has {data.users:,} users and {data.items:,} items, and training had {users:,} "
                f"and {items:,}: vectors are learned for those alone, so fit anew"
            )
        return TaskContext(data.graph(), torch.zeros(0, 0))

    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of recommendations.

        user, rank (1 is best), item, score.

        Args:
            predictions: The predictions.
            task: The task: its items and its context.
        """
        users, top = predictions.shape[:2]
        user, rank = torch.arange(users).repeat_interleave(top), torch.arange(1, top + 1).repeat(users)
        item, score = predictions.reshape(-1, 2).unbind(1)
        return pd.DataFrame(
            {"user": user.numpy(), "rank": rank.numpy(), "item": item.long().numpy(), "score": score.numpy()}
        )


def recommend_data(data: Interactions) -> Data:
    """Makes the task of recommendation: all training pairs to learn from, none to validate on, since none are
    published; the test pairs to rank."""
    domain = RecommendDomain("recommend", TaskSizes(data.users, nodes=data.users + data.items))
    parts = {"train": (data.train, None), "valid": (data.train[:0], None), "test": (data.test, None)}
    return make_task(data, domain, parts, domain.context(data))
