"""Clips to vectors and back, frame by frame, so that codes say nothing of motion: that is left to their prior."""

from torch import Tensor, nn


class FramesEncoder(nn.Module):
    """Encodes clips (B, T, C, H, W) frame by frame: (B, width, T h, w), the codes of each frame below those of the
    frame before.

    Args:
        encoder: of one frame, (B, C, H, W) -> (B, width, h, w).
    """

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x.flatten(0, 1)).unflatten(0, x.shape[:2]).transpose(1, 2).flatten(2, 3)


class FramesDecoder(nn.Module):
    """Decodes the codes of `FramesEncoder`, (B, width, T h, w), to the parameters (B, T, C, H, W, size) of a head.

    Args:
        decoder: Decoder of one frame, (B, width, h, w) -> (B, C, H, W, size).
        frames: T.
    """

    def __init__(self, decoder: nn.Module, frames: int):
        super().__init__()
        self.decoder, self.frames = decoder, frames

    def forward(self, z: Tensor) -> Tensor:
        codes = z.unflatten(2, (self.frames, -1)).transpose(1, 2)
        return self.decoder(codes.flatten(0, 1)).unflatten(0, codes.shape[:2])
