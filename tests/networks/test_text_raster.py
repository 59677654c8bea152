# Tests networks/raster_transformer.py
"""Texts and then codes in one transformer: the cached walk says what the full pass says, nothing looks ahead, and each
rule of attention looks where the paper's figure says."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.networks.raster_transformer import REACH, RULES, TextRaster, rules_of, seen_codes

K, WORDS, LONGEST = 6, 9, 64
CODES = Spec((("code", Category(K, (1, 4, 3), "grid")),))
TEXT = Category(WORDS + 2, (LONGEST + 1,), "sequence", ends=True)
GIVEN = Spec((("label", category(0.3, 0.3, 0.4)), ("caption", TEXT)))


def network(attention: str = "all", given: Spec = GIVEN, depth: int = 2) -> TextRaster:
    """Away from its start, whose last layers say nothing."""
    net = TextRaster(CODES, given, 16, 2, depth, attention=attention).eval()
    with torch.no_grad():
        for k, p in enumerate(net.parameters()):
            p.copy_(0.2 * Draws("text raster", k).normal(p.shape))
    return net


def inputs(lengths: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes (B, 1, 4, 3) and conditions (B, 1 + T): a text of so many words each, none where that is 0."""
    rng, n = Draws("codes", *lengths), len(lengths)
    tokens = rng.integers(WORDS, (n, LONGEST + 1)).float()
    place, end = torch.arange(LONGEST + 1), torch.tensor(lengths)[:, None]
    tokens = torch.where(place < end, tokens, torch.where(place == end, TEXT.end, TEXT.pad).float())
    tokens[torch.tensor(lengths) == 0] = torch.nan
    return rng.integers(K, (n, 1, 4, 3)).float(), torch.cat([rng.integers(3, (n, 1)).float(), tokens], 1)


@torch.no_grad()
def walked(net: TextRaster, x: torch.Tensor, given: torch.Tensor, known: torch.Tensor | None = None) -> torch.Tensor:
    written, found = torch.zeros_like(x) if known is None else torch.where(known, x, 0.0), []
    for place, params in net.walk(written, given, known):
        found.append(params)
        written[(slice(None), *place)] = x[(slice(None), *place)]
    return torch.stack(found, 1).view(*x.shape, K)


@pytest.mark.parametrize("attention", [*RULES, "sparse"])
def test_the_cached_walk_gives_the_numbers_of_the_full_pass_for_texts_of_1_to_64_tokens(attention):
    net, known = network(attention, depth=3), torch.zeros(7, 1, 4, 3, dtype=torch.bool)
    known[::2, :, :2] = True
    for lengths in ([length] for length in (1, 2, 5, 31, 64)):
        x, given = inputs(lengths)
        with torch.no_grad():
            assert torch.allclose(walked(net, x, given), net(x, given), atol=1e-5)
    x, given = inputs([64, 1, 17, 0, 3, 33, 8])
    with torch.no_grad():
        assert torch.allclose(walked(net, x, given), net(x, given), atol=1e-5)
        assert torch.allclose(walked(net, x, given, known), net(x, given, known), atol=1e-5)


@torch.no_grad()
def test_a_text_says_the_same_whatever_texts_stand_beside_it():
    net, (x, given) = network(), inputs([3, 64, 0])
    together = net(x, given)
    for i in range(3):
        assert torch.allclose(net(x[i : i + 1], given[i : i + 1]), together[i : i + 1], atol=1e-5)


@torch.no_grad()
def test_every_code_hears_every_word_and_no_word_hears_a_code_or_a_later_word():
    net, (x, given) = network(), inputs([5])
    before, (params, nats) = net(x, given), net.with_texts(x, given)
    assert torch.equal(before, params)
    for word in range(5):
        other = given.clone()
        other[:, 1 + word] = (other[:, 1 + word] + 1) % WORDS
        assert ((net(x, other) - before).abs().amax((0, 1, 4)) > 0).all()
    assert torch.equal(net.with_texts((x + 1) % K, given)[1], nats)
    h = net._read_all(net._inputs(x, given, None), given)
    other[:, 1 + 3] = (given[:, 1 + 3] + 1) % WORDS
    moved = (net._read_all(net._inputs(x, other, None), other) - h).abs().amax((0, 2))
    assert (moved[:4] == 0).all() and moved[4] > 0  # `start`, and words 0 to 2, are before word 3


@torch.no_grad()
def test_the_tokens_of_a_text_cost_what_a_direct_sum_says():
    net, (x, given) = network(), inputs([2, 0, 5])
    tokens, text = GIVEN.part(given, "caption"), net.texts[0]
    found, h = [], net.norm(net._read_all(net._inputs(x, given, None), given))
    for i, length in ((0, 2), (2, 5)):
        for place in range(length + 1):  # the words and the end
            found.append(-text.out(h[i, place]).log_softmax(-1)[int(tokens[i, place])])
    assert torch.allclose(net.with_texts(x, given)[1], torch.stack(found).mean())
    nothing = given.clone()
    nothing[:, 1:] = torch.nan
    assert net.with_texts(x, nothing)[1] == 0


@torch.no_grad()
def test_without_a_text_it_is_a_transformer_over_codes():
    net = network(given=Spec((("label", category(0.5, 0.5)),)))
    x, given = inputs([1, 2])
    assert torch.allclose(walked(net, x, given[:, :1]), net(x, given[:, :1]), atol=1e-5)
    assert net.with_texts(x, given[:, :1])[1] == 0


def test_each_rule_sees_what_it_names():
    height, wide = 4, 3
    for at in range(height * wide):
        i, j = divmod(at, wide)
        for other in range(height * wide):
            k, m = divmod(other, wide)
            wanted = {
                "all": other <= at,
                "row": at - wide < other <= at,
                "column": m == j and other <= at,
                "local": i - k <= REACH and abs(j - m) <= REACH and other <= at,
            }
            assert {rule: bool(seen_codes(rule, 1, height, wide)[at, other]) for rule in RULES} == wanted
    for rule in RULES:  # codes of one position see each other
        assert seen_codes(rule, 2, height, wide)[1::2, 0::2].diagonal().all()


def test_the_sparse_rule_takes_rows_columns_and_a_local_layer_at_last():
    assert rules_of("sparse", 8) == ["row", "column", "row", "row", "row", "column", "row", "local"]
    assert rules_of("row", 2) == ["row", "row"]
