"""Networks that see the first frames of a clip and predict all that come after them in one call.

Each frame is encoded on its own; a middle turns the codes of the first frames into codes of the coming ones; each of
these is decoded on its own. The middle is one of two:

    blocks      residual convolutions over the codes of all frames, stacked as channels (SimVP, Gao 2022)
    convlstm    a ConvLSTM reads the codes one by one, and another one writes the coming ones (Shi 2015, eq. 3)

    i, f, o = sigmoid(W [x, h]);  c' = f c + i tanh(V [x, h]);  h' = o tanh(c')

without the peepholes of eq. 3.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...networks.mlp import init_at_zero
from ...networks.towers import ConvBlock


class FramePredictor(nn.Module):
    """Predicts the coming frames (B, coming, C, H, W) from frames (B, seen, C, H, W) in [-1, 1].

    Args:
        frames_seen: frames that it sees.
        coming: frames that it predicts.
        channels: C.
        width: channels of the code of a frame, a multiple of 8.
        middle: from codes (B, seen, width, h, w) to codes (B, coming, width, h, w).
        halvings: times that the sides of a code are half those of what it is of.
    """

    def __init__(self, frames_seen: int, coming: int, channels: int, width: int, middle: nn.Module, halvings: int):
        super().__init__()
        self.seen, self.coming, self.scale = frames_seen, coming, 2**halvings
        pixels = channels * self.scale**2
        self.encode = nn.Sequential(nn.Conv2d(pixels, width, 3, padding=1), nn.SiLU(), _conv(width, width))
        self.middle = middle
        last = init_at_zero(nn.Conv2d(width, pixels, 3, padding=1))
        nn.init.constant_(last.bias, -1.0)  # frames are black at first
        self.decode = nn.Sequential(_conv(2 * width, width), nn.SiLU(), last)

    def forward(self, frames: Tensor) -> Tensor:
        height, width = frames.shape[3:]
        padded = F.pad(frames.flatten(0, 1), (0, -width % self.scale, 0, -height % self.scale), value=-1.0)
        codes = self._by_frame(self.encode, F.pixel_unshuffle(padded, self.scale).unflatten(0, frames.shape[:2]))
        coming = self.middle(codes)
        last = codes[:, -1:].expand(-1, self.coming, -1, -1, -1)  # what does not move is copied from it
        pixels = self._by_frame(self.decode, torch.cat([coming, last], 2))
        return F.pixel_shuffle(pixels, self.scale)[..., :height, :width]

    @staticmethod
    def _by_frame(net: nn.Module, frames: Tensor) -> Tensor:
        return net(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])


def _conv(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.GroupNorm(8, outputs))


class StackedBlocks(nn.Module):
    """The middle of SimVP: `depth` residual blocks of `hidden` channels over the codes of all frames at once.

    Args:
        frames_seen: codes that come in.
        coming: codes that go out.
        width: channels of a code.
        hidden: channels of the blocks, a multiple of 8.
        depth: residual blocks.
    """

    def __init__(self, frames_seen: int, coming: int, width: int, hidden: int, depth: int):
        super().__init__()
        self.coming = coming
        self.first = nn.Conv2d(frames_seen * width, hidden, 1)
        self.blocks = nn.ModuleList(ConvBlock(hidden, 0) for _ in range(depth))
        self.last = nn.Conv2d(hidden, coming * width, 1)

    def forward(self, codes: Tensor) -> Tensor:
        h = self.first(codes.flatten(1, 2))
        for block in self.blocks:
            h = block(h, None)
        return self.last(h).unflatten(1, (self.coming, -1))


class ConvLSTM(nn.Module):
    """The middle of Shi 2015: `depth` convolutional LSTM cells read the codes of the seen frames in turn; other cells
    begin at their states and write the coming ones.

    Args:
        coming: codes that go out.
        width: channels of a code.
        hidden: channels of a cell.
        depth: cells one above the other.
    """

    def __init__(self, coming: int, width: int, hidden: int, depth: int):
        super().__init__()
        self.coming, self.hidden = coming, hidden
        inputs = [width, *[hidden] * (depth - 1)]
        self.readers = nn.ModuleList(nn.Conv2d(size + hidden, 4 * hidden, 3, padding=1) for size in inputs)
        self.writers = nn.ModuleList(nn.Conv2d(size + hidden, 4 * hidden, 3, padding=1) for size in inputs)
        self.last = nn.Conv2d(hidden, width, 1)

    def forward(self, codes: Tensor) -> Tensor:
        b, _, _, height, width = codes.shape
        nothing = codes.new_zeros(b, self.hidden, height, width)
        states = [(nothing, nothing)] * len(self.readers)
        for code in codes.unbind(1):
            states = self._step(self.readers, code, states)
        code, states_written = codes[:, -1], []
        for _ in range(self.coming):
            states = self._step(self.writers, code, states)
            code = self.last(states[-1][0])
            states_written.append(code)
        return torch.stack(states_written, 1)

    @staticmethod
    def _step(cells: nn.ModuleList, x: Tensor, states: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        next_states = []
        for cell, (h, c) in zip(cells, states):
            i, f, o, new = cell(torch.cat([x, h], 1)).chunk(4, 1)
            c = (f + 1).sigmoid() * c + i.sigmoid() * new.tanh()  # a cell remembers before it is trained
            x = o.sigmoid() * c.tanh()
            next_states.append((x, c))
        return next_states
