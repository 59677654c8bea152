"""The contract's view of the data of each task of predictors: a class each, which the registry's `Task` names."""

from dataclasses import replace

import numpy as np
import torch

import genwright
from genwright.core.data import Data, Whole
from genwright.core.domain import BaseDomain
from genwright.graphs.kinds.graph_data import GraphData, Interactions
from genwright.graphs.networks.features import SparseRows
from genwright.kinds.formats.images.pictures import Pictures
from genwright.molecules.chemistry.measured import Measured
from genwright.proteins.kinds.chain import chain_of_sequence
from genwright.proteins.kinds.protein_data import ProteinChains

from . import small_data as made


class SmallTask:
    """The contract's view of a task: a small data set, and what its predictors return."""

    def data(self) -> Whole | Data:
        """Makes whatever `fit` takes; every family of the task is fitted on it."""
        raise NotImplementedError

    def unfitting_data(self, data: Whole | Data) -> Whole | Data:
        """Makes data that no predictor of `data` can take."""
        raise NotImplementedError

    def count(self, data: Whole | Data) -> int | None:
        """Counts the rows that both `predict` and `encode` answer with; None where these are not the same."""

    def chances(self, domain: BaseDomain) -> dict[str, dict[str, str]]:
        """Returns {column of a class: {each class: column of its probability}} of the table of `predict`."""
        return {}

    def empty(self) -> set[str]:
        """Lists columns of numbers of `predict` that small data may leave empty."""
        return set()

    def verb_arguments(self, verb: str) -> tuple:
        """Returns further arguments of a verb, after the data."""
        return ()


class Pairs(SmallTask):
    """Pairs of the nodes of one graph."""

    def data(self) -> GraphData:
        return genwright.load_data("karate-club")

    def unfitting_data(self, data: GraphData) -> GraphData:
        """The same graph with twice the features."""
        x = data.x.dense() if isinstance(data.x, SparseRows) else data.x
        return replace(data, x=torch.cat([x, x], 1))


class OneGraph(Pairs):
    """Nodes of one graph."""

    def count(self, data: GraphData) -> int:
        return len(data.y)

    def chances(self, domain: BaseDomain) -> dict[str, dict[str, str]]:
        return {"label": {name: f"p({name})" for name in domain.classes}}


class ManyGraphs(OneGraph):
    """Graphs with labels."""

    def data(self) -> GraphData:
        return made.rings_and_stars()


class Relations(SmallTask):
    """Triples of two nodes and a kind of edge."""

    def data(self) -> GraphData:
        return genwright.load_data("drug-effects")

    def unfitting_data(self, data: GraphData) -> GraphData:
        """The same graph with fewer kinds of edges."""
        return replace(data, relations=dict(list(data.relations.items())[1:]))


class Recommendations(SmallTask):
    """Items for users."""

    def data(self) -> Interactions:
        return made.clubs()

    def unfitting_data(self, data: Interactions) -> Interactions:
        """The same interactions with one user more."""
        return replace(data, users=data.users + 1)


class Assay(SmallTask):
    """Molecules with a class and a number, each unknown of some. Too few validate for an interval of a network, and one
    network has no spread."""

    def data(self) -> Measured:
        return genwright.load_data(made.assay(), target=["active", "length"])

    def unfitting_data(self, data: Measured) -> Measured:
        """The same assay, read with salts kept."""
        return genwright.load_data(made.assay(), target=["active", "length"], salts="keep")

    def count(self, data: Measured) -> int:
        return len(data)

    def chances(self, domain: BaseDomain) -> dict[str, dict[str, str]]:
        return {"active": {name: f"p(active={name})" for name in domain.targets[0].classes}}

    def empty(self) -> set[str]:
        return {"active_spread", "length_low", "length_high", "length_spread"}


class Captioned(SmallTask):
    """Images of one bright half, and captions that say which."""

    def data(self) -> Data:
        return made.halves()

    def unfitting_data(self, data: Data) -> Data:
        """The same images with a border of one pixel, so of another size."""
        wider = {part: np.pad(items, [(0, 0), (1, 1), (1, 1), (0, 0)]) for part, items in data.items.items()}
        return replace(data, items={part: Pictures(x, data.items[part].given) for part, x in wider.items()})

    def count(self, data: Data) -> int:
        return sum(data.sizes.values())

    def verb_arguments(self, verb: str) -> tuple:
        return ("a bright left half",) if verb == "search" else ()


class Chains(SmallTask):
    """Short protein chains, helices and strands by their letters."""

    def data(self) -> ProteinChains:
        return made.helices_and_strands()

    def unfitting_data(self, data: ProteinChains) -> ProteinChains:
        """A chain whose pairs of residues no machine holds."""
        return replace(data, chains=[chain_of_sequence("A" * 5_000, "long")], parts=np.array(["test"], object))

    def count(self, data: ProteinChains) -> int:
        return len(data)
