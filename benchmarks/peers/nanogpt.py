"""nanoGPT's network and loop (MIT licence), our causal transformer in either loop, and transformers' GPT-2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from peers.ours import our_step
from torch import Tensor, nn

from genwright.core.draws import Draws
from genwright.core.recipe import Recipe
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Items
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.networks.causal import CausalTransformer

K, WINDOW, BATCH, WIDTH, HEADS, DEPTH = 65, 128, 16, 192, 3, 4
LENGTH, DRAWN = 784, 4
NONE = Spec(())
NOTHING = 1e-9  # share of items of which something is known


class PeerBlock(nn.Module):
    """nanoGPT's."""

    def __init__(self, width: int = WIDTH, heads: int = HEADS):
        super().__init__()
        self.width, self.heads = width, heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        parts = self.c_attn(self.ln_1(x)).split(self.width, 2)
        heads = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        y = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).contiguous().flatten(2))
        return x + self.mlp(self.ln_2(x))


class Peer(nn.Module):
    """nanoGPT's network: (B, T) -> logits (B, T, K)."""

    def __init__(self, width: int = WIDTH, heads: int = HEADS):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(K, width), nn.Embedding(WINDOW, width)
        self.h = nn.Sequential(*(PeerBlock(width, heads) for _ in range(DEPTH)))
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, K, bias=False)
        self.wte.weight = self.lm_head.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.lm_head(self.ln_f(self.h(self.wte(x) + self.wpe(torch.arange(x.shape[1])))))


def peer_loop(
    network: nn.Module,
    logits: Callable[[Tensor, Tensor], Tensor],
    text: Tensor,
    rate: Callable[[], float] = lambda: 1e-3,
    batch: int = BATCH,
) -> Callable[[], None]:
    """nanoGPT's: a function that takes one step. logits: of (symbols before, symbols); rate: of the next step."""
    several = [w for w in network.parameters() if w.dim() >= 2]
    single = [w for w in network.parameters() if w.dim() < 2]
    groups = [{"params": several, "weight_decay": 0.1}, {"params": single, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate(), betas=(0.9, 0.99), fused=True)
    network.train()

    def step() -> None:
        for group in optimizer.param_groups:
            group["lr"] = rate()
        at = torch.randint(len(text) - WINDOW, (batch,)).tolist()
        x, y = (torch.stack([text[i + k : i + k + WINDOW] for i in at]) for k in (0, 1))
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(logits(x, y).flatten(0, 1), y.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def our_loop(recipe: Recipe, text: Tensor) -> Callable[[], None]:
    x = text[: len(text) // WINDOW * WINDOW].view(-1, WINDOW)
    return our_step(recipe, Items(x, torch.zeros(len(x), 0)), BATCH)


def windows() -> Recipe:
    """Of the causal transformer over windows, nothing known, as nanoGPT's."""
    spec = Spec((("window", Category(K, (WINDOW,), "sequence")),))
    network = CausalTransformer(spec, NONE, WIDTH, HEADS, DEPTH)
    family = Autoregressive(spec, NONE, network, CategoricalHead(K), known_share=NOTHING)
    return Recipe(family, batch=BATCH, lr=1e-3, weight_decay=0.1)


def training_steps() -> dict[str, Callable[[], None]]:
    text = Draws("text").integers(K, (200_000,))
    torch.manual_seed(0)
    peer, plain = Peer(), windows().family.network
    no_given = torch.zeros(BATCH, 0)
    return {
        "nanoGPT": peer_loop(peer, lambda x, y: peer(x), text),
        "our plain network in nanoGPT's loop": peer_loop(plain, lambda x, y: plain(y, no_given), text),
        "our plain network in our loop": our_loop(windows(), text),
    }


def drawing_steps(width: int, heads: int, depth: int) -> tuple[dict[str, Callable[[], Any]], CausalTransformer]:
    """The steps, and our network."""
    from transformers import GPT2Config, GPT2LMHeadModel

    spec = Spec((("window", Category(256, (LENGTH,), "sequence")),))
    torch.manual_seed(0)
    network = CausalTransformer(spec, NONE, width, heads, depth).eval()
    family = Autoregressive(spec, NONE, network, CategoricalHead(256)).eval()
    names = {"bos_token_id": 256, "eos_token_id": None, "pad_token_id": 256}
    shape = {"n_positions": LENGTH + 1, "n_embd": width, "n_layer": depth, "n_head": heads}
    peer, begin = GPT2LMHeadModel(GPT2Config(vocab_size=257, **shape, **names)).eval(), torch.full((DRAWN, 1), 256)
    options = {"max_new_tokens": LENGTH, "do_sample": True, "top_k": 0, "attention_mask": torch.ones_like(begin)}
    nothing, x = torch.zeros(DRAWN, 0), Draws("x").integers(256, (DRAWN, LENGTH))
    steps = {
        "transformers": lambda: peer.generate(begin, **options),
        "ours": lambda: family.sample(DRAWN, nothing, Draws(0)),
        "a full pass": lambda: network(x, nothing),
    }
    return steps, network


def difference(network: CausalTransformer) -> float:
    """Between the logits of the walk and of a pass, at every place, of batches of some sizes."""
    worst = 0.0
    for batch in (1, 3, 7):
        x, nothing = Draws("apart", batch).integers(256, (batch, LENGTH)), torch.zeros(batch, 0)
        whole = network(x, nothing)
        worst = max(worst, *(float((found - whole[:, t]).abs().max()) for (t,), found in network.walk(x, nothing)))
    return worst
