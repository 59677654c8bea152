"""The text encoder: what tokens and vector depend on, and what they do not."""

import pytest
import torch

from genwright.core.spec import Category, Spec
from genwright.networks.conditioning import TOKEN, Given

END, PAD = 7, 8
CAPTION = Spec((("caption", Category(9, (6,), "sequence", ends=True)),))
TEXTS = torch.tensor([[0.0, 1, 2, END, PAD, PAD], [1, 0, 2, END, PAD, PAD], [3, END, PAD, PAD, PAD, PAD]])
ABSENT = torch.full((1, 6), torch.nan)


@pytest.fixture(scope="module")
def read():
    torch.manual_seed(0)
    return Given(CAPTION, 5).requires_grad_(False)


@pytest.mark.parametrize("training", [True, False])
def test_words_and_their_order_change_tokens_and_vector(read, training):
    c = read.train(training)(TEXTS)
    assert c.vector.shape == (3, 5) and c.tokens.shape == (3, 5, TOKEN)  # of the longest, and whether there is a text
    assert c.mask.sum(1).tolist() == [5, 5, 3] and not c.tokens[~c.mask].any()
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert (c.vector[a] - c.vector[b]).abs().max() > 1e-3
        assert (c.tokens[a] - c.tokens[b])[c.mask[a]].abs().amax(1).min() > 1e-3  # each sees the others


@pytest.mark.parametrize("training", [True, False])
def test_an_embedding_depends_on_no_other_text_and_on_nothing_behind_the_end(read, training):
    long = torch.tensor([[1.0, 2, 3, 4, 5, END]])
    alone, among = read.train(training)(TEXTS[2:]), read(torch.cat([long, TEXTS, ABSENT]))
    assert alone.tokens.shape[1] == 3 and among.tokens.shape[1] == 7
    torch.testing.assert_close(among.vector[3:4], alone.vector, atol=1e-5, rtol=0)
    torch.testing.assert_close(among.tokens[3:4, :3], alone.tokens, atol=1e-5, rtol=0)
    longer = Given(Spec((("caption", Category(9, (60,), "sequence", ends=True)),)), 5).train(training)
    kept = {**read.state_dict()}
    kept["readers.0.positions"] = torch.cat([kept["readers.0.positions"], torch.randn(54, TOKEN)])
    longer.load_state_dict(kept)
    padded = torch.nn.functional.pad(TEXTS, (0, 54), value=PAD)
    torch.testing.assert_close(longer(padded).vector, read(TEXTS).vector, atol=1e-5, rtol=0)


def test_a_text_that_is_left_out_has_a_vector_of_its_own(read):
    c = read.eval()(torch.cat([ABSENT, TEXTS[2:]]))
    assert c.mask[0].tolist() == [True, False, False] and c.vector.isfinite().all()
    alone = read(ABSENT)
    assert alone.tokens.shape == (1, 1, TOKEN)
    torch.testing.assert_close(alone.vector, c.vector[:1], atol=1e-5, rtol=0)
    torch.testing.assert_close(read.readers[0].mean(alone.tokens[:, 0]), alone.vector, atol=1e-5, rtol=0)
    assert (c.vector[0] - c.vector[1]).abs().max() > 1e-3
