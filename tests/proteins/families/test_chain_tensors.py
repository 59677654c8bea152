# Tests proteins/contract.py, proteins/families/structure_baselines.py
"""Chains as tensors: all of them, and windows."""

import numpy as np
import torch

from genwright.core.draws import Draws
from genwright.proteins.families.chain_tensors import crop, encode_chains, pad
from genwright.proteins.kinds.chain import Chain, numbers_of


def chain(sequence: str, seed: int = 0, aligned: list[str] | None = None) -> Chain:
    letters, rng = numbers_of(sequence), np.random.default_rng(seed)
    atoms = rng.normal(size=(len(letters), 3, 3)).astype(np.float32)
    atoms[0, 1] = np.nan
    rows = None if aligned is None else np.stack([letters, *map(numbers_of, aligned)])
    return Chain("p", letters, atoms, np.arange(len(letters)) == 1, rows)


def test_padding_tells_residues_from_what_is_behind_them():
    chains = [chain("MKVLA"), chain("GGS", 1)]
    padded = pad(encode_chains(chains))
    assert padded.letters.tolist()[1] == [7, 7, 15, 20, 20]
    assert padded.mask.sum(1).tolist() == [5, 3] == padded.lengths.tolist()
    assert padded.known.tolist() == [[False, True, True, True, True], [False, True, True, False, False]]
    assert padded.breaks[:, 1].all() and padded.breaks.sum() == 2
    assert torch.equal(padded.atoms[0, 2], torch.from_numpy(chains[0].atoms[2]))
    assert padded.alignment is None


def test_rows_of_an_alignment_are_filled_up_with_gaps():
    padded = pad(encode_chains([chain("MKV", aligned=["MK-", "AKV", "GGG"]), chain("GG")], rows=3))
    assert padded.alignment[0].tolist() == [[12, 11, 19], [12, 11, 21], [0, 11, 19]]
    assert padded.alignment[1, :, :2].tolist() == [[7, 7], [21, 21], [21, 21]]


class Fixed:
    """Draws that give these numbers, one call after another."""

    def __init__(self, *numbers: list[float]):
        self.numbers = [torch.tensor(each) for each in numbers]

    def uniform(self, n: int) -> torch.Tensor:
        return self.numbers.pop(0)


def test_a_window_is_of_any_length_from_the_least_on_and_begins_anywhere():
    """Lengths 4 .. 10 and, of the shortest chain, its own; the last one is not cut."""
    x = encode_chains([chain("ARNDCQEGHI"), chain("ARNDCQEGHI"), chain("ARN"), chain("ARNDCQEGHI")])
    parts = crop(x, Fixed([0.1, 0.1, 0.1, 0.7], [0.0, 0.99, 0.5, 0.0], [0.99, 0.5, 0.9, 0.9]), 0.6, 4)
    assert parts.lengths.tolist() == [4, 10, 3, 10] and parts.places[:, 0].tolist() == [6, 0, 0, 0]
    half = crop(x, Fixed([0.1] * 4, [0.5] * 4, [0.5] * 4), 0.6, 4)
    assert half.lengths.tolist() == [7, 7, 3, 7] and half.places[:, 0].tolist() == [2, 2, 0, 2]


def test_windows_are_parts_of_their_chain():
    chains = [chain("ARNDCQEGHILKMFPSTWYV" * 2, n) for n in range(40)]
    x = encode_chains(chains)
    parts = crop(x, Draws("windows"), 0.6, 18)
    cut = parts.lengths < 40
    assert 0.35 < cut.float().mean() < 0.85 and parts.lengths.min() >= 18
    for n, length in enumerate(parts.lengths.tolist()):
        first = int(parts.places[n, 0])
        own = torch.from_numpy(chains[n].letters[first : first + length]).long()
        assert torch.equal(parts.letters[n, :length], own)
