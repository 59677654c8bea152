"""ChemNet, in which molecules are compared: what it makes of a SMILES before it says what the molecule does in assays
(Mayr 2018, Chemical Science 9:5441), by which the Frechet ChemNet distance is measured (Preuer 2018, Journal of
Chemical Information and Modeling 58:1736).

    350 symbols, one of 35 each  ->  2 convolutions of stride 2: 88 places  ->  an LSTM from the last place to the first
    ->  an LSTM from the first to the last, of which the last state (512,) is kept

Symbols are read as the authors' code does: two letters where the second is r, i or l, no more than 349, and of several
molecules the first alone. Beyond a string's end both convolutions are 0, so that the first LSTM goes the same way there
for all, and is asked once. The weights are those of fcd_torch, of which numbers differ by rounding alone.
"""

import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load
from torch import Tensor, nn

from ...core.packages import models_folder

SYMBOLS = "C N O H F Cl P B Br S I Si # ( ) + - 1 2 3 4 5 6 7 8 = [ ] @ c n o s X .".split()
CODES = {symbol: code for code, symbol in enumerate(SYMBOLS)}
WEIGHTS = "nets/chemnet-1.safetensors"  # in genwright-models
LENGTH, PLACES, WIDTH = 350, 88, 512
BLOCK = 512  # strings of a network call, of like length


class ChemNet(nn.Module):
    """The network that maps one-hot SMILES (B, L, 35), the first L <= 350 tokens, the others 0, to features (B,
    512)."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(len(SYMBOLS), 32, 4, stride=2, bias=False)
        self.second = nn.Conv1d(32, 32, 4, stride=2, bias=False)
        self.back = nn.LSTMCell(32, 128)
        self.forth = nn.LSTMCell(128, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        n, places_seen = len(x), min(PLACES, (x.shape[1] + 2) // 4 + 1)  # places that a symbol reaches
        x = F.pad(x, (0, 0, 0, min(LENGTH, 4 * places_seen + 4) - x.shape[1]))
        places = F.selu(self.second(F.pad(F.selu(self.first(F.pad(x.mT, (1, 1)))), (1, 2))))[..., :places_seen]
        beyond = self._beyond(PLACES - places_seen)
        h, c = (state.expand(n, -1) for state in beyond[-1])
        states = []
        for place in reversed(range(places_seen)):
            h, c = _step(self.back, F.linear(places[..., place], self.back.weight_ih, self.back.bias_ih), h, c)
            states.append(h)
        h, c = x.new_zeros(2, n, WIDTH)
        for state_before in states[::-1] + [h for h, _ in beyond[:0:-1]]:
            h, c = _step(self.forth, F.linear(state_before, self.forth.weight_ih, self.forth.bias_ih), h, c)
        return h

    def _beyond(self, places: int) -> list[tuple[Tensor, Tensor]]:
        """States (1, 128) of the first LSTM, which begins at the last place, after 0, 1, .. `places` empty ones."""
        states = [tuple(self.back.weight_hh.new_zeros(2, 1, self.back.hidden_size))]
        for _ in range(places):
            states.append(_step(self.back, self.back.bias_ih[None], *states[-1]))
        return states


def _step(cell: nn.LSTMCell, inputs: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """inputs (B or 1, 4 d), of which the cell's weights have been taken; h, c (B, d) -> the next h, c."""
    into, forget, new, out = torch.addmm(inputs + cell.bias_hh, h, cell.weight_hh.T).chunk(4, 1)
    c = forget.sigmoid_().mul(c).addcmul_(into.sigmoid_(), new.tanh_())  # in place: a tenth of the time
    return out.sigmoid_() * c.tanh(), c


def activations(smiles: Sequence[str]) -> np.ndarray:
    """Computes ChemNet's features (n, 512) float32 of canonical SMILES."""
    symbols = [_symbols(text) for text in smiles]
    order = np.argsort([len(states) for states in symbols], kind="stable")
    states = np.empty((len(symbols), WIDTH), np.float32)
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        codes = nn.utils.rnn.pad_sequence([torch.tensor(symbols[k]) for k in block], batch_first=True, padding_value=-1)
        x = (codes[..., None] == torch.arange(len(SYMBOLS))).float() / len(SYMBOLS)
        with torch.no_grad():
            states[block] = _network()[0](x).numpy()
    return states


def reference() -> str:
    """Returns name and version of the network, to stand beside every number measured in ChemNet."""
    return f"ChemNet sha256:{_network()[1][:8]}"


def _symbols(smiles: str) -> list[int]:
    letters = re.findall(".[ril]?", smiles.split(".")[0], re.DOTALL)[: LENGTH - 1]
    return [*(CODES.get(symbol, CODES["X"]) for symbol in letters), CODES["."]]


@cache
def _network() -> tuple[ChemNet, str]:
    content = (models_folder("ChemNet needs") / WEIGHTS).read_bytes()
    net = ChemNet()
    net.load_state_dict(load(content))
    return net.eval(), sha256(content).hexdigest()
