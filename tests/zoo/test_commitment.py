# Tests zoo/energy.py, zoo/points.py
"""Codecs with a codebook: encoders pay for staying away from the entries that their vectors are taken to."""

import pytest
import torch
from short_training import batch_of

from genwright.contract.small_data import small_data
from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.zoo import registry

CODECS = {
    "vq-vae": ("images", "vq-vae", {}),
    "vq-vae-2": ("images", "vq-vae-2", {}),
    "quantised": ("images", "latent-diffusion", {"entries": 8}),
    "in time": ("audio", "vq-vae", {}),
}


@pytest.mark.parametrize("name", CODECS)
def test_the_encoder_is_drawn_to_the_entries_of_its_codebook(name):
    """The gradient that beta adds is that of the distance, to which the decoder and the entries are constants."""
    kind, family, other = CODECS[name]
    data, row = small_data(kind), registry.row(kind, registry.GENERATE, family)
    x = data.tensors("train").x[:16]
    torch.manual_seed(0)
    numbers = registry.hyperparameters(row, data.domain.spec, Spec(()), len(x), "tiny", other)
    codec = registry.build(row, data.domain.spec, Spec(()), numbers).family.codec.eval()
    weights = [p for name, p in codec.named_parameters() if "decoder" not in name]

    def gradients(beta: float) -> torch.Tensor:
        codec.beta = beta
        loss, _ = codec.loss(batch_of(x, Draws("step")))
        found = torch.autograd.grad(loss, weights, allow_unused=True)
        return torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for g, p in zip(found, weights)])

    none, some, twice = map(gradients, (0.0, 1.0, 2.0))
    assert (some - none).norm() > 1e-3 * none.norm() > 0
    assert torch.allclose(twice - none, 2 * (some - none), atol=1e-3 * float((some - none).abs().max()))
