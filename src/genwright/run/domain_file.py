"""The domain.json of a run: read as `load_model` reads it, also before anything is trained."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..core.errors import GenwrightError, RunError, briefly
from ..core.ragged import Ragged, from_sets
from ..core.schemas import require
from ..core.spec import Spec
from ..data.kinds import domain_schema
from ..recipes import registry


def domain_of(
    record: dict, kind: str, task: str, what: object, remedy: str, error_class: type[GenwrightError] = RunError
) -> Any:
    """The domain of a record.

    Args:
        record: the content of a domain.json.
        kind: of the data.
        task: of the run.
        what: the record, in an error.
        remedy: for a record that is damaged.
        error_class: of the error that is raised for it.
    """
    require(record, domain_schema(kind, registry.TASKS[kind, task].schema), what, remedy, error_class)
    try:
        domain = registry.domain_class(kind, task).from_json(record)
        _try_out(domain)
    except MemoryError:
        raise
    except Exception as error:  # what the schema cannot say: a damaged record can fail in any way
        raise error_class(f"{what} is damaged ({briefly(error)}): {remedy}") from error
    return domain


def _try_out(domain) -> None:
    """Let a domain write an item of the lowest and one of the highest values, and try its rules on them: any error says
    that its record is damaged."""
    if hasattr(domain, "decode"):
        items = domain.decode(_ends(domain.spec), _ends(domain.given).flatten(1), 0)
        domain.broken(domain.settle(items)[0])


def _ends(spec: Spec) -> Tensor | Ragged:
    """Two items: every number at the lowest, and at the highest."""
    if spec.is_set:
        return from_sets([_ends(spec.leaf.each)] * 2, [torch.zeros(2, 2, dtype=torch.long)] * 2)
    high = [leaf.levels - 1.0 if leaf.discrete else 1.0 for leaf in spec.columns]
    columns = [torch.tensor([0.0, end])[:, None].expand(2, width) for end, width in zip(high, spec.widths)]
    return torch.cat(columns, 1).reshape(2, *spec.shape) if columns else torch.zeros(2, 0)
