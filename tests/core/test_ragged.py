"""Sets in packed rows against plain lists of matrices, under every operation that loops and models use."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.core.ragged import Ragged, from_sets, join, of_padded


def drawn(seed: int, sizes: list[int]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    rng = torch.Generator().manual_seed(seed)
    members = [torch.randn(n, 3, generator=rng) for n in sizes]
    kinds = []
    for n in sizes:
        upper = torch.randint(0, 4, (n, n), generator=rng).triu(1)
        kinds.append(upper + upper.T)
    return members, kinds


def lists(sets: Ragged) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each set as its members and the matrix of its pairs."""
    found = []
    for begin, end in zip(sets.ptr[:-1].tolist(), sets.ptr[1:].tolist()):
        dense = torch.zeros(len(sets.x), len(sets.x))
        dense[sets.pairs.target, sets.pairs.source] = sets.pairs.values
        assert dense[begin:end].sum() == dense[begin:end, begin:end].sum()  # no pair leads out of its set
        found.append((sets.x[begin:end], dense[begin:end, begin:end].long()))
    return found


def same(sets: Ragged, members, kinds) -> bool:
    there = lists(sets)
    return len(there) == len(members) and all(
        torch.equal(x, a) and torch.equal(k, b) for (x, k), a, b in zip(there, members, kinds)
    )


SIZES = st.lists(st.integers(0, 7), min_size=1, max_size=6)


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(0, 99), st.data())
def test_some_sets_are_those_of_the_lists(sizes, seed, data):
    members, kinds = drawn(seed, sizes)
    sets = from_sets(members, kinds)
    assert same(sets, members, kinds) and len(sets) == len(sizes) and sets.sizes.tolist() == sizes
    ids = data.draw(st.lists(st.integers(0, len(sizes) - 1), min_size=1, max_size=8))
    for some in (sets[ids], sets[torch.tensor(ids)]):
        assert same(some, [members[i] for i in ids], [kinds[i] for i in ids])
    assert same(sets[1:], members[1:], kinds[1:]) or len(sizes) == 1
    more = [*range(len(sizes)), *[len(sizes) - 1] * 3]
    assert same(sets.repeat_last(3), [members[i] for i in more], [kinds[i] for i in more])


@settings(max_examples=30, deadline=None)
@given(SIZES, SIZES, st.integers(0, 99))
def test_joined_sets_follow_each_other_and_padded_ones_come_back(one, two, seed):
    (a, ka), (b, kb) = drawn(seed, one), drawn(seed + 1, two)
    sets = join([from_sets(a, ka), from_sets(b, kb)])
    assert same(sets, a + b, ka + kb)
    parts = list(sets.padded((2, 4)))
    assert sorted(i for ids, *_ in parts for i in ids.tolist()) == list(range(len(sets)))
    for ids, x, mask, pairs in parts:
        assert x.shape[:2] == mask.shape == pairs.shape[:2] and torch.equal(mask.sum(1), sets.sizes[ids])
        assert not x[~mask].any() and not pairs[~mask].any() and torch.equal(pairs, pairs.mT)
    assert same(of_padded(parts), a + b, ka + kb)


def test_boolean_masks_choose_sets():
    members, kinds = drawn(0, [2, 5, 1])
    assert same(from_sets(members, kinds)[torch.tensor([True, False, True])], members[::2], kinds[::2])


def test_what_is_known_stays_and_the_rest_is_drawn():
    members, kinds = drawn(1, [4, 3])
    others, other_kinds = drawn(2, [5, 2])
    sets, new = from_sets(members, kinds), from_sets(others, other_kinds)
    known = torch.zeros(7, 3, dtype=torch.bool)
    known[0], known[1, :2] = True, True  # two members of the first set, one of them in part; nothing of the second
    (x, pairs), (y, untouched) = lists(sets.filled(sets.with_x(known), new))
    assert torch.equal(x[0], members[0][0]) and torch.equal(x[1, :2], members[0][1, :2])
    assert torch.equal(x[1, 2], others[0][1, 2]) and torch.equal(x[2:], others[0][2:])
    assert torch.equal(pairs[:2, :2], kinds[0][:2, :2]) and torch.equal(pairs[2:], other_kinds[0][2:])
    assert torch.equal(pairs, pairs.T) and torch.equal(y, others[1]) and torch.equal(untouched, other_kinds[1])


def test_large_sets_have_a_bucket_of_their_own_size():
    sets = from_sets([torch.ones(700, 1), torch.ones(3, 1)])
    widths = {tuple(ids.tolist()): x.shape[1] for ids, x, *_ in sets.padded()}
    assert widths == {(1,): 4, (0,): 700}


def test_members_are_counted_set_by_set():
    sets = from_sets([torch.zeros(m, 1) for m in (2, 1, 3)])
    assert sets.count(torch.tensor([True, False, False, True, True, True])).tolist() == [1, 0, 3]
