# Tests molecules/zoo/lines.py
"""Items made by a plain function: they are what the Spec can say, the first of many are the few, and a run that was
saved draws the same and holds no item."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.kinds.sequences.domain import Sequences
from genwright.molecules.families.remade import Remade
from genwright.molecules.zoo import lines as baselines

NONE = Spec(())
SMILES = ["CCC(=O)NCC", "CCOC(=O)CC", "CC(=O)Nc1ccccc1", "COc1ccccc1", "CCNC(=O)c1ccccc1"]


def fitted(family, lines):
    domain = Sequences.fit(lines)
    made = family(domain.spec, NONE)
    made.attach_domain(domain)
    made.finish(Items(*domain.encode(lines)), Draws("finish"))
    return made, domain


def said(made, domain, n, seed=0):
    with torch.no_grad():
        x = made.sample(n, torch.zeros(n, 0), Draws("sample", seed))
    return list(domain.decode(x, torch.zeros(n, 0), None))


class Letters(list):
    def to_json(self):
        return self


def letters(lines):
    return Letters(sorted({symbol for line in lines for symbol in line}))


def backwards(known, rng):
    """A word of the letters that were counted, or of one that was not, or none."""
    return rng.choice(["".join(rng.choices(known, k=3)), "zzz", "much too long a word", None])


def test_what_the_alphabet_cannot_say_is_drawn_again():
    family = lambda spec, given: Remade(spec, given, letters, list, backwards)
    made, domain = fitted(family, ["abc", "bcab", "ca"])
    words = said(made, domain, 40)
    assert {len(word) for word in words} == {3} and set("".join(words)) == set("abc")
    assert said(made, domain, 40) == words and said(made, domain, 15) == words[:15]
    assert said(made, domain, 40, seed=1) != words
    never, domain = fitted(lambda spec, given: Remade(spec, given, letters, list, lambda *_: "zzz"), ["abc"])
    with pytest.raises(DataError):
        said(never, domain, 1)


@pytest.mark.parametrize("name", ["brics", "valence"])
def test_molecules_are_made_of_lines_that_are_smiles(name):
    chem = pytest.importorskip("rdkit.Chem")
    build = lambda spec, given: getattr(baselines, f"build_{name}")(spec, given).family
    made, domain = fitted(build, SMILES)
    lines = said(made, domain, 30)
    assert all(chem.MolFromSmiles(line) for line in lines) and set(lines) - set(SMILES)
    again = build(domain.spec, NONE)
    again.counted = made.state_dict()["counted"]
    again.attach_domain(domain)
    assert said(again, domain, 30) == lines
