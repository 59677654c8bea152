"""Runs that have a part of another run, each small and always the same, and what is left of them when they are killed.

    python tests/golden/compositions.py

writes `composed/NAME/` (the folder of each run as a kill left it) and `composed/bits.json` (the digest of each run and
of the weights with which it ends). Parts are taken from the golden folders, by names relative to this folder.
"""

import hashlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from forked import Forked  # noqa: E402
from killing import Killed, killed_at  # noqa: E402
from said import machine  # noqa: E402

import genwright  # noqa: E402
from genwright.contract.small_data import CAPTIONED, small_data  # noqa: E402
from genwright.run.folder import FORMAT, read_config  # noqa: E402
from genwright.training.checkpoints import Store  # noqa: E402
from genwright.training.weights import unpack  # noqa: E402

HERE = Path(__file__).parent
COMPOSED = HERE / "composed"
GOLDEN = f"format-{FORMAT}"
SAVES = 2  # checkpoints that a run writes before it is killed
ENSEMBLE = dict(family="fingerprint", preset="tiny", ensemble=2, epochs=4.0)


def fit(data: str, out: Path, **options: Any) -> None:
    """Fit small data with a checkpoint after each step."""
    torch.set_num_threads(1)
    genwright.fit(small_data(data), out=out, progress=False, checkpoint_seconds=0, **options)


def alone(data: str, **options: Any) -> Callable[[Path], None]:
    return lambda out: fit(data, out, **options)


def by_workers(out: Path) -> None:
    """The members of an ensemble in folders of their own, as workers train them."""

    def train(folders: list[Path], say: Callable[[str], None]) -> None:
        for number in range(1, len(folders) + 1):
            fit("properties", out, member=number, **ENSEMBLE)

    fit("properties", out, train_members=train, **ENSEMBLE)


def by_two_processes(out: Path) -> None:
    """The same fit in two processes, by gloo on this host; each ends as a kill would end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def work(rank: int) -> None:
        os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank)}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        try:
            fit("tables", out, family="vae", preset="tiny", items=1_500, timeout=20)
        except Killed:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)

    with tempfile.NamedTemporaryFile() as printed:
        ranks = [Forked(lambda rank=rank: work(rank), printed.name, printed.name) for rank in range(2)]
        for process in ranks:
            process.wait(60)
    if -signal.SIGKILL in [process.exitcode for process in ranks]:
        raise Killed


RUNS = {
    "codec": alone("images", family="vq-vae", preset="tiny", codec=f"{GOLDEN}/images-vq-vae", items=600),
    "towers": alone(CAPTIONED, family="unclip", preset="tiny", match=f"{GOLDEN}/match-clip", items=200),
    "parent": alone("tables", parent=f"{GOLDEN}/tables-vae", items=1_500, pace=0.5),
    "members": alone("properties", cores=1, **ENSEMBLE),
    "workers": by_workers,
    "processes": by_two_processes,
    "replay": alone("tables", replay=f"{GOLDEN}/tables-autoencoder"),
}


def kill(name: str, out: Path, patch: pytest.MonkeyPatch) -> None:
    """Begin a run in `out`, and leave there what a kill after SAVES checkpoints leaves."""
    with killed_at(patch, Store, "save", SAVES), pytest.raises(Killed):
        RUNS[name](out)


def bits(out: Path) -> dict[str, str]:
    """The digest of a finished run, and of its weights."""
    found = hashlib.blake2b(digest_size=8)
    for name, tensor in sorted(unpack(out / "weights.safetensors")[0].items()):
        found.update(name.encode() + tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return {"run": read_config(out)["digest"], "weights": found.hexdigest()}


def main() -> None:
    found = {"machine": machine()}
    with chdir(HERE), tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, run in RUNS.items():
            run(whole := Path(folder) / name)
            found[name] = bits(whole)
            shutil.rmtree(COMPOSED / name, ignore_errors=True)
            kill(name, COMPOSED / name, patch)
            for path in (*COMPOSED.rglob(".*"), *COMPOSED.rglob("000001.safetensors")):  # one checkpoint is enough
                path.unlink()
            print(name, found[name])
    (COMPOSED / "bits.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
