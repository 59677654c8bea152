"""A pair (items, labels), or (items, {name: values}): the items are read as they would be alone, and what stands beside
them becomes their conditions. Images and rows have a reader of their own, since what is beside them may be images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..core.errors import DataError
from .formats.raw import Held, Raw
from .formats.source import Source

BESIDE = ("points", "sequences", "molecules")  # kinds whose items have columns beside them


def is_pair(source: Source) -> bool:
    """Tells whether an object is a pair of items and values beside them, not of sound and its rate."""
    if not source.is_pair:
        return False
    conditions = source.given[1]
    return not isinstance(conditions, (int, float)) and getattr(conditions, "ndim", 1) != 0


def read_pair(source: Source) -> Raw:
    """Returns the items with their conditions.

    Raises DataError for items that no kind of data knows, for values of another number, and for items that carry none.
    """
    import numpy as np

    items, labels = source.given
    inner = Source.take(items, source.options, seed=source.seed, task=source.task, own_texts=source.own_texts)
    if isinstance(inner.given, np.ndarray) and inner.given is not items:  # images that became one array
        return replace(source, given=(inner.given, labels)).read()
    conditions = dict(labels) if isinstance(labels, Mapping) else {"label": labels}
    raw = replace(inner, reader=source.reader).read()
    return _with_conditions(raw, {str(name): _list_values(name, values) for name, values in conditions.items()}, source)


def _list_values(name: object, values: object) -> list:
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise DataError(f"{name!r} holds {values!r:.40}: give one value for each item")
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _with_conditions(raw: Held, conditions: dict[str, Sequence], source: Source) -> Raw:
    import numpy as np
    import pandas as pd

    kind_name = source.reader.called(raw.kind)
    if not isinstance(raw, Raw):
        raise DataError(f"{kind_name} is one item, and labels are of several: pass it alone")
    for name, values in conditions.items():
        if len(values) != len(raw.items):
            raise DataError(f"there are {len(raw.items):,} items and {len(values):,} of {name!r}: give one for each")
    given = tuple(conditions)
    if raw.kind == "tables":
        if repeated_name := [name for name in conditions if name in raw.items.columns]:
            raise DataError(f"the table has a column {repeated_name[0]!r} beside values of that name: rename one")
        columns = {name: pd.Series(values, raw.items.index) for name, values in conditions.items()}
        return replace(raw, items=raw.items.assign(**columns), given=(*raw.given, *given))
    if raw.kind in BESIDE:
        own_columns = (
            pd.DataFrame(index=range(len(raw.items))) if raw.beside is None else raw.beside.reset_index(drop=True)
        )
        return replace(raw, beside=own_columns.assign(**conditions), given=(*raw.given, *given))
    if raw.kind == "graph-sets":
        graphs = [graph.copy() for graph in raw.items]
        for name, values in conditions.items():
            for graph, value in zip(graphs, values):
                graph.graph[name] = value
        return replace(raw, items=graphs, given=given)
    if raw.kind == "audio" and given == ("label",):
        raw.items.given = {"label": np.array(conditions["label"], object)}
        return raw
    raise DataError(f"{kind_name} take no {given[0]!r} beside them: pass the items alone")
