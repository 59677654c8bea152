"""The shipped feature networks: images to 128 numbers, in which Frechet distances and two-sample tests are measured.

Two files, `grey-1` and `colour-1`, built from real images by `benchmarks/train_feature_nets.py` at commit d847cc2e.
The networks were taught to name both what an image shows and how it was damaged (blur, noise, mixing), so that features
see content and quality. A distance is comparable with another only in the same file, hence the hash in every reference.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load
from torch import Tensor, nn

SIZE = 32  # pixels a side that the networks take
WIDTH = 128  # features an image
LARGEST_WHOLE = 64  # pixels a side, up to which the networks look at the whole image alone
BLOCK = 256  # images a network call; fixed, so that no batch size changes a feature


class FeatureBlock(nn.Module):
    """A residual block: x + relu(norm(conv(x))), (B, width, H, W) -> the same shape."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + F.relu(self.norm(self.conv(x)))


def halve(inputs: int, outputs: int) -> nn.Sequential:
    """Returns layers that halve the sides of an image and change the number of channels."""
    conv = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


class FeatureNet(nn.Module):
    """The network that maps images (B, channels, 32, 32) in [0, 1] to features (B, 128)."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(
            halve(channels, 32),
            FeatureBlock(32),  # 16 x 16
            halve(32, 64),
            FeatureBlock(64),  # 8 x 8
            halve(64, WIDTH),
            FeatureBlock(WIDTH),  # 4 x 4
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.body(2 * x - 1).mean((2, 3))


@dataclass(frozen=True)
class Features:
    """A loaded feature network, with the name and hash that every number measured in it must carry."""

    net: FeatureNet
    reference: str  # such as "features grey-1 sha256:0123abcd"
    in_tiles: bool = False  # whether it also looks at images at their own size

    def __call__(self, pictures: Tensor) -> np.ndarray:
        """images: (n, C, H, W) in [0, 1], of any size -> (n, 128) float64; with tiles (n, 256), the features of the
        whole image, and the mean of those of its tiles of 32 x 32 pixels."""
        with torch.no_grad():
            return torch.cat([self._look(part) for part in pictures.split(BLOCK)]).double().numpy()

    def _look(self, pictures: Tensor) -> Tensor:
        whole = self.net(to_size(pictures))
        if not self.in_tiles:
            return whole
        tiles = F.unfold(pictures, SIZE, stride=SIZE).mT.unflatten(2, (pictures.shape[1], SIZE, SIZE))
        parts = torch.stack([self.net(tile) for tile in tiles.unbind(1)])
        return torch.cat([whole, parts.mean(0)], 1)


def to_size(pictures: Tensor) -> Tensor:
    """Resizes images (B, C, H, W) to (B, C, 32, 32): smaller images bilinearly, larger ones by the mean over what a
    pixel covers."""
    if pictures.shape[-2:] == (SIZE, SIZE):
        return pictures
    if min(pictures.shape[-2:]) > SIZE:
        return F.adaptive_avg_pool2d(pictures, SIZE)
    return F.interpolate(pictures, size=(SIZE, SIZE), mode="bilinear", align_corners=False, antialias=False)


def load_features(channels: int, side: int = SIZE) -> Features:
    """Loads the feature network for grey (1 channel) or colour (3) images. Images with sides above 64 are also looked
    at in tiles, at their own size. Raises ValueError for another number of channels."""
    if channels not in (1, 3):
        raise ValueError(f"feature networks exist for 1 or 3 channels, not {channels}")
    name = "grey-1" if channels == 1 else "colour-1"
    content = files("genwright.measure").joinpath("features", f"{name}.safetensors").read_bytes()
    net = FeatureNet(channels)
    net.load_state_dict(load(content))  # copies the file's half precision into single
    reference = f"features {name} sha256:{sha256(content).hexdigest()[:8]}"
    in_tiles = side > LARGEST_WHOLE
    return Features(net.eval(), f"{reference}{', whole and in tiles' * in_tiles}", in_tiles)
