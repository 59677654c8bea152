"""Points in space, such as the atoms of molecules."""

from collections.abc import Sequence
from pathlib import Path

from ...core.account import Account
from ...core.errors import DataError
from ..formats.raw import Raw
from ..formats.source import Source
from ..kind import Format, Kind
from ..options import take_options

NO_PROOF = "Make no claim about the toxicity or safety of a molecule from it: only measurements can show that."


def _is_points(source: Source) -> bool:
    if source.path is None:
        from .atoms import looks_like_atoms

        return looks_like_atoms(_split_given(source.given)[0])
    from .point_files import holds_points

    return holds_points(source.path) if source.is_folder else source.is_file_for("points")


def _points(source: Source) -> Raw:
    if source.path is not None:
        from .point_files import read_points

        return read_points(source.path)
    import pandas as pd

    from .atoms import in_cells, list_of_atoms, told_of_cells

    items, conditions = _split_given(source.given)
    if unfit_name := next((name for name, values in conditions.items() if len(values) != len(items)), None):
        raise DataError(
            f"there are {len(items):,} sets of points and {len(conditions[unfit_name]):,} of {unfit_name!r}"
        )
    table = pd.DataFrame({name: list(values) for name, values in conditions.items()}) if conditions else None
    account = Account(remarks=told_of_cells(in_cells(items), len(items)))
    given = tuple(conditions) if source.is_pair else ()
    return Raw("points", "points", list_of_atoms(items), account=account, beside=table, given=given)


def _split_given(given: Sequence | tuple[Sequence, dict]) -> tuple[Sequence, dict]:
    """Items, and what stands beside them: (items, {name: values}), or as a draw carries it."""
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], dict):
        return given
    return given, getattr(given, "given", {})


KIND = Kind(
    "points", "points in space", "genwright.kinds.points.load", options=take_options("given unit types missing"),
    formats=(Format(_is_points, _points, "list of atoms"),), schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:SetsOfPoints", cautions=(NO_PROOF,),
)  # fmt: skip
