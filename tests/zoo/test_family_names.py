# Tests zoo/card.py
"""A family is named by its card, the index and the targets, and by no other code."""

import ast
import re
from pathlib import Path

import genwright
from genwright.zoo.card import read_index

ROOT = Path(genwright.__file__).parent
ORDINARY = {  # names that are also words of something else
    "autoencoder": "a player of the adversarial autoencoder",
    "black": "a colour",
    "chance": "how often something happens by itself",
    "clip": "a sound, in messages",
    "copula": "part of a seed",
    "energy": "the target of QM7",
    "linear": "schedules of noise and rules of guidance",
    "mean": "an average",
    "var": "the table of variables of AnnData",
    "nearest": "interpolation, and the most similar molecule",
    "walks": "figures of random walks",
}
FILES = {
    "molecules/design/families.py": "the model that gcpn begins with",
    "contract/test_models.py": "baselines complete and condition less well than all others",
    "contract/test_predictors.py": "names that an error lists",
    "series/measure/suite.py": "forecasts are measured beside the simple ones",
    "graphs/studies/depth.py": "the study of depth is of this family and its plain form",
}


def test_no_family_is_a_constant_outside_its_card():
    names, found = read_index().keys() - ORDINARY.keys(), {}
    quoted = re.compile(rf"[\"'](?:{'|'.join(map(re.escape, names))})[\"']")  # in a comment or a docstring too
    for file in ROOT.rglob("*.py"):
        here, text = file.relative_to(ROOT).as_posix(), file.read_text()
        if "zoo" in file.parts or not quoted.search(text):
            continue
        constants = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        if named := names & constants:
            found[here] = named
    assert found.keys() == FILES.keys(), found
    assert len(ORDINARY) + len(FILES) <= 20
