"""Tables of other libraries (pyarrow, polars, DuckDB), which hand themselves over as Arrow streams."""

import pandas as pd

from .errors import damage
from .packages import require_package


def is_arrow_table(items: object) -> bool:
    """Whether items are a table of another library, such as pyarrow, that exports itself as an Arrow stream."""
    return hasattr(items, "columns") and hasattr(items, "__arrow_c_stream__") and not isinstance(items, pd.DataFrame)


def from_arrow(items: object) -> pd.DataFrame:
    """A DataFrame of Arrow types, with dictionaries as categories. It leaves out a row index that pandas stored."""
    require_package("pyarrow")
    import pyarrow

    def keep_type(kind: object) -> pd.ArrowDtype | None:
        if pyarrow.types.is_dictionary(kind):
            return None
        return pd.ArrowDtype(pyarrow.large_string() if pyarrow.types.is_string_view(kind) else kind)

    with damage(f"the {type(items).__name__}"):
        frame = pyarrow.table(items).to_pandas(types_mapper=keep_type, ignore_metadata=True)
    return frame[[name for name in frame.columns if not name.startswith("__index_level_")]]
