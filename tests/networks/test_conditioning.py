import numpy as np
import torch
from leaves import category, real

from genwright.core.spec import Category, Spec
from genwright.networks.conditioning import ColumnFeatures, TextEncoder


def test_before_training_a_hidden_value_looks_like_no_known_one():
    torch.manual_seed(0)
    values = np.random.default_rng(0).normal(size=2000)
    spec = Spec((("number", real(values)), ("name", category(0.2, 0.3, 0.5))))
    features = ColumnFeatures(spec, 8)
    numbers = torch.linspace(-4, 4, 201)
    x = torch.stack([numbers, torch.arange(201) % 3], 1)
    known, hidden = features(x), features.known_features(x, torch.zeros(x.shape, dtype=torch.bool))
    assert torch.equal(hidden, hidden[:1].expand_as(hidden))  # it says nothing of the value
    assert ((known - hidden).norm(dim=2).min(0).values > 0.5).all()


def test_before_training_neighbouring_numbers_mean_nearly_the_same():
    torch.manual_seed(0)
    spec = Spec((("number", real(np.random.default_rng(0).normal(size=2000))),))
    known = ColumnFeatures(spec, 8)(torch.linspace(-2, 2, 401)[:, None])[:, 0]
    assert (known[1:] - known[:-1]).norm(dim=1).max() < 0.1


def test_a_word_that_is_left_out_leaves_the_others_in_their_places():
    torch.manual_seed(0)
    encoder = TextEncoder(Category(6, (6,), "sequence", ends=True), 8).eval()  # 4 ends a text, 5 is behind it
    left_out = torch.tensor([[torch.nan, 1.0, 2.0, 4.0, 5.0, 5.0]])
    tokens, mask, _ = encoder(left_out)
    assert mask.tolist() == [[True, False, True, True, True]] and not tokens[0, 1].any()
    nothing, wholly = encoder(left_out.masked_fill(left_out < 5, torch.nan)), encoder(left_out * torch.nan)
    assert all(map(torch.equal, nothing, wholly))
