"""Whether a folder is locked while its files are written."""

from pathlib import Path

import pytest

from genwright.core.errors import RunError
from genwright.training.checkpoints import Store


def watch(monkeypatch, functions: dict, folder: Path) -> list[str]:
    """Let functions {name: module} check at each call that nobody else can have the folder.

    Returns the names of those that were called, one after the other.
    """
    called = []
    for name, module in functions.items():

        def checked(*arguments, name=name, sound=getattr(module, name), **options):
            with pytest.raises(RunError, match="another process"):
                Store(folder).__enter__()
            called.append(name)
            return sound(*arguments, **options)

        monkeypatch.setattr(module, name, checked)
    return called
