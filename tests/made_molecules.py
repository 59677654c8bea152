"""Molecules that are put together from rings, links and ends: hundreds, of which no two are equal."""

from itertools import product

import numpy as np

ENDS = ("C", "O", "F", "Cl", "CN(C)", "N#C", "CO", "OC(=O)", "CS(=O)(=O)", "FC(F)(F)")
LINKS = ("", "C", "C(=O)N", "OC", "NC(=O)", "CC(O)", "S")
RINGS = ("c1ccc({})cc1", "c1ccnc({})c1", "C1CCN({})CC1", "c1csc({})n1", "C1CC2CCC1C2({})", "c1ccc2[nH]c({})cc2c1")


def molecules(n: int, seed: int = 0) -> list[str]:
    """SMILES of n <= 1,600 or so, in a drawn order."""
    found = [end + ring.format(link + other) for end, ring, link, other in product(ENDS, RINGS, LINKS, RINGS[:4])]
    found = [text.format("C").replace("()", "") for text in found]
    return [found[k] for k in np.random.default_rng(seed).permutation(len(found))[:n]]
