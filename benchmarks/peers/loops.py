"""Sampling loops as a careful person writes them in plain PyTorch, with the weights of our networks or of their
sizes. A loop returns the places that it drew."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from peers.nanogpt import PeerBlock
from torch import Tensor, nn

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.networks.causal import CausalLSTM, CausalTransformer
from genwright.training.machine import has_bfloat16

SYMBOLS = 256
NONE = Spec(())
Loop = Callable[[], int]


def ours(family: Autoregressive, rows: int) -> Loop:
    """Sampling of lines, all of which are drawn until the last one has ended."""
    nothing, leaf = torch.zeros(rows, 0), family.spec.leaf

    def loop() -> int:
        x = family.sample(rows, nothing, Draws("sample", 0))
        return int((x != leaf.pad).any(0).sum()) if leaf.ends else x.shape[1]

    return loop


def draw(logits: Tensor) -> Tensor:
    """(B, k) -> (B,), without the synchronous checks of torch.multinomial."""
    return (logits.float().softmax(-1) / torch.empty_like(logits, dtype=torch.float32).exponential_()).argmax(-1)


def lstm_layer(network: CausalLSTM, rows: int) -> Loop:
    """float32, by nn.LSTM a symbol at a time, and torch.multinomial, as tutorials have it. Lines that have ended are
    dropped, as ours are."""

    @torch.inference_mode()
    def loop() -> int:
        leaf, now, state, place = network.leaf, torch.full((rows, 1), network.start), None, 0
        while place < leaf.shape[0] and len(now):
            h, state = network.lstm(network.symbols(now), state)
            now = torch.multinomial(network.out(network.norm(h[:, 0])).softmax(-1), 1)
            left = now[:, 0] != leaf.end
            if not left.all():
                now, state = now[left], tuple(part[:, left] for part in state)
            place += 1
        return place

    return loop


def lstm_by_hand(network: CausalLSTM, rows: int) -> Loop:
    """Weights put together once, all gates of a layer one product, in bfloat16 where the processor has it; cells and
    the norm in float32. Lines that have ended are dropped, as ours are."""
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    low = lambda weight: weight.detach().to(dtype)
    layers = [(low(torch.cat([a, b], 1)), low(c + d)) for a, b, c, d in network.lstm.all_weights]
    symbols, (out, bias) = low(network.symbols.weight), map(low, (network.out.weight, network.out.bias))

    @torch.inference_mode()
    def loop() -> int:
        leaf, width = network.leaf, network.lstm.hidden_size
        states = [torch.zeros(rows, width, dtype=dtype) for _ in layers]
        cells = [torch.zeros(rows, width) for _ in layers]
        now, place = torch.full((rows,), network.start), 0
        while place < leaf.shape[0] and len(now):
            h = symbols[now]
            for layer, (weight, added) in enumerate(layers):
                enter, forget, update, leave = F.linear(torch.cat([h, states[layer]], 1), weight, added).chunk(4, 1)
                cells[layer] = cell = forget.sigmoid() * cells[layer] + enter.sigmoid() * update.tanh()
                states[layer] = h = leave.sigmoid() * low(cell).tanh()
            h = low(F.layer_norm(h.float(), (width,), network.norm.weight, network.norm.bias))
            now = draw(F.linear(h, out, bias))
            left = now != leaf.end
            if not left.all():
                now, states, cells = now[left], [h[left] for h in states], [cell[left] for cell in cells]
            place += 1
        return place

    return loop


class CachedPeer(nn.Module):
    """nanoGPT's network, which draws with keys and values in a cache of fixed size. batch, length: of what it draws;
    width, heads, depth: of the network."""

    def __init__(self, batch: int, length: int, width: int, heads: int, depth: int):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(SYMBOLS + 1, width), nn.Embedding(length, width)
        self.h = nn.ModuleList(PeerBlock(width) for _ in range(depth))
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, SYMBOLS)
        self.cache = torch.zeros(depth, 2, batch, heads, length, width // heads)

    @torch.inference_mode()
    def forward(self) -> int:
        _, _, batch, heads, length, _ = self.cache.shape
        now = torch.full((batch,), SYMBOLS)
        for place in range(length):
            x = self.wte(now) + self.wpe.weight[place]
            for block, (keys, values) in zip(self.h, self.cache):
                query, key, value = block.c_attn(block.ln_1(x)).unflatten(1, (3, heads, -1)).unbind(1)
                keys[:, :, place], values[:, :, place] = key, value
                seen = keys[:, :, : place + 1], values[:, :, : place + 1]
                x = x + block.c_proj(F.scaled_dot_product_attention(query[:, :, None], *seen).flatten(1))
                x = x + block.mlp(block.ln_2(x))
            now = draw(self.lm_head(self.ln_f(x)))
        return length


def our_transformer(length: int, width: int, heads: int, depth: int) -> Autoregressive:
    spec = Spec((("window", Category(SYMBOLS, (length,), "sequence")),))
    network = CausalTransformer(spec, NONE, width, heads, depth)
    return Autoregressive(spec, NONE, network, CategoricalHead(SYMBOLS)).eval()
