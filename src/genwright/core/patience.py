"""A bar on stderr for what takes longer than a person waits without a word."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

PATIENCE = 1.0  # seconds before a bar shows
Item = TypeVar("Item")


def with_progress(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, with a bar that says `what` when they take longer than PATIENCE."""
    from rich.console import Console
    from rich.progress import Progress

    start, progress = time.monotonic(), Progress(console=Console(stderr=True))
    task = progress.add_task(what, total=len(items))
    try:
        for item in items:
            yield item
            progress.advance(task)
            if not progress.live.is_started and time.monotonic() - start > PATIENCE:
                progress.start()
    finally:
        if progress.live.is_started:
            progress.stop()
