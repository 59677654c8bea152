import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from genwright.graphs.networks.packed_sequences import gru_states, lstm_ends


def gradients(y: torch.Tensor, items: list[torch.Tensor], module: nn.Module) -> list[torch.Tensor]:
    return torch.autograd.grad(y.sin().sum(), [*items, *module.parameters()], retain_graph=True)


@pytest.mark.parametrize("counted", [[7, 5, 5, 2, 1], [4], [1, 1]])
def test_states_and_gradients_are_those_of_packed_sequences(counted: list[int]):
    torch.manual_seed(0)
    items, gru, lstm = [torch.randn(n, 3, requires_grad=True) for n in counted], nn.GRU(3, 4), nn.LSTM(3, 4)
    packed, begin = pack_sequence(items), torch.randn(len(counted), 4)
    pairs = [
        (gru, gru_states(gru, packed.data, packed.batch_sizes, begin), gru(packed, begin[None])[0].data),
        (lstm, lstm_ends(lstm, packed.data, packed.batch_sizes), lstm(packed)[1][0][0]),
    ]
    for module, ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
        for mine, one in zip(gradients(ours, items, module), gradients(theirs, items, module)):
            torch.testing.assert_close(mine, one, rtol=0, atol=1e-5)
