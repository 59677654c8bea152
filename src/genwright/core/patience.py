"""A progress bar on stderr for slow operations."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

PATIENCE = 1.0  # seconds before a bar shows
_BARS_SILENT = ContextVar("silent", default=False)
Item = TypeVar("Item")


def with_progress(items: Sequence[Item], subject: str) -> Iterator[Item]:
    """Yields the items, with a bar that says `subject` when they take longer than PATIENCE."""
    with progress_bar(len(items), subject) as advance:
        for item in items:
            yield item
            advance(1)


@contextmanager
def progress_bar(total: int, subject: str) -> Iterator[Callable[[int], None]]:
    """Yields a function that counts work done towards a total, with a bar as above. Within it no other bar shows."""
    if _BARS_SILENT.get():
        yield lambda more: None
        return
    start, progress = time.monotonic(), bar()
    task = progress.add_task(subject, total=total)

    def advance(amount: int) -> None:
        progress.advance(task, amount)
        if not progress.live.is_started and time.monotonic() - start > PATIENCE:
            progress.start()

    try:
        with without_bars():
            yield advance
    finally:
        if progress.live.is_started:
            progress.stop()


def bar(*columns: "ProgressColumn", show: bool = True, **options: object) -> "Progress":
    """Returns a progress bar of rich on stderr. Without ipywidgets, a notebook shows no bar, since rich would only
    warn.

    Args:
        show: Whether the bar is visible.
        *columns: Columns of the bar, as rich takes them.
        **options: Other arguments of rich's Progress.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    visible = show and not (console.is_jupyter and find_spec("ipywidgets") is None)
    return Progress(*columns, console=console, disable=not visible, **options)


@contextmanager
def without_bars() -> Iterator[None]:
    """Hides all progress bars within this context."""
    silent_before = _BARS_SILENT.get()
    _BARS_SILENT.set(True)
    try:
        yield
    finally:
        _BARS_SILENT.set(silent_before)
