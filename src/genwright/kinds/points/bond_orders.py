"""Bonds of atoms in space, told by how far apart two of them are: the table of EDM (Hoogeboom 2022, appendix E, and
its published code, for QM9).

    order = how many of  single + 10 pm,  double + 5 pm,  triple + 3 pm  are longer than the distance

Lengths are typical ones of two elements, in picometres; two elements that the table does not name are never bound.
"""

import numpy as np
from scipy.sparse.csgraph import connected_components

MARGINS = (10, 5, 3)  # picometres that a bond may be longer than its length in the table
SINGLE = """
H: H 74 C 109 N 101 O 96 F 92 B 119 Si 148 P 144 As 152 S 134 Cl 127 Br 141 I 161
C: C 154 N 147 O 143 F 135 Si 185 P 184 S 182 Cl 177 Br 194 I 214
N: N 145 O 140 F 136 Cl 175 Br 214 S 168 I 222 P 177
O: O 148 F 142 Br 172 S 151 P 163 Si 163 Cl 164 I 194
F: F 142 S 158 Si 160 Cl 166 Br 178 P 156 I 187
B: Cl 175
Si: Si 233 S 200 Cl 202 Br 215 I 243
Cl: Cl 199 P 203 S 207 Br 214
S: S 204 Br 225 P 210 I 234
Br: Br 228 P 222
P: P 221
I: I 266
"""
DOUBLE = "C: C 134 N 129 O 120 S 160\nN: N 125 O 121\nO: O 121 P 150\nP: S 186"
TRIPLE = "C: C 120 N 116 O 113\nN: N 110"
VALENCES = {  # orders that the bonds of an atom add up to
    "H": (1,), "B": (3,), "C": (4,), "N": (3,), "O": (2,), "F": (1,), "Si": (4,), "P": (3, 5), "S": (4,), "Cl": (1,),
    "As": (3,), "Br": (1,), "I": (1,),
}  # fmt: skip
WITH_SULPHUR = VALENCES | {"S": (2, 4, 6)}  # thiols and sulphones beside sulphoxides
ELEMENTS = tuple(VALENCES)


def _limits() -> np.ndarray:
    """(3, K, K) angstrom, below which two of ELEMENTS have a bond of each order; 0 where they have none."""
    limits = np.zeros((3, len(ELEMENTS), len(ELEMENTS)))
    for limit, table, margin in zip(limits, (SINGLE, DOUBLE, TRIPLE), MARGINS):
        for line in table.strip().splitlines():
            first, *other_words = line.replace(":", "").split()
            for second, length in zip(other_words[::2], other_words[1::2]):
                i, j = ELEMENTS.index(first), ELEMENTS.index(second)
                limit[i, j] = limit[j, i] = (int(length) + margin) / 100
    return limits


LIMITS = _limits()


def bond_orders(elements: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Finds the order of the bond between each two atoms by their distance: (m, m) int, 0 for no bond.

    Args:
        elements: (m,) int, of ELEMENTS.
        distances: (m, m) angstrom.
    """
    orders = (distances < LIMITS[:, elements[:, None], elements]).sum(0)
    np.fill_diagonal(orders, 0)
    return orders


def stable_atoms(elements: np.ndarray, orders: np.ndarray, valences: dict[str, tuple[int, ...]]) -> np.ndarray:
    """Finds atoms whose bond orders add up to one of the valences: (m,) bool.

    Args:
        elements: (m,) int, of ELEMENTS.
        orders: (m, m) int of the bonds.
        valences: Valences of each element.
    """
    is_allowed = np.zeros((len(ELEMENTS), 8), bool)
    for element, sums in valences.items():
        is_allowed[ELEMENTS.index(element), list(sums)] = True
    return is_allowed[elements, orders.sum(1).clip(max=7)]


def in_one_piece(orders: np.ndarray) -> bool:
    """Tells whether every atom is reached from the first along bonds."""
    return connected_components(orders, directed=False, return_labels=False) == 1
