"""Trainings that the studio begins: `genwright fit` in a process of its own, which lives on when the studio ends.

The state of a run is read from its folder, as for runs that a terminal began. The studio keeps what a command printed
in `.studio`, for a fit that ended before it had a run folder.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.proposal import as_typed
from ..core.run_files import CONFIG
from ..run.process import RUNNING, RunState, run_state
from .guard import Refused
from .shelf import NAME

LOGS = ".studio"
LAST = 4_000  # bytes at the end of a log in which its last line stands


@dataclass
class Training:
    """A command and its process. words: what is typed after `genwright`."""

    words: list[str]
    folder: Path
    process: subprocess.Popen
    log: Path

    @property
    def error(self) -> str:
        """The last line that a command printed which has failed."""
        if self.process.poll() in (None, 0, -signal.SIGTERM, 130):
            return ""
        try:
            text = self.log.read_bytes()[-LAST:].decode(errors="replace")
        except OSError:
            text = ""
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if len(lines) > 1 else "its process ended without a message"  # the first is the command


class Trainings:
    """The trainings that this server began."""

    def __init__(self, root: Path):
        self.root = root
        self.begun: dict[Path, Training] = {}

    def words(self, data: str, options: dict[str, Any], family: str, minutes: float, previews: int) -> list[str]:
        """The command of a new run of data, as a person would type it in the studio's folder."""
        words = ["fit", data, *as_typed(options), "--family", family, "--minutes", f"{minutes:g}"]
        words += ["--previews", str(previews)] if previews else []
        return [*words, "--out", self._new_folder(f"{Path(data).stem}-{family}")]

    def resumed(self, folder: Path) -> list[str]:
        """The command that goes on with a run: the one that the studio began it with, or by its record. Raises Refused
        where the record does not say it."""
        if known := self._begun_with(folder):
            return known
        try:
            config = tomllib.loads((folder / CONFIG).read_text(encoding="utf-8"))
            data, budget = config["data"], config["budget"]
            words = ["fit", data["source"], *as_typed(data["options"]), "--family", config["family"]]
            (how, amount), *_ = budget.items()
            settings = [f"--set={name}={_typed(value)}" for name, value in config["recipe"].items()]
        except (OSError, ValueError, LookupError, AttributeError) as error:
            raise Refused(409, "its record does not say how it began: run its command again in a terminal") from error
        if not data["source"]:
            raise Refused(409, "its data came from Python, not from a file: resume it there")
        words += ["--task", config["task"]] if config["task"] != "generate" else []
        words += [f"--{how}", f"{amount:g}", "--seed", str(config["seed"]), *settings]
        return [*map(str, words), "--out", os.path.relpath(folder, self.root)]

    def begin(self, words: list[str]) -> Training:
        """Start a command. Raises Refused where its run trains already."""
        folder = self.root / words[words.index("--out") + 1]
        if self.state(folder).status == RUNNING:
            raise Refused(409, f"{folder.name} trains already: wait, or stop it first")
        log = self._log(folder)
        log.parent.mkdir(exist_ok=True)
        with open(log, "w+b") as output:
            output.write(f"{command(words)}\n".encode())
            output.flush()
            process = subprocess.Popen(
                [sys.executable, "-m", "genwright", *words, "--quiet"],
                cwd=self.root, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.begun[folder] = Training(words, folder, process, log)
        return self.begun[folder]

    def stop(self, folder: Path) -> None:
        """Let a run end at a checkpoint, from which the same command goes on. Raises Refused where none trains here."""
        state = run_state(folder)
        mine = self.begun.get(folder)
        if mine and mine.process.poll() is None:
            mine.process.terminate()
        elif state.status == RUNNING and state.host == os.uname().nodename:
            os.kill(state.process["process"], signal.SIGTERM)
        else:
            raise Refused(409, f"{folder.name} does not train on this machine: stop it on the host where it trains")

    def forget(self, folder: Path) -> None:
        """A folder was renamed or removed."""
        self.begun.pop(folder, None)

    def state(self, folder: Path) -> RunState:
        """How a run stands; one whose command has just begun trains."""
        mine = self.begun.get(folder)
        if mine is None:
            return run_state(folder)
        if mine.process.poll() is None:
            state = run_state(folder)
            return state if state.status == RUNNING else RunState(RUNNING)
        if mine.error and not (folder / CONFIG).exists():
            return RunState("failed", {"error": mine.error})
        return run_state(folder)

    def _log(self, folder: Path) -> Path:
        return self.root / LOGS / f"{folder.name}.txt"

    def _begun_with(self, folder: Path) -> list[str]:
        """The words after `genwright` in the first line of the log, none where there is no log of this run."""
        try:
            with open(self._log(folder), encoding="utf-8") as file:
                _, *words = shlex.split(file.readline())
        except (OSError, ValueError):
            return []
        return words if words[:1] == ["fit"] and words[-2:] == ["--out", folder.name] else []

    def _new_folder(self, name: str) -> str:
        """A name that no file in the studio's folder has."""
        plain = re.sub(r"[^\w.()+-]", "-", name)[:60].lstrip(".-") or "run"
        assert NAME.fullmatch(plain)
        taken = lambda one: os.path.lexists(self.root / one) or self.root / one in self.begun
        return next(one for one in (plain, *(f"{plain}-{number}" for number in range(2, 10_000))) if not taken(one))


def command(words: list[str]) -> str:
    """The command line that a person would type in a shell."""
    return shlex.join(["genwright", *words])


def _typed(value: Any) -> str:
    """A hyperparameter as `--set` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")
