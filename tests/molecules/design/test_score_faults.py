# Tests molecules/design/score_process.py
"""A person's score as a process of its own: what it answers, and what each way to fail comes to."""

import os
import sys
import time

import psutil
import pytest

pytest.importorskip("rdkit")

from genwright.core.errors import DataError, RunError  # noqa: E402
from genwright.molecules.design import score_process  # noqa: E402
from genwright.molecules.design.score_process import ScoreFunction, ScoreProcess  # noqa: E402

LENGTHS = "[float(len(s)) for s in smiles]"
SMILES = ["CCO", "CCN", "CCCC"]


def answers(folder, body: str, smiles=SMILES, seconds=5.0):
    path = folder / "score.py"
    path.write_text(f"def score(smiles):\n    {body}\n")
    with ScoreProcess(str(path), seconds, folder / "score.log") as score:
        return score(smiles)


def test_what_a_file_returns_are_scores_and_what_it_prints_is_logged(tmp_path):
    found = answers(tmp_path, f"import os; print('hello'); os.write(1, b'[9]'); return {LENGTHS}")
    assert [answer.score for answer in found] == [3, 3, 4]
    assert "hello" in (tmp_path / "score.log").read_text()


@pytest.mark.parametrize(
    "body, named",
    [
        ("return None", "TypeError"),
        (f"return {LENGTHS} + [1.0]", "2"),
        ("return ['high'] * len(smiles)", "high"),
        ("return [float('nan')] * len(smiles)", "nan"),
        ("raise RuntimeError('no licence')", "no licence"),
        ("import os; os.kill(os.getpid(), 9)", "9"),
        ("return [10**400] * len(smiles)", "OverflowError"),
    ],
)
def test_each_failure_is_counted_and_says_why(tmp_path, body, named):
    found = answers(tmp_path, body, ["CCO"])
    assert [answer.score for answer in found] == [None] and named in found[0].error


def test_a_limit_of_time_may_be_beyond_what_the_system_waits(tmp_path):
    assert [answer.score for answer in answers(tmp_path, f"return {LENGTHS}", seconds=1e300)] == [3, 3, 4]


def test_a_hang_is_ended(tmp_path):
    found = answers(tmp_path, "import time; time.sleep(100)", ["C"], 0.3)
    assert found[0].score is None and found[0].error


def test_one_molecule_that_crashes_the_score_spoils_no_other(tmp_path):
    found = answers(tmp_path, f"import os\n    if 'CCN' in smiles: os._exit(1)\n    return {LENGTHS}")
    assert [answer.score for answer in found] == [3, None, 4]


def test_after_twenty_failures_nothing_more_is_asked(tmp_path):
    body = f"open({str(tmp_path / 'asked')!r}, 'a').write('.'); raise ValueError"
    found = answers(tmp_path, body, ["C" * (k + 1) for k in range(30)])
    assert len(found) == 20 and len((tmp_path / "asked").read_text()) == 21  # the batch, then twenty


@pytest.mark.parametrize("text", ["def points(smiles): pass", "def score(smiles)", "import nowhere_to_be_found"])
def test_a_file_without_a_usable_score_is_refused_at_once(tmp_path, text):
    (tmp_path / "score.py").write_text(text)
    with pytest.raises(DataError), ScoreProcess(str(tmp_path / "score.py"), 5.0, tmp_path / "score.log"):
        pass


@pytest.mark.parametrize("command", ["nowhere.py", "no-such-program --x", "dock 'x"])
def test_what_cannot_be_started_is_refused(tmp_path, command):
    with pytest.raises(DataError), ScoreProcess(command, 5.0, tmp_path / "score.log"):
        pass


def test_any_program_that_speaks_lines_of_json_is_a_score(tmp_path):
    (tmp_path / "dock.py").write_text(
        "import json, sys\nfor line in sys.stdin: print(json.dumps([len(s) for s in json.loads(line)]), flush=True)"
    )
    with ScoreProcess(f"{sys.executable} {tmp_path / 'dock.py'}", 5.0, tmp_path / "score.log") as score:
        assert [answer.score for answer in score(SMILES)] == [3, 3, 4]
    with ScoreProcess("cat", 5.0, tmp_path / "score.log") as score:
        assert "which is no number" in score(["C"])[0].error


def test_a_function_that_raises_is_counted():
    def fails(smiles):
        if "CCN" in smiles:
            raise ValueError("no")
        return [1.0] * len(smiles)

    with ScoreFunction(fails) as score:
        assert [answer.score for answer in score(SMILES)] == [1, None, 1]


LOOP = "import json, os, sys, time\nfor line in sys.stdin:\n    "


def program(folder, text: str, seconds: float = 5.0) -> ScoreProcess:
    """A program that runs `text` for each request."""
    (folder / "dock.txt").write_text(text)
    return ScoreProcess(f"{sys.executable} {folder / 'dock.txt'}", seconds, folder / "score.log")


@pytest.mark.parametrize(
    "answer", ["'[' + '1' + '0' * 400 + ']'", "'[' * 200_000", "'{\"error\": [1]}'", '\'{"error": "no licence"}\'']
)
def test_an_answer_that_cannot_be_read_is_a_failure(tmp_path, answer):
    with program(tmp_path, f"{LOOP}print({answer}, flush=True)") as score:
        found = score(["C"])
    assert found[0].score is None and found[0].error


@pytest.mark.parametrize(
    "text",
    [
        LOOP + "os.write(1, (json.dumps([len(s) for s in json.loads(line)]) + '\\n').encode() * 2)",
        "import time; print('loaded', flush=True); time.sleep(60)",
    ],
)
def test_a_line_that_answers_nothing_ends_the_score_before_it_passes_for_an_answer(tmp_path, text):
    with program(tmp_path, text) as score:
        with pytest.raises(DataError):
            while not score._rest:
                time.sleep(0.2)
                assert [answer.score for answer in score(SMILES)] == [3, 3, 4]
            score(["CCCCCCCC"])


def test_the_limit_of_time_holds_while_a_request_is_written(tmp_path):
    began = time.monotonic()
    with program(tmp_path, "import time; time.sleep(60)", 0.2) as score:
        found = score(["C" * 200_000])
    assert found[0].score is None and time.monotonic() - began < 10


def test_a_process_that_does_not_read_is_asked_once(tmp_path):
    began = time.monotonic()
    with program(tmp_path, "import time; time.sleep(60)", 0.2) as score:
        assert [answer.score for answer in score(["C" * 5_000] * 30)] == [None] * 30
    assert time.monotonic() - began < 5


def test_a_line_behind_the_last_answer_ends_in_a_sentence(tmp_path):
    text = f"{LOOP}print([1.0], flush=True)\nprint('bye')"
    with pytest.raises(DataError), program(tmp_path, text) as score:
        assert [answer.score for answer in score(["C"])] == [1]


@pytest.mark.parametrize("numbers", ["1 2 3", "1 2 2", "1 3 2", "2 3 4", "True 2 3", "'1' 2 3"])
def test_a_program_may_number_its_answers(tmp_path, numbers):
    text = f"import json, sys\nfor number in ({numbers.replace(' ', ', ')}):\n    sys.stdin.readline()\n    "
    with program(tmp_path, f'{text}print(json.dumps({{"request": number, "scores": [1]}}), flush=True)') as score:
        for count in (1, 2, 3):
            if numbers.split()[:count] == ["1", "2", "3"][:count]:
                assert [answer.score for answer in score(["C"])] == [1]
            else:
                with pytest.raises(DataError):
                    score(["C"])
                break


def test_a_log_is_bounded_and_its_last_line_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(score_process, "LOG_BYTES", 20_000)
    with program(tmp_path, "import sys\nfor k in range(9999): print(k, file=sys.stderr)\nsys.exit(3)") as score:
        found = score(["C"])
    log = (tmp_path / "score.log").read_text()
    assert "3" in found[0].error and "9998" in found[0].error
    assert len(log) <= 20_000 + 2**16 and log.endswith("9998\n") and log.startswith("...")
    numbers = [int(line) for line in log.splitlines()[1:]]
    assert numbers == list(range(numbers[0], 9999))  # however the pipe parts what is printed


def test_a_child_that_left_the_group_ends_too(tmp_path):
    child = "child = os.fork()\n    if not child: os.setsid(); time.sleep(60)\n    print([child], flush=True)"
    with program(tmp_path, LOOP + child) as score:
        (answer,) = score(["C"])
    until = time.monotonic() + 5
    while psutil.pid_exists(int(answer.score)) and psutil.Process(int(answer.score)).status() != "zombie":
        assert time.monotonic() < until, "the child lives"
        time.sleep(0.01)


def test_children_of_a_score_end_with_it(tmp_path):
    child = "child = os.fork()\n    if not child: time.sleep(60)\n    print([child], flush=True)"
    with program(tmp_path, LOOP + child) as score:
        (answer,) = score(["C"])
        assert psutil.pid_exists(int(answer.score))
    until = time.monotonic() + 5
    while psutil.pid_exists(int(answer.score)) and psutil.Process(int(answer.score)).status() != "zombie":
        assert time.monotonic() < until, "the child lives"
        time.sleep(0.01)


def test_a_whole_number_beyond_all_floats_is_no_score():
    with ScoreFunction(lambda smiles: [10**5000] * len(smiles)) as score:
        assert "which is no number" in score(["C"])[0].error


def test_a_pipe_is_no_log(tmp_path):
    os.mkfifo(tmp_path / "score.log")
    with pytest.raises(RunError), ScoreProcess("cat", 5.0, tmp_path / "score.log"):
        pass


def test_the_file_of_a_score_is_the_first_text_that_its_command_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dock").write_bytes(b"\x7fELF\0")
    (tmp_path / "dock.sh").write_text("#!/bin/sh")
    (tmp_path / "cache").write_bytes(b"\0")
    commands = {"dock --cache cache": "dock", f"{sys.executable} -u dock.sh cache": "dock.sh", "cat --x": None}
    for command, file in commands.items():
        score = ScoreProcess(command, 5.0, tmp_path / "score.log")
        assert (score.file and score.file.name) == file and (score.digest() is None) == (file is None)
