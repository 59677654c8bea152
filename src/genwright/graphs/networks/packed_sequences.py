"""Recurrences over sequences of many lengths, packed: the first members of all, then the second ones, .., longest
sequences first.

They are nn.GRU's and nn.LSTM's of a PackedSequence, whose gradient takes time that is quadratic in the number of steps
on a processor: each step clears a gradient of all of them. Here it is linear.
"""

import torch
from torch import Tensor, nn


def gru_states(gru: nn.GRU, x: Tensor, counts: Tensor, state: Tensor) -> Tensor:
    """Computes the state (P, width) of a GRU after each member of packed sequences.

    Args:
        gru: The GRU.
        x: (P, D) members.
        counts: (W,) how many sequences have a first member, a second, ...
        state: (R, width) state that each of the R sequences begins with.
    """
    (weights,), states = gru.all_weights, []
    for graph_inputs in x.split(counts.tolist()):
        state = torch.gru_cell(graph_inputs, state[: len(graph_inputs)], *weights)
        states.append(state)
    return torch.cat(states)


def lstm_ends(lstm: nn.LSTM, x: Tensor, counts: Tensor) -> Tensor:
    """Computes the state (R, width) of an LSTM after the last member of each packed sequence. It begins with zeros.

    Args:
        lstm: The LSTM.
        x: (P, D) members.
        counts: (W,) how many sequences have a first member, a second, ...
    """
    (weights,), end_states = lstm.all_weights, []
    state = cell = x.new_zeros(int(counts[0]), lstm.hidden_size)
    for graph_inputs in x.split(counts.tolist()):
        end_states.append(state[len(graph_inputs) :])
        state, cell = torch.lstm_cell(graph_inputs, (state[: len(graph_inputs)], cell[: len(graph_inputs)]), *weights)
    return torch.cat([state, *end_states[::-1]])
