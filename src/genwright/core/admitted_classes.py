"""Classes and functions that the answer of a reading process may name, since a damaged file may have taken that process
over: they hold values and do nothing else. A package names those of its readers in `extends`, under TABLE."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from .manifest import Package, take_packages

TABLE = "classes of answers"
NAMES = {
    "builtins": "range slice complex list set frozenset bytearray",
    "collections": "Counter OrderedDict defaultdict deque",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "pathlib": "PosixPath PurePosixPath",
    "numpy": "dtype ndarray",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "pandas": "NA BooleanDtype Categorical CategoricalDtype DataFrame DatetimeIndex DatetimeTZDtype Float32Dtype "
    "Float64Dtype Index Int8Dtype Int16Dtype Int32Dtype Int64Dtype MultiIndex PeriodDtype RangeIndex Series "
    "StringDtype UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype",
    "pandas.arrays": "ArrowStringArray BooleanArray DatetimeArray FloatingArray IntegerArray PeriodArray StringArray "
    "TimedeltaArray",
    "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
    "pandas._libs.internals": "_unpickle_block",
    "pandas._libs.tslibs.nattype": "_nat_unpickle",
    "pandas._libs.tslibs.timedeltas": "_timedelta_unpickle",
    "pandas._libs.tslibs.timestamps": "_unpickle_timestamp",
    "pandas.core.indexes.base": "_new_Index",
    "pandas.core.indexes.datetimes": "_new_DatetimeIndex",
    "pandas.core.internals.managers": "BlockManager",
    "pyarrow.lib": "py_buffer type_for_alias",
    "genwright.kinds.points.atoms": "Atoms",
    "genwright.core.account": "Account LeftOut Merged",
    "genwright.core.domain": "Choice Question",
    "genwright.core.graph": "Graph",
    "genwright.core.reader_process": "Outcome tensor_of",
    "genwright.kinds.formats.images.depth": "ValueRange",
    "genwright.kinds.formats.raw": "Numbered Raw Read",
    "genwright.kinds.formats.tables.file_form": "FileForm",
}
PUBLIC = "pandas", "pandas.arrays"  # before pandas 3, their classes name the modules that define them
ADMITTED = {(module, name) for module, names in NAMES.items() for name in names.split()}


def admit(package: Package) -> None:
    """Admit the classes that a package names as "module:class"."""
    ADMITTED.update(tuple(place.split(":")) for place in package.extends.get(TABLE, ()))


take_packages(admit)


def find_admitted(module: str, name: str) -> Any:
    """Returns the class or function that an answer names, or its stand-in; None where the answer may not name it."""
    if (module, name) in STAND_INS:
        return STAND_INS[module, name]
    if (module, name) in ADMITTED:
        return getattr(import_module(module), name)
    for public in PUBLIC if module.startswith("pandas.") else ():
        if (public, name) in ADMITTED and (found := getattr(import_module(public), name)).__module__ == module:
            return found
    return None


def _restore_array(data: tuple) -> Any:
    """An array of Arrow, whose places are checked: Arrow itself would follow them out of its memory."""
    from pyarrow import lib

    array = lib._restore_array(data)
    array.validate(full=True)
    return array


STAND_INS: dict[tuple[str, str], Callable] = {("pyarrow.lib", "_restore_array"): _restore_array}
