"""A set that is asked for by what goes with its size has that size, and the likelihood knows it."""

import networkx as nx
import numpy as np
import pytest

import genwright

RNG = np.random.default_rng(0)
COUNTS = RNG.integers(3, 8, 120)


def graphs():
    drawn = [nx.gnp_random_graph(int(m), 0.5, seed=k) for k, m in enumerate(COUNTS)]
    return genwright.load_data(drawn, given=["nodes"])


def points():
    sets = [(["C"] * int(m), RNG.normal(size=(m, 3))) for m in COUNTS]
    return genwright.load_data((sets, {"nodes": COUNTS.astype(float)}), given=["nodes"])


@pytest.mark.parametrize(
    "make, family",
    [
        (graphs, "graph-rnn"),
        (points, "latent-diffusion"),
        *(
            pytest.param(*cell, marks=pytest.mark.long)
            for cell in ((graphs, "discrete-diffusion"), (graphs, "gran"), (points, "equivariant-diffusion"))
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_asked_for_by_its_size_has_it(make, family):
    data = make()
    model = genwright.fit(data, family, preset="tiny", steps=2, progress=False)
    asked = np.repeat([3, 7], 12)
    size = lambda items: np.array([len(item) if isinstance(item, nx.Graph) else len(item.symbols) for item in items])
    assert (size(model.sample(24, given={"nodes": asked}, seed=0)) == asked).mean() > 0.8
    items = data.test[:8]
    told, untold = (model.log_prob(items, given=given, seed=0).nats.mean() for given in (None, {}))
    assert told > untold + 0.5  # log 5 of it is the size's
