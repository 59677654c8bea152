# Tests core/admitted_classes.py, core/processes.py, studio/worker.py
"""Processes that genwright starts run no file of the folder at hand, and programs of a person keep their own rules."""

import ast
import asyncio
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import genwright
from genwright.core.processes import GENWRIGHT, OURS, SAFE_PATH, person_environment, safe_path, set_safe_path
from genwright.studio.worker import Worker

SOURCE = Path(genwright.__file__).parent
STARTERS = re.compile(
    r"subprocess\.(Popen|run|call|check_\w+|get\w*output)|os\.(exec\w+|spawn\w+|posix_spawnp?|system|popen)"
    r"|(.*\.)?(Parallel|elastic_launch|ProcessPoolExecutor|Pool|create_subprocess_\w+)"
)
MAY_START = re.compile(r"subprocess|os\.(exec|spawn|posix|system|popen)|Parallel|multiprocess|submitit|Pool|elastic")
METHODS = {"multiprocessing": ".start", "submitit": ".submit"}  # package: what starts a process of it
SAFE = {"GENWRIGHT", "PYTHON", "person_environment", "safe_path"}  # of core/processes.py
PLANTED = "numpy", "random", "torch", "json", "typing", "logging", "selectors", "joblib", "pandas"


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def unsafe_starts(text: str) -> list[str]:
    """The expressions in a module that start a process, and name neither in their call nor in a `with` around them how
    the folder at hand is left out. A fork goes on with what this process has, and has its path."""
    tree, found = ast.parse(text), []
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    forks = 'get_context("fork")' in text
    endings = tuple(ending for package, ending in METHODS.items() if package in imported and not forks)

    def walk(node: ast.AST, named: set[str], calls: bool = False) -> None:
        if isinstance(node, ast.Call):
            named, calls = named | names_in(node), True
        if isinstance(node, ast.With):
            named = named.union(*(names_in(item) for item in node.items))
        if calls and isinstance(node, (ast.Attribute, ast.Name)):
            called = ast.unparse(node)
            if (STARTERS.fullmatch(called) or called.endswith(endings or "\0")) and not SAFE & named:
                found.append(called)
        for child in ast.iter_child_nodes(node):
            walk(child, named, calls)

    walk(tree, set())
    return found


def test_every_place_that_starts_a_process_leaves_the_folder_at_hand_out():
    texts = {str(file): file.read_text("utf-8") for file in SOURCE.rglob("*.py") if file.name != "processes.py"}
    texts = {name: text for name, text in texts.items() if MAY_START.search(text)}
    assert {name: starts for name, text in texts.items() if (starts := unsafe_starts(text))} == {}
    starting = {Path(name).name for name, text in texts.items() if SAFE & set(re.findall(r"\w+", text))}
    assert {"workers.py", "trainings.py", "worker.py", "cpu.py", "fit_processes.py", "score_process.py"} <= starting
    assert not any(re.search(r"from subprocess|from os import|(subprocess|os) as ", text) for text in texts.values())


@pytest.mark.parametrize(
    "text",
    [
        'import subprocess\nsubprocess.run(["python", "-m", "genwright"])',
        "import os\nos.execv(program, words)",
        "import submitit\nwith logs:\n    executor.submit(os.getcwd)",
        "from multiprocessing import get_context\nget_context().Process(target=f).start()",
        "from joblib import Parallel\nParallel(2)(calls)",
    ],
)
def test_such_a_place_is_found(text):
    assert unsafe_starts(text)


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A folder whose files leave a mark where they are run as modules, beside a table."""
    for name in PLANTED:
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'RUN')!r}, 'a').write('{name} ')\nraise ImportError"
        )
    with open(tmp_path / "t.csv", "w", newline="") as file:
        csv.writer(file).writerows([["a", "b"], *([i % 7, i / 2] for i in range(60))])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SAFE_PATH, raising=False)
    yield tmp_path
    assert not (tmp_path / "RUN").exists(), (tmp_path / "RUN").read_text()


def test_the_command_itself_runs_no_file_of_the_folder_at_hand(planted):
    command = [sys.executable, "-m", "genwright"]  # as a person types it, without -P
    assert "vae" in subprocess.run([*command, "list"], capture_output=True, text=True, check=True).stdout


def test_a_package_of_a_person_that_imports_genwright_finds_its_neighbours(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("import genwright\n")
    (tmp_path / "mine" / "__main__.py").write_text("import helper\n")
    (tmp_path / "helper.py").write_text("print('found')\n")
    command = [sys.executable, "-m", "mine"]
    done = subprocess.run(command, cwd=tmp_path, env=person_environment(), capture_output=True, text=True)
    assert done.stdout == "found\n", done.stderr


def test_processes_of_joblib_run_no_file_of_the_folder_at_hand(planted):
    code = "from genwright.core.cpu import in_order\nprint(list(in_order(abs, [-1, -2, -3], 2)))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [1, 2, 3]


def test_the_process_of_the_models_runs_no_file_of_the_folder_at_hand(planted, monkeypatch):
    (planted / "few.py").write_text("VERBS = {'add': lambda a, b: a + b}")
    worker = Worker(planted)
    monkeypatch.setattr("genwright.studio.worker.serve", answer_once)
    try:
        assert asyncio.run(worker.ask("", "add", 1, 2)) == 3
    finally:
        worker.end()


def answer_once(pipe, root, module):
    """A little server in the place of `serve`, which would load torch."""
    import logging  # noqa: F401, planted
    import random  # noqa: F401, planted

    pipe.send("ready")
    pipe.send((0, sum(pipe.recv()[1])))


@pytest.mark.long
def test_a_plan_and_workers_run_no_file_of_the_folder_at_hand(planted):
    from genwright.studio.trainings import Trainings

    assert Trainings(planted).forecast(["compare", "t.csv", "--minutes", "0.1", "--out", "runs"])
    words = ["compare", "t.csv", "--family", "vae", "--minutes", "0.05", "--cores", "1", "--quiet"]
    done = subprocess.run([sys.executable, "-m", "genwright", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_program_of_a_person_keeps_their_rules(monkeypatch):
    monkeypatch.delenv(SAFE_PATH, raising=False)
    with safe_path():
        assert os.environ[SAFE_PATH] == OURS and SAFE_PATH not in person_environment()
    assert SAFE_PATH not in os.environ
    monkeypatch.setenv(SAFE_PATH, "1")  # a person's own word
    set_safe_path()
    with safe_path():
        assert person_environment()[SAFE_PATH] == "1"
    assert "-P" in GENWRIGHT


def test_a_score_file_finds_its_neighbours_but_none_in_the_place_of_a_library(planted):
    from genwright.molecules.design.score_process import ScoreProcess

    (planted / "score.py").write_text(
        "import random, mine\ndef score(smiles):\n    return [mine.VALUE for _ in smiles]"
    )
    (planted / "mine.py").write_text("VALUE = 7")
    with ScoreProcess("score.py", 20, planted / "log") as ask:
        assert [answer.score for answer in ask(["C", "CC"])] == [7, 7]
