"""Sequential trees (Reiter 2005, as in synthpop).

    p(x) = prod_i p(x_i | leaf_i(x_<i))

Column by column, a decision tree reads the columns before it. A row gets a random training value from the leaf that it
falls into.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.graph import leads_down
from ...core.spec import Category, Spec
from ...core.trainable import Items
from ...distributions.coordinates import rows_at_once
from ...distributions.marginals import Marginals

LEAF = 5  # training rows in a leaf, at least
ABSENT = -1e9  # number that stands for a missing value in a tree


class SequentialTrees(Family):
    """One decision tree a column, which reads the columns before it; a row gets a random training value from its leaf.
    All trees lie in flat buffers: node i splits on `feature` at `threshold` and goes to `left` or `right`. A left of 0
    is a leaf, with training values donors[first : first + count].

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    allow_bf16 = False
    gaps = ("donors",)
    NODES: ClassVar[tuple[str, ...]] = ("feature", "threshold", "left", "right", "first", "count")
    grows: ClassVar[dict[str, int]] = dict.fromkeys([*NODES, "donors"], 0)
    lacks = {
        "log_prob": "its leaves hold training values, not densities",
        "complete": "its trees look only at earlier columns",
    }

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.marginals = Marginals(spec)
        for name in self.NODES:
            kind = torch.float64 if name == "threshold" else torch.long
            self.register_buffer(name, torch.zeros(0, dtype=kind))
        self.register_buffer("donors", torch.zeros(0))
        self.register_buffer("roots", torch.zeros(len(spec.columns), dtype=torch.long))

    def finish(self, items: Items, rng: Draws) -> None:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        device, blocks = items.x.device, items.x.split(rows_at_once(items.x))
        target = torch.cat([self.marginals.to_gaussian(x, rng)[0].cpu() for x in blocks])
        given, x = items.given.cpu(), items.x.cpu()
        columns = torch.cat([given, x], 1).nan_to_num(ABSENT)
        parts: dict[str, list] = {name: [] for name in (*self.NODES, "donors")}
        roots, nodes, donors, flags = [], 0, 0, self.spec.flags
        for j, leaf in enumerate(self.spec.columns):
            seed = rng.number(2**31)
            rows = slice(None) if flags[j] == j else ~x[:, j].isnan()  # whose value the tree has to find
            earlier, values = columns[rows, : given.shape[1] + j].numpy(), x[rows, j]
            earlier = earlier if earlier.shape[1] else torch.zeros(len(x), 1).numpy()
            if isinstance(leaf, Category):
                tree = DecisionTreeClassifier(min_samples_leaf=LEAF, random_state=seed).fit(
                    earlier, values.nan_to_num(-1).long()
                )
            else:
                tree = DecisionTreeRegressor(min_samples_leaf=LEAF, random_state=seed).fit(earlier, target[rows, j])
            t, leaves = tree.tree_, torch.from_numpy(tree.apply(earlier))
            order = values.argsort(stable=True)  # values in their order say nothing of the row that they come from
            order = order[leaves[order].argsort(stable=True)]
            count = torch.bincount(leaves, minlength=t.node_count)
            parts["feature"].append(torch.from_numpy(t.feature).clamp(min=0))
            parts["threshold"].append(torch.from_numpy(t.threshold.copy()))
            for side, children in (("left", t.children_left), ("right", t.children_right)):
                child = torch.from_numpy(children.copy())
                parts[side].append(torch.where(child < 0, 0, child + nodes))
            parts["first"].append(count.cumsum(0) - count + donors)
            parts["count"].append(count)
            parts["donors"].append(values[order])
            roots.append(nodes)
            nodes, donors = nodes + t.node_count, donors + len(values)
        for name, pieces in parts.items():
            setattr(self, name, torch.cat(pieces).to(device))
        self.roots = torch.tensor(roots, device=device)

    def flaw(self) -> str:
        ends = torch.cat([self.roots[1:], self.roots.new_tensor([len(self.left)])])
        if len({len(getattr(self, name)) for name in self.NODES}) > 1 or not leads_down(self.left, self.right):
            return "trees with nodes that point outside the tree, or back to an earlier node"
        if self.roots[0] != 0 or (self.roots >= ends).any():
            return "trees that do not follow one another"
        last, empty = self.first + self.count, (self.count < 1) & (self.left <= 0)
        if (self.first < 0).any() or empty.any() or (last > len(self.donors)).any():
            return "leaves without training values"
        for j, (leaf, name) in enumerate(zip(self.spec.columns, self.spec.names)):
            nodes = slice(int(self.roots[j]), int(ends[j]))
            width = max(self.given.width + j, 1)
            if (self.feature[nodes] < 0).any() or (self.feature[nodes] >= width).any():
                return "trees that split on their own column or a later one"
            values = self.donors[int(self.first[nodes].min()) : int(last[nodes].max())]
            if not Spec(((name, leaf),)).holds(values[:, None]):
                return f"values that column '{name}' cannot have"
        return ""

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        inputs = given.nan_to_num(ABSENT) if given.shape[1] else given.new_zeros(n, 0)
        columns = []
        for root, flag in zip(self.roots, self.spec.flags):
            node = self._fall(inputs if inputs.shape[1] else given.new_zeros(n, 1), root.expand(n))
            rank = (rng.uniform(n) * self.count[node]).long()
            value = self.donors[self.first[node] + rank]
            if flag < len(columns):
                value = value.masked_fill(columns[flag].isnan(), torch.nan)
            columns.append(value)
            inputs = torch.cat([inputs, value.nan_to_num(ABSENT)[:, None]], 1)
        return torch.stack(columns, 1)

    def _fall(self, columns: Tensor, node: Tensor) -> Tensor:
        while (inner := self.left[node] > 0).any():
            value = columns.gather(1, self.feature[node][:, None])[:, 0]
            child = torch.where(value <= self.threshold[node], self.left[node], self.right[node])
            node = torch.where(inner, child, node)
        return node
