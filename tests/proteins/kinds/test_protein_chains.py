# Tests proteins/kinds/chain.py, proteins/kinds/kind.py, proteins/kinds/relatives.py
"""Chains of proteins: letters, numbers, and arrays that fit."""

import numpy as np
import pytest

from genwright.core.errors import DataError
from genwright.proteins.kinds.chain import LETTERS, Chain, chain_of_sequence, letters_of, numbers_of


def test_letters_come_back():
    assert letters_of(numbers_of(LETTERS)) == LETTERS
    assert letters_of(numbers_of("acbZ*€")) == "ACXXXX"


def test_a_sequence_has_no_structure():
    chain = chain_of_sequence("MKV", "p")
    assert (
        len(chain) == 3 and chain.sequence == "MKV" and not chain.has_backbone.any() and chain.atoms.dtype == np.float32
    )


def test_blanks_gaps_and_an_end_are_no_residues():
    assert chain_of_sequence(" MK-T.AY\nIA* ").sequence == "MKTAYIA"
    assert [chain_of_sequence(text).is_protein for text in ("MKX", "M1X2", "", "--*")] == [True, False, False, False]


def test_arrays_must_fit():
    letters = numbers_of("MKV")
    with pytest.raises(DataError):
        Chain("p", letters, np.zeros((2, 3, 3), np.float32), np.zeros(3, bool))
    with pytest.raises(DataError):
        Chain("p", letters, np.zeros((3, 3, 3), np.float32), np.zeros(3, bool), numbers_of("MKA")[None])


def test_a_part_keeps_its_alignment():
    chain = chain_of_sequence("MKVLA")
    whole = Chain("p", chain.letters, chain.atoms, chain.breaks, np.stack([chain.letters, numbers_of("MK-LA")]))
    assert letters_of(whole.cut(1, 4).alignment[1]) == "K-L"
