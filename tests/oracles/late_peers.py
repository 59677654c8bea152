"""Peer libraries that oracles compare with."""

import pytest


class Peer:
    """A module that a test imports when it first asks for something in it: collection, which every worker does, need
    not wait for it. The test is skipped where the module is not installed."""

    def __init__(self, module: str):
        self.module = module

    def __getattr__(self, name: str):
        return getattr(pytest.importorskip(self.module, reason=f"{self.module} comes with the dev extra"), name)
