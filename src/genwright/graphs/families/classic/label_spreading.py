"""Classifiers of nodes by the labels of their neighbours."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....core.draws import Draws
from ....core.errors import BudgetError
from ....core.graph import Graph, as_scipy
from ....core.trainable import Items, Trainable
from ....families.task_data import TaskSizes
from ...kinds.graph_data import UNKNOWN
from ...networks.features import Features, unit_rows
from ...networks.normalise import neighbours, require_undirected
from ...networks.propagate import propagate
from ..graph_task import TaskContext, fingerprint, require_same

NAME = "label propagation"
ERROR = 1e-8  # tolerance of the solution, relative to the right side


class LabelPropagation(Trainable):
    """Label propagation (Zhu, Ghahramani & Lafferty 2003): each unlabelled node takes the mean of its neighbours.

    min_f  1/2 sum_ij w_ij |f_i - f_j|^2   with f_l = y_l          =>   (D_uu - W_uu) f_u = W_ul y_l        (eq. 5)
    p_ic ~ q_c f_ic / sum_{j in u} f_jc                                  class mass normalisation           (section 4)

    l: labelled nodes; u: the others; y: one-hot rows of labels; q: frequencies of the labels. The system is symmetric
    and positive definite if every node can reach a label. Conjugate gradients solve it, class by class; nodes that
    reach no label get q. The second line protects a class whose labels lie at the rim of the graph from being outvoted.

    spec: of the graph that it is fitted to, and knows alone. Raises DataError for a directed or another graph.
    """

    allow_bf16 = False

    def __init__(self, spec: TaskSizes):
        super().__init__()
        self.register_buffer("probabilities", torch.zeros(spec.nodes, spec.outputs))  # f
        self.register_buffer("graph", torch.zeros(2, dtype=torch.long))  # fingerprint of the graph that was seen

    def attach(self, context: TaskContext) -> None:
        require_undirected(context.graph, NAME)
        self.around = context.graph
        self.graph = fingerprint(self.around)

    def finish(self, items: Items, rng: Draws) -> None:
        y = F.one_hot(items.target.y[:, 0].long(), self.probabilities.shape[1]).double()
        f = harmonic(self.around, items.x, y)
        open = torch.ones(len(f), dtype=torch.bool, device=f.device)
        open[items.x] = False
        p = f * y.mean(0) / f[open].sum(0).clamp(min=ERROR)
        self.probabilities = torch.where(open[:, None], p / p.sum(1, keepdim=True), f).float()

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes). Raises DataError for another graph than that of training."""
        require_same(context.graph, self.graph, NAME)
        return self.probabilities


def harmonic(graph: Graph, labelled_nodes: Tensor, y: Tensor) -> Tensor:
    """Computes the harmonic function f (N, C) of a graph, with fixed values at labelled nodes.

    Args:
        graph: Undirected graph.
        labelled_nodes: (n,) nodes.
        y: (n, C) their values.
    """
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import cg

    w = csr_matrix(as_scipy(graph), dtype=np.float64)
    piece = connected_components(w, directed=False)[1]
    device, known, y = y.device, labelled_nodes.cpu().numpy(), y.cpu().numpy()
    f = np.broadcast_to(y.mean(0), (graph.rows, y.shape[1])).copy()
    f[known] = y
    open = np.isin(piece, piece[known])
    open[known] = False
    degree = np.asarray(w.sum(1)).ravel()[open]
    laplacian, scale = diags(degree) - w[open][:, open], diags(1 / degree)  # Jacobi's preconditioner
    for c, right in enumerate((w[open][:, known] @ y).T):
        f[open, c] = cg(laplacian, right, rtol=ERROR, M=scale)[0]
    return torch.as_tensor(f, device=device)


NEVER = -30.0  # logit of a class without an item


def logistic_regression(x: list[Features], y: Tensor, classes: int, decay: float) -> tuple[Tensor, Tensor]:
    """Fits logistic regression: W (F, classes) and b (classes,).

    Args:
        x: Features of n items side by side, (n, F_1), (n, F_2), ...
        y: (n,) int64 classes.
        classes: Number of classes.
        decay: Weight of half the squared weights, above 0.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    matrices = (part.cpu().numpy() if isinstance(part, Tensor) else as_scipy(part.words) for part in x)
    table = hstack([csr_matrix(matrix, dtype=np.float64) for matrix in matrices], "csr")
    weight = torch.zeros(table.shape[1], classes, device=y.device)
    bias = torch.full((classes,), NEVER, device=y.device)
    present = y.unique()
    if len(present) == 1:
        bias[present] = 0.0
        return weight, bias
    fit = LogisticRegression(C=1 / (decay * len(y)), max_iter=1000).fit(table, y.cpu().numpy())
    w, b = (torch.as_tensor(a, dtype=torch.float32, device=y.device) for a in (fit.coef_, fit.intercept_))
    if len(present) == 2:  # scikit-learn keeps the second class's logit alone
        w, b = torch.cat([-w, w]) / 2, torch.cat([-b, b]) / 2
    weight[:, present], bias[present] = w.T, b
    return weight, bias


AGGREGATES = ("mean", "sum")


class IterativeClassification(Trainable):
    """Iterative classification (Lu & Getoor 2003): classify by features and by the labels of neighbours, with guesses
    for unknown labels.

        z <- f0(x)                                   f0: logistic regression of labels on x
        repeat:  n_i <- mean, or sum, of z over the neighbours of i
                 f   <- logistic regression of labels on (x, n)            learned anew in training alone
                 z   <- (z + onehot(argmax f(x, n))) / 2                   for all nodes at once

    Known labels are kept throughout. Half of the old z keeps guesses from swinging to and fro. x: rows of unit length,
    so that words and neighbours weigh alike.

    Logistic regression is multinomial: min 1/n sum_i - log softmax(x_i W + b)[y_i] + decay / 2 ||W||^2.

    Args:
        rounds: Rounds of the iteration.
        aggregate: one of AGGREGATES.
        own_decay, decay: of f0 and of f.
    """

    allow_bf16 = False

    def __init__(self, spec: TaskSizes, rounds: int, aggregate: str, own_decay: float, decay: float):
        super().__init__()
        if aggregate not in AGGREGATES:
            raise BudgetError(f"aggregate must be one of {', '.join(AGGREGATES)}, not {aggregate!r}")
        self.rounds, self.aggregate, self.own_decay, self.decay = rounds, aggregate, own_decay, decay
        self.register_buffer("own", torch.zeros(spec.inputs, spec.outputs))  # f0
        self.register_buffer("own_bias", torch.zeros(spec.outputs))
        self.register_buffer("weight", torch.zeros(spec.inputs, spec.outputs))  # f, of x
        self.register_buffer("around", torch.zeros(spec.outputs, spec.outputs))  # f, of n
        self.register_buffer("bias", torch.zeros(spec.outputs))

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph = unit_rows(context.x), self._prepared(context.graph)

    def finish(self, items: Items, rng: Draws) -> None:
        nodes, y, classes = items.x, items.target.y[:, 0].long(), len(self.bias)
        known = torch.full((len(self.x),), UNKNOWN, device=nodes.device)
        known[nodes] = y
        self.own, self.own_bias = logistic_regression([self.x[nodes]], y, classes, self.own_decay)
        z = clamp_known(self._predict_from_features(self.x), known)
        for _ in range(self.rounds):
            n = propagate(self.graph, z)
            weight, self.bias = logistic_regression([self.x[nodes], n[nodes]], y, classes, self.decay)
            self.weight, self.around = weight.split([len(self.own), classes])
            z = (z + clamp_known(self._predict_from_neighbours(self.x, n), known)) / 2

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes); labels that training may see are kept."""
        x, graph, known = unit_rows(context.x), self._prepared(context.graph), context.y
        known = torch.full((len(x),), UNKNOWN, device=self.own.device) if known is None else known
        z = clamp_known(self._predict_from_features(x), known)
        for _ in range(self.rounds):
            p = self._predict_from_neighbours(x, propagate(graph, z))
            z = (z + clamp_known(p, known)) / 2
        return torch.where((known == UNKNOWN)[:, None], p, z)

    def _predict_from_features(self, x: Features) -> Tensor:
        return (x @ self.own + self.own_bias).softmax(1)

    def _predict_from_neighbours(self, x: Features, n: Tensor) -> Tensor:
        return (x @ self.weight + n @ self.around + self.bias).softmax(1)

    def _prepared(self, graph: Graph) -> Graph:
        return neighbours(graph) if self.aggregate == "mean" else graph


def clamp_known(p: Tensor, known: Tensor) -> Tensor:
    """Returns labels (N, C) as ones and zeros: the known label of a node, else the likeliest.

    Args:
        p: (N, C) probabilities.
        known: (N,) labels, UNKNOWN where there is none.
    """
    return F.one_hot(torch.where(known == UNKNOWN, p.argmax(1), known), p.shape[1]).float()
