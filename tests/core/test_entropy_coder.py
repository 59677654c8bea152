"""The stack of bits: what is pushed is popped, at the price of its mass."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.core.draws import Draws
from genwright.core.entropy_coder import OutOfBits, Reader, Stack, Writer, code_raw

EMPTY = np.zeros(0, np.uint32)


def test_symbols_cost_minus_log_of_their_mass():
    rng = Draws("coder")
    masses = rng.uniform(20_000, 7) ** 4
    symbols = rng.categories(masses)[:, 0]
    stack = Stack(EMPTY)
    stack.push(symbols, masses)
    ideal = -(masses / masses.sum(1, keepdim=True)).gather(1, symbols[:, None]).log2().sum()
    assert 32 * len(stack.words) == pytest.approx(float(ideal), rel=2e-3)
    assert torch.equal(stack.pop(masses), symbols) and not len(stack.words)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 1000)), max_size=20), st.lists(st.floats(width=32)))
def test_a_reader_gets_what_a_writer_took_in_its_order(steps, numbers):
    numbers, stack = torch.tensor(numbers, dtype=torch.float32), Stack(EMPTY)
    masses = torch.linspace(0, 1, 10)[None]  # the first symbol has none, and is coded all the same

    def through(coder, steps):
        for symbol, count in steps:
            yield int(coder.code(masses, torch.tensor([symbol]))), 0
            yield int(coder.code_even(torch.tensor([count + 1]), torch.tensor([count]))), 1
        yield code_raw(coder, len(numbers), numbers).numpy().tobytes(), 2

    with Writer(stack) as writer:
        written = list(through(writer, steps))
    read = list(through(Reader(stack), [(0, count) for _, count in steps]))
    assert read == written and not len(stack.words)


def test_a_writer_that_failed_pushes_nothing():
    stack = Stack(EMPTY)
    with pytest.raises(KeyError), Writer(stack) as writer:
        writer.code(torch.ones(1, 3), torch.tensor([1]))
        raise KeyError
    assert not len(stack.words)


def test_bits_that_are_popped_come_back_and_a_stack_is_never_drawn_empty():
    words, masses = np.arange(1, 30, dtype=np.uint32), Draws("back").uniform(40, 5)
    stack = Stack(words, minimum=4)
    drawn = stack.pop(masses)
    assert len(set(drawn.tolist())) > 1 and len(stack.words) < len(words)
    stack.push(drawn, masses)
    assert np.array_equal(stack.words, words)
    with pytest.raises(OutOfBits):
        stack.pop(masses.repeat(20, 1))


def test_one_symbol_alone_costs_nothing():
    stack = Stack(EMPTY)
    stack.push(torch.zeros(5, dtype=torch.long), torch.ones(5, 1))
    assert not len(stack.words) and stack.pop(torch.ones(5, 1)).tolist() == [0] * 5
