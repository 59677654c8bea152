"""Whether a folder is locked while its files are written."""

from pathlib import Path

import pytest

from genwright.core.errors import RunError
from genwright.training.checkpoints import Store


def watch(monkeypatch, module, names: list[str], folder: Path) -> list[str]:
    """Let module's functions of these names check at each call that nobody else can have the folder.

    Returns the names of those that were called, one after the other.
    """
    called = []
    for name in names:

        def checked(*arguments, name=name, sound=getattr(module, name), **options):
            with pytest.raises(RunError, match="another process"):
                Store(folder).__enter__()
            called.append(name)
            return sound(*arguments, **options)

        monkeypatch.setattr(module, name, checked)
    return called
