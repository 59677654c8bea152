"""Multinomial logistic regression, with which several rungs end: min 1/n sum_i - log softmax(x_i W + b)[y_i] + decay /
2 ||W||^2."""

import numpy as np
import torch
from torch import Tensor

from ....core.graph import as_scipy
from ....networks.graph.features import Features

NEVER = -30.0  # logit of a class without an item


def logistic_regression(x: list[Features], y: Tensor, classes: int, decay: float) -> tuple[Tensor, Tensor]:
    """W: (F, classes) and b: (classes,). x: features of n items, (n, F_1), (n, F_2), .., side by side. y: (n,) int64.
    decay: above 0."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    matrices = (part.cpu().numpy() if isinstance(part, Tensor) else as_scipy(part.words) for part in x)
    table = hstack([csr_matrix(matrix, dtype=np.float64) for matrix in matrices], "csr")
    weight = torch.zeros(table.shape[1], classes, device=y.device)
    bias = torch.full((classes,), NEVER, device=y.device)
    seen = y.unique()
    if len(seen) == 1:
        bias[seen] = 0.0
        return weight, bias
    fit = LogisticRegression(C=1 / (decay * len(y)), max_iter=1000).fit(table, y.cpu().numpy())
    w, b = (torch.as_tensor(a, dtype=torch.float32, device=y.device) for a in (fit.coef_, fit.intercept_))
    if len(seen) == 2:  # scikit-learn keeps the second class's logit alone
        w, b = torch.cat([-w, w]) / 2, torch.cat([-b, b]) / 2
    weight[:, seen], bias[seen] = w.T, b
    return weight, bias
