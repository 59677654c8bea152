"""Label propagation (Zhu, Ghahramani & Lafferty 2003): each unlabelled node takes the mean of its neighbours.

    min_f  1/2 sum_ij w_ij |f_i - f_j|^2   with f_l = y_l          =>   (D_uu - W_uu) f_u = W_ul y_l        (eq. 5)
    p_ic ~ q_c f_ic / sum_{j in u} f_jc                                  class mass normalisation           (section 4)

l: labelled nodes; u: the others; y: one-hot rows of labels; q: frequencies of the labels. The system is symmetric and
positive definite if every node can reach a label. Conjugate gradients solve it, class by class; nodes that reach no
label get q. The second line protects a class whose labels lie at the rim of the graph from being outvoted.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ....core.draws import Draws
from ....core.graph import Graph, as_scipy
from ....core.trainable import Items, Trainable
from ....networks.graph.normalise import require_undirected
from ...task_data import Sizes, TaskContext, fingerprint, require_same

NAME = "label propagation"
ERROR = 1e-8  # tolerance of the solution, relative to the right side


class LabelPropagation(Trainable):
    """spec: of the graph that it is fitted to, and knows alone. Raises DataError for a directed or another graph."""

    allow_bf16 = False

    def __init__(self, spec: Sizes):
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
        """(N, classes) probabilities. Raises DataError for another graph than that of training."""
        require_same(context.graph, self.graph, NAME)
        return self.probabilities


def harmonic(graph: Graph, labelled: Tensor, y: Tensor) -> Tensor:
    """f: (N, C). graph: undirected. labelled: (n,) nodes; y: (n, C) their rows, which f keeps."""
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import cg

    w = csr_matrix(as_scipy(graph), dtype=np.float64)
    piece = connected_components(w, directed=False)[1]
    device, known, y = y.device, labelled.cpu().numpy(), y.cpu().numpy()
    f = np.broadcast_to(y.mean(0), (graph.rows, y.shape[1])).copy()
    f[known] = y
    open = np.isin(piece, piece[known])
    open[known] = False
    degree = np.asarray(w.sum(1)).ravel()[open]
    laplacian, scale = diags(degree) - w[open][:, open], diags(1 / degree)  # Jacobi's preconditioner
    for c, right in enumerate((w[open][:, known] @ y).T):
        f[open, c] = cg(laplacian, right, rtol=ERROR, M=scale)[0]
    return torch.as_tensor(f, device=device)
