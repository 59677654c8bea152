"""The domain.json of a run: read as `load_model` reads it, also before anything is trained."""

from typing import Any

from ..core.errors import GenwrightError, RunError, briefly
from ..core.schemas import require
from ..kinds.known_kinds import domain_schema
from ..zoo import registry


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
        domain.try_out()
    except MemoryError:
        raise
    except Exception as error:  # what the schema cannot say: a damaged record can fail in any way
        raise error_class(f"{what} is damaged ({briefly(error)}): {remedy}") from error
    return domain
