"""Names that tensors of weights go by, where earlier runs wrote them by others."""

from __future__ import annotations

import re

from torch import Tensor, nn

from ..training.weights import state_of

NAMES = (  # pattern -> today's
    (r"\bsurroundings\.", "known_encoder."),  # format 1
    (r"\b(tower|unet)\.", "net."),  # networks of pictures, before they were adapters of one body
    (r"\bconditioner\.", ""),
    (r"^encoder\.columns\.", "encoder.whole."),
    (r"^codec\.codebook\.", "codec.quantiser."),
    (r"^prior\.network\.", "priors.0.network."),  # of codes, before there were several latents
    (r"^decoder\.(known\.(first|shrink|blocks|last)|first|blocks|grow|norm|last)\.", r"decoder.net.\1."),
)


def in_todays_names(tensors: dict[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """tensors as read, of any format, by the names that module has for them; what it knows by its name keeps it."""
    own = state_of(module)
    return {name if name in own else _today(name): tensor for name, tensor in tensors.items()}


def _today(name: str) -> str:
    for pattern, replacement in NAMES:
        name = re.sub(pattern, replacement, name)
    return name
