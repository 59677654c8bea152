"""Variables that items carry beside themselves, {name: (n,) values by the user's own names}, as columns for a model.

variables: the table that describes them, None where a model is given nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.errors import GivenError
from .tables.tables import Tables


def encode_beside(variables: Tables | None, given: dict, n: int) -> Tensor:
    """(n, G) of what n items carry, NaN where they carry nothing."""
    if variables is None:
        return torch.zeros(n, 0)
    names = variables.given.names
    return variables.encode(pd.DataFrame({name: given.get(name, np.full(n, None)) for name in names}))[1]


def encode_asked(variables: Tables | None, given: dict, n: int) -> Tensor:
    """(n, G) of what is asked for. Raises GivenError for an unknown name or value."""
    if variables is not None:
        return variables.encode_given(given, n)
    for name in given:
        raise GivenError(f"given names {name!r}, which this model does not know: it was trained with no variable")
    return torch.zeros(n, 0)


def decode_beside(variables: Tables | None, given: Tensor, seed: int | None) -> dict[str, np.ndarray]:
    """(n, G) -> what n items carry."""
    if variables is None:
        return {}
    frame = variables.decode(torch.zeros(len(given), 0), given, seed)
    return {name: frame[name].to_numpy() for name in variables.given.names}
