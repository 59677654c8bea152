"""Runs a person's `score(smiles)` in a process of its own: a JSON list of SMILES a line in, a list of numbers
out, with the number of the line.

The script imports nothing of genwright. Whatever the person's file prints goes to stderr.
"""

import importlib.util
import json
import os
import sys


def main(path: str) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # prints, also those of C libraries
    say = lambda value: print(json.dumps(value), file=answers, flush=True)
    try:
        sys.path.append(os.path.dirname(os.path.abspath(path)))  # last: a file numpy.py beside it is no numpy
        spec = importlib.util.spec_from_file_location("score_file", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules["score_file"] = module
        spec.loader.exec_module(module)
    except SyntaxError as error:
        return say({"error": f"has a syntax error in line {error.lineno} ({error.msg})"})
    except BaseException as error:
        return say({"error": f"cannot be loaded ({type(error).__name__}: {error})"})
    if not callable(score := getattr(module, "score", None)):
        return say({"error": "defines no function score(smiles)"})
    say({"ready": True})
    for number, line in enumerate(sys.stdin, 1):
        try:
            answer = {"request": number, "scores": [_plain_value(value) for value in score(json.loads(line))]}
        except Exception as error:
            answer = {"request": number, "error": f"{type(error).__name__}: {error}"}
        try:
            say(answer)
        except BrokenPipeError:  # the search was killed
            os._exit(0)


def _plain_value(value):
    """Numbers of numpy and the like as such; anything else as it is written."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None if value is None else repr(value)


if __name__ == "__main__":
    main(sys.argv[1])
