"""Counts: rows of many small whole numbers, most of them 0."""

from __future__ import annotations

from pathlib import Path

from ...kinds.formats.source import Source
from ...kinds.kind import Format, Kind, Widgets
from ...kinds.options import take_options
from .raw import NAME, RawCounts, read_table


def _are_wanted(source: Source) -> bool:
    return source.get("kind") == NAME


def _is_object(source: Source) -> bool:
    if source.text is not None or not (hasattr(source.given, "tocoo") or hasattr(source.given, "X")):
        return False
    from .layers import is_object, object_holds_counts

    asked = _are_wanted(source) or source.get("layer") is not None
    return is_object(source.given) if asked else object_holds_counts(source.given)


def _read_object(source: Source) -> RawCounts:
    from .layers import read_object

    return read_object(source.given, source.get("layer"))


def _is_h5ad(source: Source) -> bool:
    if not source.ends(".h5ad"):
        return False
    from .layers import holds_counts

    return holds_counts(source)


def _read_h5ad(source: Source) -> RawCounts:
    from .layers import read_h5ad

    return read_h5ad(source)


def _is_cellranger(source: Source) -> bool:
    if not source.ends(".h5", ".hdf5"):
        return False
    from .cellranger import holds_counts

    return holds_counts(source)


def _read_cellranger(source: Source) -> RawCounts:
    from .cellranger import read_cellranger

    return read_cellranger(source)


def _is_matrix_file(source: Source) -> bool:
    if not source.ends(".npz", ".mtx", ".mtx.gz"):
        return False
    from .matrices import is_matrix_file

    return is_matrix_file(source)


def _read_matrix_file(source: Source) -> RawCounts:
    from .matrices import read_matrix_file

    return read_matrix_file(source)


def _is_folder(source: Source) -> bool:
    if not source.is_folder:
        return False
    from .matrices import is_folder

    return is_folder(source)


def _read_folder(source: Source) -> RawCounts:
    from .matrices import read_folder

    return read_folder(source)


_SOURCES = (
    (_is_object, _read_object, "AnnData"),
    (_is_h5ad, _read_h5ad, ""),
    (_is_cellranger, _read_cellranger, ""),
    (_is_matrix_file, _read_matrix_file, ""),
    (_is_folder, _read_folder, ""),
)


def _read_asked(source: Source) -> RawCounts:
    """What a person says holds counts: one of these sources, else any table."""
    return next((read for looks, read, _ in _SOURCES if looks(source)), read_table)(source)


KIND = Kind(
    NAME,
    "rows of counts",
    "genwright.counts.kinds.load",
    options=take_options("given types missing drop sheet header_row table query layer"),
    formats=(
        Format(_are_wanted, _read_asked, asked=True),
        *(
            Format(lambda source, looks=looks: source.get("kind") is None and looks(source), read, called)
            for looks, read, called in _SOURCES
        ),
    ),
    schema=Path(__file__).with_name("kind.schema.json"),
    small_data="genwright.counts.contract:Cells",
    widgets=Widgets(samples=100),
)
