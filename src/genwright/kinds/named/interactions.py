"""Pairs of users and items."""

import io

import numpy as np
import torch

from ..graphs.interaction_data import Interactions
from .download import File, content

GOWALLA = File("gowalla/gowalla.npz", "9fc4acfca0edc381bb4170b3d4e90cefe4aec95e0282b0439e294da00584162f", ())


def gowalla() -> Interactions:
    """Check-ins of people at places, at least ten of each, in the split that NGCF and LightGCN published."""
    arrays = np.load(io.BytesIO(content(GOWALLA)), allow_pickle=False)
    pairs = lambda part: torch.as_tensor(np.stack([arrays[f"{part}_user"], arrays[f"{part}_item"]], 1).astype(np.int64))
    return Interactions("gowalla", int(arrays["num_users"]), int(arrays["num_items"]), pairs("train"), pairs("test"))
