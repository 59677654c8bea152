"""The likeliest long text that holds some words, by beams (grid beam search: Hokamp & Liu 2017, arXiv 1704.07138).

    w_1, .., w_m the words, in their order;  bank j has texts so far that hold w_1, .., w_j, and not w_(j+1) behind them
    step     a text of bank j goes on with w_(j+1), to bank j + 1, or with any other token, in bank j
    keep     the `WIDTH` likeliest texts of each bank
    end      from bank m alone, and no sooner than a long text ends

A text is long if it has as many tokens as the longest quarter of the texts that the model draws. Without this, a text
that ends at once would be the likeliest.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws

WIDTH = 16
DRAWS, LONG_SHARE = 64, 1 / 4  # texts whose lengths say what is long, and the share of them that is
NextToken = Callable[[Tensor], Tensor]  # texts so far (B, T) int64 -> log p of their next token, (B, k)


def long_length(next_token: NextToken, end: int, longest: int, rng: Draws) -> int:
    """Tokens of a long text, its end among them. end: the token that ends a text. longest: most tokens."""
    texts = torch.zeros(DRAWS, 0, dtype=torch.long, device=rng.device)
    for _ in range(longest):
        texts = torch.cat([texts, rng.categories(next_token(texts).exp())], 1)
    ends = F.pad(texts == end, (0, 1), value=True).long().argmax(1) + 1  # the first end of each
    return int(ends.clamp(max=longest).sort().values[-int(DRAWS * LONG_SHARE)])


def likeliest_holding(
    words: list[int], next_token: NextToken, end: int, shortest: int, longest: int, device: torch.device
) -> tuple[list[int], float]:
    """Tokens of the likeliest text, without its end, and its log p.

    Args:
        words: m tokens, fewer than `longest`.
        next_token: texts so far -> log p of their next token.
        end: the token that ends a text.
        shortest: least tokens of a text, its end among them.
        longest: most tokens.
        device: of all tensors.
    """
    m, wanted = len(words), torch.tensor([*words, -1], device=device)
    texts = torch.zeros(1, 0, dtype=torch.long, device=device)
    nats, bank = torch.zeros(1, device=device), torch.zeros(1, dtype=torch.long, device=device)
    best, best_nats = [], -torch.inf
    for length in range(1, longest + 1):
        total = nats[:, None] + next_token(texts)
        ended = total[:, end].masked_fill(bank < m, -torch.inf)
        if length >= shortest and float(ended.max()) > best_nats:
            best, best_nats = texts[ended.argmax()].tolist(), float(ended.max())
        total[:, end] = -torch.inf
        k = total.shape[1]
        into = bank[:, None] + (torch.arange(k, device=device) == wanted[bank][:, None])
        by_bank = (total.masked_fill(into != j, -torch.inf).flatten() for j in range(m + 1))
        places = torch.cat([each.topk(min(WIDTH, len(each))).indices for each in by_bank])
        places = places[total.flatten()[places] > -torch.inf].unique()
        texts = torch.cat([texts[places // k], (places % k)[:, None]], 1)
        nats, bank = total.flatten()[places], into.flatten()[places]
        if best_nats >= float(nats.max()):
            break
    return best, best_nats
