"""Networks that read a sequence from its first symbol on: what they share, whatever reads.

`KnownSymbols` may read the known part of a sequence, to be added to the features of each place.
"""

from collections.abc import Generator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.endings import Endings, known_ahead
from .conditioning import GivenVector
from .known_symbols import KnownSymbols
from .sequence_layers import angles


class CausalNetwork(nn.Module):
    """Logits of p(x_t | x_<t, given, known part) for every place t of a sequence, which may end.

    spec: one leaf, a Category of shape (T,). width: features of a place. heads: of attention; width / heads is even.
    holes: whether what is known further on is read, with dropout. A subclass has

        read(h)         features (B, P, width) of places -> alike, each from those up to it
        reader(h, T)    the same for B sequences of up to T places, one place after another: a function of the features
                        (B, width) of the next one alone. h: of the first, to be like. If sequences may take each
                        other's places, it has `reorder(rows)`
    """

    orders = 1  # from the first place to the last

    def __init__(self, spec: Spec, given: Spec, width: int, heads: int = 1, dropout: float = 0.0, holes: bool = False):
        super().__init__()
        self.leaf = spec.leaf
        self.start = self.leaf.end if self.leaf.ends else self.leaf.k  # stands before the first symbol
        self.symbols = nn.Embedding(max(self.leaf.k, self.start + 1), width)
        self.given = GivenVector(given, width)
        self.known = KnownSymbols(self.leaf.k, width, heads, dropout) if holes else None
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, self.leaf.k)
        for reader in (self, self.known) if holes else (self,):
            nn.init.normal_(reader.symbols.weight, std=0.1)
        self.register_buffer("turns", angles(self.leaf.shape[0], width // heads), persistent=False)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """x: (B, T) symbols, given: (B, G), known: bool like x or None -> (B, T, k).

        In training nothing is computed of the places where every sequence of the batch has ended.
        """
        x = x.long()
        length, endings = x.shape[1], Endings.from_leaf(self.leaf, x, known)
        end = int((x != self.leaf.pad).any(0).sum()) if self.training and self.leaf.ends else length
        before = F.pad(x[:, :-1], (1, 0), value=self.start)
        h = self.read(self.symbols(before[:, :end]) + self._condition(x, given, known)[:, :end])
        logits = F.pad(self.out(self.norm(h)), (0, 0, 0, length - end))
        return endings.masked(logits, before, torch.arange(length, device=x.device))

    def _condition(self, x: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """Contributions of given variables and the known part to each place: (B, T, width). They are (B, 1, width) if
        no sequence has a known place behind an unknown one. Without such a place, a sequence reads nothing ahead."""
        c = self.given(given)[:, None]
        if self.known and known is not None and (ahead := known_ahead(known)).any():
            some = ahead.nonzero()[:, 0]
            found = self.known(x[some], known[some], self.turns).to(c.dtype)
            c = c.expand(-1, x.shape[1], -1).index_add(0, some, found)
        return c

    @torch.no_grad()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Generator[tuple[tuple, Tensor], Tensor | None, None]:
        """Yield ((t,), logits (B, k)) from the first place on; the caller writes x[:, t] before going on. The numbers
        are those of `forward`, at the cost of about one pass in all. Ends when every sequence has, with PAD in what is
        left of x.

        Sent rows (B,), it goes on with sequence rows[i] of x in the place of each i, as the caller has put them; those
        that take each other's places have the same given and known parts."""
        (batch, length), leaf = x.shape, self.leaf
        endings = Endings.from_leaf(leaf, x, known)
        condition = self._condition(x.long(), given, known).expand(-1, length, -1)
        read = self.reader(condition[:, 0], length)
        before = torch.full((batch,), self.start, device=x.device)
        for t, place in enumerate(torch.arange(length, device=x.device).split(1)):
            h = read(self.symbols(before) + condition[:, t])
            moved = yield (t,), endings.masked(self.out(self.norm(h))[:, None], before[:, None], place)[:, 0]
            if moved is not None:
                read.reorder(moved)
            before = x[:, t].long()
            if leaf.ends and bool((before >= leaf.end).all()):
                x[:, t + 1 :] = leaf.pad
                return
