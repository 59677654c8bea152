# Tests networks/sequence_layers.py
"""Causal transformers and LSTMs: they see no symbol ahead but known ones, their walk says what a pass says, and what
they model is lines, or sequences that have no end."""

from itertools import product

import pytest
import torch
from torch import nn

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Spec
from genwright.distributions.logit_masks import NEVER
from genwright.kinds.sequences.domain import Sequences
from genwright.networks.causal import CausalLSTM, CausalTransformer
from genwright.networks.sequence_layers import Taps, attention

DOMAIN = Sequences.fit(["abba", "b", "aab"])
EVERY = ["".join(letters) for n in range(1, 5) for letters in product("ab", repeat=n)]
NONE = Spec(())
GIVEN = Spec((("label", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))),))


NETWORKS = {
    "transformer": lambda spec, given: CausalTransformer(spec, given, 16, 2, 2, holes=True),
    "transformer with taps": lambda *specs: CausalTransformer(*specs, 16, 2, 2, taps=3, squared=True, holes=True),
    "lstm": lambda spec, given: CausalLSTM(spec, given, width=16, depth=2),  # reads nothing ahead
}


def learned(name, spec=DOMAIN.spec, given=GIVEN):
    """As if it had learned to look ahead, and behind."""
    torch.manual_seed(0)
    found = NETWORKS[name](spec, given).eval()
    if found.known:
        nn.init.normal_(found.known.out.weight)
    for module in found.modules():
        if isinstance(module, Taps):
            nn.init.normal_(module.weight)
    return found


@pytest.fixture(params=NETWORKS)
def network(request):
    return learned(request.param)


def lines(count=20):
    """Lines, a label of each, and what is known of them, nothing of some."""
    rng = Draws("lines", count)
    x = DOMAIN.encode([EVERY[i] for i in rng.integers(len(EVERY), (count,)).tolist()])[0]
    known = (rng.uniform(x.shape) < 0.4) & (rng.uniform(count, 1) < 0.6)
    return x, rng.integers(2, (count, 1)).float(), known


def test_beginnings_go_on_as_draws_do(network):
    """Nothing is read ahead where nothing is known ahead; no line ends within its beginning."""
    x, given, _ = lines()
    x, given = x[x[:, 1] < DOMAIN.leaf.end], given[x[:, 1] < DOMAIN.leaf.end]
    known = torch.arange(x.shape[1]).expand(x.shape) < 2
    assert torch.equal(network(x, given, known)[:, 2:], network(x, given)[:, 2:])
    known = known | (torch.arange(x.shape[1]) == 3)
    if network.known:
        assert not torch.allclose(network(x, given, known)[:, 2], network(x, given)[:, 2], atol=1e-3)


@pytest.mark.parametrize("some_known", [False, True])
def test_the_walk_is_the_pass(network, some_known):
    x, given, known = lines()
    known = known if some_known else None
    whole = network(x, given, known).log_softmax(-1)
    walked = torch.where(known, x, 0).float() if some_known else torch.zeros(x.shape)
    for (t,), logits in network.walk(walked, given, known):
        assert torch.allclose(logits.log_softmax(-1), whole[:, t], atol=1e-5)
        walked[:, t] = x[:, t]
    assert t < x.shape[1] and (walked == x).all()


def test_lines_take_each_others_places_in_a_walk(network):
    x, given, _ = lines()
    given[:] = 1.0
    rng, walked = Draws("places"), torch.zeros(x.shape)
    walk, rows = network.walk(walked, given), None
    for t in range(x.shape[1]):
        _, logits = walk.send(rows)
        assert torch.allclose(logits.log_softmax(-1), network(x, given)[:, t].log_softmax(-1), atol=1e-5)
        rows = rng.integers(len(x), (len(x),))
        x = x[rows]
        walked[:, : t + 1] = x[:, : t + 1]


def test_lines_take_the_places_of_those_that_have_ended(network):
    x, given, _ = lines()
    x, given = x[(x >= DOMAIN.leaf.end).int().argmax(1).argsort()], torch.ones(len(x), 1)  # by their ends
    last, walked, rows = len(x) - 1, torch.zeros(x.shape), None
    walk = network.walk(walked, given)
    for t in range(x.shape[1]):
        _, logits = walk.send(rows)
        going = slice(None) if t == 0 else x[:, t - 1] < DOMAIN.leaf.end
        whole = network(x, given)[:, t].log_softmax(-1)
        assert torch.allclose(logits.log_softmax(-1)[going], whole[going], atol=1e-5)
        rows = torch.arange(len(x)).masked_fill(torch.arange(len(x)) < 4, last) if t == 2 else None
        x = x if rows is None else x[rows]
        walked[:, : t + 1] = x[:, : t + 1]


def test_the_walk_ends_with_the_last_line(network):
    x, given, _ = lines()
    short = torch.where(x == DOMAIN.leaf.pad, x, 0)
    short[:, 1:] = DOMAIN.leaf.pad
    short[:, 1] = DOMAIN.leaf.end
    walked, places = torch.zeros(x.shape), []
    for (t,), _ in network.walk(walked, given):
        walked[:, t] = short[:, t]
        places.append(t)
    assert places == [0, 1] and (walked == short).all()


def test_no_symbol_ahead_is_seen_unless_it_is_known(network):
    """By gradient: of the logits at a place by the embedding of each symbol."""
    x, given, _ = (part[:1] for part in lines())
    x = torch.tensor([[0, 1, 0, 1, DOMAIN.leaf.end]])
    seen = []
    network.symbols.register_forward_hook(lambda _, inputs, out: (out.retain_grad(), seen.append(out))[1])
    for t in range(5):
        seen.clear()
        network(x, given)[0, t, :2].sum().backward()  # inputs are moved by one: at place t stands symbol t - 1
        moved = seen[0].grad[0].abs().sum(1) > 0
        assert moved.tolist() == [place <= t for place in range(5)] or t == 4  # only END may stand there
    ahead = x.clone()
    ahead[0, 2] = 1
    known = torch.tensor([[False, False, True, False, False]])
    if network.known:
        a, b = (network(part, given, known)[:, :2] for part in (x, ahead))
        assert (a - b).abs()[a > NEVER].max() > 1e-4
    a, b = (network(part, given)[:, :3] for part in (x, ahead))
    assert torch.equal(a, b)


def test_what_is_given_is_seen_and_items_do_not_mix(network):
    x, given, known = lines()
    whole = network(x, given, known)
    assert torch.allclose(network(x[3:4], given[3:4], known[3:4]), whole[3:4], atol=1e-5)
    assert (network(x, 1 - given, known) - whole).abs().amax((1, 2)).min() > 1e-4


def test_in_training_what_all_have_ended_is_left_out_of_the_work_alone(network):
    x, given, known = lines()
    x, given, known = (part[(x == DOMAIN.leaf.end).float().argmax(1) < 3] for part in (x, given, known))
    whole = network(x, given, known)
    here = x != DOMAIN.leaf.pad
    assert torch.allclose(
        network.train()(x, given, known).log_softmax(-1)[here], whole.log_softmax(-1)[here], atol=1e-5
    )
    assert torch.equal(network(x, given, known).argmax(-1)[~here], x[~here].long())


def window(length, k=2):
    return Spec((("window", Category(k, (length,), "sequence")),))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("length", [1, 7, 33])
def test_the_walk_through_sequences_without_an_end_is_the_pass_at_every_length_batch_and_beginning(name, length):
    network, rng = learned(name, window(length, 5), NONE), Draws("windows", length)
    for batch in (1, 3):
        x, nothing = rng.integers(5, (batch, length)), torch.zeros(batch, 0)
        for begun in {None, 1, length // 2, length}:
            known = None if begun is None else (torch.arange(length) < begun).expand(batch, -1)
            whole, walked = network(x, nothing, known), torch.zeros(batch, length)
            walked = walked if known is None else torch.where(known, x, walked)
            for (t,), logits in network.walk(walked, nothing, known):
                assert torch.allclose(logits, whole[:, t], atol=1e-5)
                walked[:, t] = x[:, t]
            assert t == length - 1


@pytest.mark.parametrize("causal", [False, True])
def test_attention_in_bfloat16_is_that_of_float32(causal):
    rng = Draws("attention")
    parts = [rng.normal(2, 3, 9, 8) for _ in range(3)]
    whole = attention(*parts, causal)
    half = attention(*(part.bfloat16() for part in parts), causal)
    assert half.dtype == torch.bfloat16 and torch.allclose(half.float(), whole, atol=0.03)
