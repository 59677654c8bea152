# Tests cli/edit.py
"""--device of every command that computes with a model."""

from pathlib import Path

import pytest
import torch

from genwright.cli.commands import COMMANDS
from genwright.core.errors import DeviceError
from genwright.run.open import load_model

VERBS = {
    "sample",
    "log-prob",
    "complete",
    "predict",
    "encode",
    "edit",
    "caption",
    "answer",
}  # bytes are of the processor alone
COMPUTES = VERBS | {"compare", "fit", "depth", "ladder", "misfits", "plot", "reproduce", "score", "search"}
GOLDEN = Path(__file__).parents[1] / "golden/format-5"


def test_every_command_that_computes_with_a_model_takes_a_device():
    takes = {name for name, command in COMMANDS.items() if any(one.name == "device" for one in command.entries)}
    assert takes == COMPUTES


def test_a_device_that_is_not_there_is_one_sentence(do, home, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    said = do(f"sample {GOLDEN / 'tables-pca'} --device cuda --out new.csv", 2)
    assert "device 'cuda' is not there" in said and not (home / "new.csv").exists()
    with pytest.raises(DeviceError):
        load_model(GOLDEN / "tables-pca", "gpu")


def test_a_device_is_computed_on(do, home):
    do(f"sample {GOLDEN / 'tables-pca'} --device cpu -n 3 --out new.csv")
    assert (home / "new.csv").exists()
