"""A perceptual distance of two images, by features that nobody trains; it is added to a loss of pixels."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array


class RandomFeatures(nn.Module):
    """Computes features of images by random convolutions.

    maps: (B, inputs, H, W) -> features (B, C, h, w), layer by layer.

    Convolutions of 3 x 3 and rectifiers, each layer at half the side of the one before it and with twice the channels.
    Weights are orthogonal (Saxe 2014) times sqrt(2), what rectifiers take, so that no layer outweighs the others. They
    are buffers: drawn with the seed of the run, kept in it, never trained.

    Args:
        inputs: Input features.
        channels: Channels of the feature maps.
        layers: Number of layers.
    """

    def __init__(self, inputs: int, channels: int, layers: int):
        super().__init__()
        for k in range(layers):
            weight = torch.empty(channels, inputs, 3, 3)
            nn.init.orthogonal_(weight, 2**0.5)
            self.register_buffer(f"layer{k}", weight)
            inputs, channels = channels, 2 * channels

    def forward(self, maps: Tensor) -> list[Tensor]:
        features = []
        for weight in self.buffers():
            maps = F.relu(F.conv2d(maps, weight, stride=2 if features else 1, padding=1))
            features.append(maps)
        return features


class PerceptualDistance(nn.Module):
    """Computes the distance of two images in the features of a random network.

    x, y: (B, C, H, W) in the units of the Spec -> w sum_l mean (f_l(x) - f_l(y))^2, f_l the features of layer l.

    Args:
        spec: Spec of the items.
        channels: Channels of the feature maps.
        layers: Number of layers.
        weight: w, in nats. Papers take features of networks that were trained on other images (Hou 2017) or in the
            same game (Larsen 2016). Random ones serve too, since each compares patches, not pixels one by one (He
            2016; Amir & Weiss 2021). They need neither labels nor other images, and share nothing with the features
            that samples are measured in: a model that its own judge has taught is not judged.
    """

    def __init__(self, spec: Spec, channels: int, layers: int, weight: float):
        super().__init__()
        self.view, self.weight = Array(spec), weight
        self.features = RandomFeatures(spec.shape[0], channels, layers)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        pairs = zip(self.features(self.view.centre(x)), self.features(self.view.centre(y)))
        return self.weight * sum(((first - second).float() ** 2).mean() for first, second in pairs)
