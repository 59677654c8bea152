# Tests core/growth.py
"""A model grows by what new data hold: old items lose no more than the mass that new symbols and longer lines take."""

import numpy as np
import pandas as pd
import pytest
import torch
from made_molecules import molecules

import genwright
from genwright.core.errors import DataError, RunError
from genwright.core.growth import Growth, grow
from genwright.distributions.heads import live_logits
from genwright.kinds.alphabets import find_kin
from genwright.run.open import build_recipe
from genwright.run.parts import Parent
from genwright.zoo import registry


def lines(letters: str, n: int, most: int = 9, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(letters), rng.integers(3, most))) for _ in range(n)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("grown") / "run"
    genwright.fit(lines("abcd", 300), "autoregressive", preset="tiny", items=2_000, out=out, progress=False)
    return out


@pytest.fixture(scope="module")
def begun(folder):
    """The run that was begun from, the part, and the grown family before its first step."""
    part = Parent(folder)
    data = part.open(genwright.load_data([*lines("abcd", 40), "aZZa", "abcdabcdabcd", "b7b"]))
    row, _ = registry.resolve("sequences", "generate", "autoregressive", None)
    family = build_recipe(part.source.config, data.domain, row).family.eval()
    part.assign_weights(family)
    return part, data.domain, family


@torch.no_grad()
def test_old_lines_lose_the_mass_that_is_new_and_no_more(begun):
    part, domain, family = begun
    old = part.source
    items = lines("abcd", 60, seed=1)
    (x, given), mine = domain.encode(items), old.domain
    nats = old.log_prob(items).nats - family.log_likelihood(x, given, None)[0].double().numpy()
    shares = family.network(x, given).softmax(-1)
    new = shares[..., mine.alphabet.k : domain.alphabet.k].sum(-1)
    last = torch.arange(x.shape[1]) == mine.longest  # where the end was certain
    new[:, last] = 1 - shares[:, last, domain.leaf.end]
    lost = -torch.log1p(-new.double()).masked_fill(x == domain.leaf.pad, 0.0).sum(1).numpy()
    assert (nats > 0).all() and np.abs(nats - lost).max() < 1e-4


def test_a_new_symbol_begins_as_the_mean_of_its_kin(begun):
    part, domain, family = begun
    assert domain.alphabet.symbols == "abcd7Z" and domain.longest == 12 and len(part.notes) == 2
    of, own = part.source.family.network, family.network
    assert torch.equal(own.out.weight[:4], of.out.weight[:4]) and torch.equal(own.out.weight[-2:], of.out.weight[-2:])
    assert torch.allclose(own.symbols.weight[5], of.symbols.weight[:4].mean(0))


def test_it_trains_opens_samples_and_is_repeated(folder, tmp_path):
    data = genwright.load_data([*lines("abcd", 40), *["aZZa", "ZaZ", "abcdabcdabcd"] * 4])
    child = genwright.fit(data, parent=folder, items=1_500, pace=1.0, out=tmp_path / "child", progress=False)
    opened = genwright.load_model(tmp_path / "child")
    assert any("Z" in line for line in opened.sample(300, seed=0))
    again = genwright.fit(data, replay=tmp_path / "child", progress=False)
    assert all(torch.equal(a, b) for a, b in zip(child.family.parameters(), again.family.parameters()))


def test_molecules_grow_and_what_no_growth_helps_is_left_out_and_counted(tmp_path):
    known = [smiles for smiles in molecules(200) if "Cl" not in smiles and "s" not in smiles]
    folder = tmp_path / "run"
    genwright.fit(
        genwright.load_data(known, kind="molecules"),
        "autoregressive",
        preset="tiny",
        items=500,
        out=folder,
        progress=False,
    )
    more = [*known[:20], "C[Au]", "OCCCl", "O" + "C" * 80]
    part = Parent(folder)
    data = part.open(genwright.load_data(more, kind="molecules"))
    assert sum(data.sizes.values()) == len(more) and {"Cl", "[Au]"} <= {*data.domain.symbols}
    fixed = tmp_path / "fixed"
    genwright.fit(
        genwright.load_data(known, kind="molecules"), "vae", preset="tiny", items=64, out=fixed, progress=False
    )  # reads a line as a whole
    part = Parent(fixed)
    data = part.open(genwright.load_data(more, kind="molecules"))
    assert sum(data.sizes.values()) == len(more) - 3 and "3 of 23" in part.notes[0]
    with pytest.raises(DataError):
        Parent(fixed).open(genwright.load_data(["C[Au]", "CC[Au]", "CCC[Au]", "CCCC[Au]"] * 2, kind="molecules"))


def rows(labels: str, n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    kind = rng.choice(list(labels), n)
    return pd.DataFrame({"kind": kind, "size": rng.normal(size=n) + (kind == "a"), "flag": rng.choice(["u", "v"], n)})


@pytest.mark.parametrize("given", [[], ["flag"]])
def test_a_table_gains_labels_and_old_rows_lose_the_mass_of_these(given, tmp_path):
    options = {"filter": "*", "given": given} if given else {"filter": "*"}
    folder = tmp_path / "run"
    fitted = genwright.load_data(rows("ab", 300), **options)
    old = genwright.fit(fitted, "autoregressive", preset="tiny", items=2_000, out=folder, progress=False)
    more = rows("abq", 120, 1).assign(flag=np.where(np.arange(120) % 6, "v", "w"))
    part = Parent(folder)
    data = part.open(genwright.load_data(more, **options))
    row, _ = registry.resolve("tables", "generate", "autoregressive", None)
    family = build_recipe(part.source.config, data.domain, row).family.eval()
    part.assign_weights(family)
    assert data.domain.columns[0].labels[-1] == "q" and len(part.notes) == 2
    items = rows("ab", 50, 2)
    (x, table), mine = data.domain.encode(items), old.log_prob(items).nats
    discrete = [j for j, column in enumerate(data.domain.modelled) if column.name != "size"]
    with torch.no_grad():
        lost = mine - family.log_likelihood(x, table, None)[0].double().numpy()
        each = [family.network(x, table, None, order) for order in range(family.network.orders)]
    shares = [live_logits(family.head.marginals, logits).softmax(-1)[:, discrete].amax(0) for logits in each]
    new = [column.leaf.k - 2 for column in data.domain.modelled if column.name != "size"]
    most = sum(max(float(share[j, 1 + code]) for share in shares) for j, code in enumerate(new))
    assert (lost > -1e-5).all() and lost.max() <= -np.log1p(-most) + 1e-4
    child = genwright.fit(data, parent=folder, items=1_500, pace=1.0, out=tmp_path / "child", progress=False)
    assert (
        "q" in set(genwright.load_model(tmp_path / "child").sample(200, seed=0)["kind"])
        and child.domain.given.names == given
    )


def test_kin_are_alike_and_a_tensor_that_grows_otherwise_is_refused():
    symbols = ["(", "1", "2", "=", "C", "N", "c", "[nH]", "[O-]"]
    of = lambda symbol: {symbols[code] for code in find_kin(symbol, symbols)}
    assert of("[Au]") == {"[nH]", "[O-]"} and of("%10") == of("3") == {"1", "2"}
    assert of("S") == {"C", "N"} and of("s") == {"c"} and of("é") == {"c"} and of("\u200b") == {*symbols}
    growth = Growth(2, ((0,), (1,), (0, 1)))
    assert grow("weights", torch.tensor([[1.0, 3.0]]), (1, 3), [growth]).tolist() == [[1, 3, 2]]
    with pytest.raises(RunError):
        grow("weights", torch.zeros(1, 4), (1, 5), [growth])
