"""Every family and task that needs an option of data gets it where nobody set another, and the person reads that."""

import networkx as nx
import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.run.needed_options import load_as_needed, require_needs
from genwright.zoo import registry

SMILES = [f"{'C' * n}{end}" for n in range(1, 9) for end in ("O", "N", "c1ccccc1", "C(=O)O", "S")]
BRIGHT = np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype=np.uint8)


def typed_graphs():
    graphs = [nx.path_graph(4 + number % 5) for number in range(40)]
    for graph in graphs:
        nx.set_node_attributes(graph, {node: "CN"[node % 2] for node in graph}, "atom")
    return graphs


SOURCES = {  # by kind of data: a source that lacks what families need, and an option that a person sets instead
    "molecules": (lambda: SMILES, {"kind": "molecules"}, {"notation": "selfies"}),
    "images": (lambda: (BRIGHT, {"caption": [f"number {k}" for k in range(40)]}), {}, {"given": []}),
    "graph-sets": (typed_graphs, {}, {"node_kind": "atom"}),
}
NEEDS = [(row.kind, row.task, row.family) for row in registry.rows() if row.needs]
NEEDS += [(kind, task, None) for (kind, task), one in registry.TASKS.items() if one.needs]


@pytest.mark.parametrize("kind, task, family", NEEDS, ids=map(str, NEEDS))
def test_what_nobody_set_is_chosen_and_said(kind, task, family):
    if kind == "molecules":
        pytest.importorskip("rdkit")
    source, options, other = SOURCES[kind]
    source, reads = source(), []

    def read(chosen):
        reads.append(chosen)
        return genwright.load_data(source, **chosen), None

    said = []
    data, _ = load_as_needed(read, options, task, [family], said.append)
    assert len(reads) == 2 and said == data.notes[-1:] and set(reads[1]) > set(reads[0])
    assert (family or task) in said[0] and all(name.replace("_", "-") in said[0] for name in {*reads[1]} - {*reads[0]})
    if family:
        row = registry.row(kind, task, family)
        require_needs(row, data)
        kept = load_as_needed(read, options | other, task, [family])[0]
        with pytest.raises(DataError, match=next(iter(other))):
            require_needs(row, kept)


def test_families_without_needs_keep_the_usual_form():
    pytest.importorskip("rdkit")
    read = lambda options: (genwright.load_data(SMILES, kind="molecules", **options), None)
    for families in (["autoregressive"], [None], []):
        assert load_as_needed(read, {}, None, families)[0].domain.notation == "smiles"
    assert load_as_needed(read, {}, None, ["autoregressive", "decorator"])[0].domain.notation == "scaffold-first"
