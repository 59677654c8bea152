"""Recurrences over sequences of many lengths, packed: the first members of all, then the second ones, .., longest
sequences first.

They are nn.GRU's and nn.LSTM's of a PackedSequence, whose gradient takes time that is quadratic in the number of steps
on a processor: each step clears a gradient of all of them. Here it is linear.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def gru_states(gru: nn.GRU, x: Tensor, counts: Tensor, state: Tensor) -> Tensor:
    """(P, width), the state after each member. x: (P, D) members. counts: (W,), how many sequences have a first member,
    a second, .. state: (R, width) that each of the R sequences begins with."""
    ((weight_in, weight, bias_in, bias),) = gru.all_weights
    parts, states = [2 * gru.hidden_size, gru.hidden_size], []
    for heard in F.linear(x, weight_in, bias_in).split(counts.tolist()):
        state = state[: len(heard)]
        gates, new = heard.split(parts, 1)
        own_gates, own_new = F.linear(state, weight, bias).split(parts, 1)
        reset, keep = (gates + own_gates).sigmoid().chunk(2, 1)
        new = (new + reset * own_new).tanh()
        state = new + keep * (state - new)
        states.append(state)
    return torch.cat(states)


def lstm_ends(lstm: nn.LSTM, x: Tensor, counts: Tensor) -> Tensor:
    """(R, width), the state after the last member of each of the R sequences, which begin with zeros."""
    ((weight_in, weight, bias_in, bias),) = lstm.all_weights
    heard, ended = F.linear(x, weight_in, bias_in).split(counts.tolist()), []
    state = cell = x.new_zeros(len(heard[0]), lstm.hidden_size)
    for told in heard:
        ended.append(state[len(told) :])
        state, cell = state[: len(told)], cell[: len(told)]
        take, keep, new, show = (told + F.linear(state, weight, bias)).chunk(4, 1)
        cell = keep.sigmoid() * cell + take.sigmoid() * new.tanh()
        state = show.sigmoid() * cell.tanh()
    return torch.cat([state, *ended[::-1]])
