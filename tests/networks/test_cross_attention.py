# Tests networks/unet.py
"""Cross-attention: what it looks at, and what it must not see."""

import torch

from genwright.core.draws import Draws
from genwright.networks.unet import CrossAttention


def test_it_sees_tokens_in_no_order_and_none_that_are_masked():
    look = CrossAttention(16, 8)
    with torch.no_grad():
        look.out.weight.copy_(Draws("out").normal(16, 16, 1, 1))
    h, tokens = Draws("h").normal(3, 16, 4, 5), Draws("tokens").normal(3, 6, 8)
    mask = torch.tensor([1, 1, 1, 1, 0, 0], dtype=torch.bool).expand(3, -1)
    found = look(h, tokens, mask)
    assert found.shape == h.shape and not torch.allclose(found, h)
    assert torch.allclose(look(h, tokens[:, [2, 0, 3, 1, 4, 5]], mask), found, atol=1e-5)
    other = torch.where(mask[..., None], tokens, Draws("other").normal(3, 6, 8))
    assert torch.equal(look(h, other, mask), found)
    other = tokens.clone()
    other[0, 1] = Draws("one").normal(8)
    moved = (look(h, other, mask) - found).flatten(1).abs().amax(1)
    assert moved[0] > 1e-3 and (moved[1:] == 0).all()
