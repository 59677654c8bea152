"""Stops that nothing can tidy up after."""

from contextlib import contextmanager


class Killed(BaseException):
    """Stands in for a SIGKILL: nothing catches it, and what is on disk then is what a killed process leaves."""


@contextmanager
def killed_at(monkeypatch, owner, name: str, count: int):
    """Within, the `count`-th call (from 0) of owner.name is the last thing that happens, before it does anything."""
    sound, left = getattr(owner, name), [count]

    def call(*arguments, **options):
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        return sound(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, call)
        yield
