"""A few hundred steps of AdamW with averaged weights, for tests that must not depend on the training loop."""

import torch

from genwright.core.draws import Draws
from genwright.core.trainable import Batch


def batch_of(x, rng):
    """x as the first batch, with nothing given."""
    return Batch(x, torch.zeros(len(x), 0), rng, 0)


def train(family, x, steps, batch=512, lr=5e-3, given=None):
    """Warm-up over 20 steps, a linear cooldown over the second half; the average covers the last tenth."""
    given = torch.zeros(len(x), 0) if given is None else given
    parameters = list(family.parameters())
    optimizer = torch.optim.AdamW(parameters, lr, betas=(0.9, 0.99), weight_decay=0.0)
    average = [p.detach().clone() for p in parameters]
    rng = Draws("train")
    family.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = lr * min(1, (step + 1) / 20, 2 * (1 - step / steps))
        items = rng.integers(len(x), (batch,))
        loss, _ = family.loss(Batch(x[items], given[items], rng, step * batch))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 1 - step / (step + 10))
    with torch.no_grad():
        torch._foreach_copy_(parameters, average)
    return family.eval()
