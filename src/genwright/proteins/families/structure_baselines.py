"""Structures of chains without a network: what every network has to beat.

    straight-helix  one helix, whatever the letters are: (phi_i, psi_i) = (phi, psi) of a helix for every residue i
    window          helix, strand or neither by multinomial logistic regression on the letters of a window of 15, and a
                    backbone built with the usual angles of each
    nearest         the structure of the training chain whose sequence aligns best, residue by residue
    mean            |x_i - x_j| = m(|i - j|), the mean distance of two residues by their separation in the chain,
                    embedded in space (Torgerson 1952)

The confidence of `window` is the probability of the state that it takes; of `nearest` the share of equal letters in the
alignment, 0 where no residue is aligned. The others know nothing of it and say one half.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.packages import require_package
from ...core.ragged import Ragged
from ...core.trainable import Items, Trainable
from ..kinds.chain import RESIDUES, letters_of
from ..kinds.geometry import HELIX, LOOP, STRAND, backbone_of_trace, build_backbone
from ..kinds.secondary import COIL, find_states
from .chain_tensors import ATOMS, KNOWN_FLAG, LETTER, ROWS

STATES = {"H": HELIX, "E": STRAND, COIL: LOOP}
WINDOW = 15  # letters around a residue
LETTERS = RESIDUES + 2  # and X, and none beyond an end
LARGEST = 256  # separation from which mean distances grow no more
PENALTY = 1.0  # inverse of the factor of squared weights
SURE = 0.5  # confidence of a baseline that knows nothing of it
BOND = 3.8  # angstrom from one CA to the next


class StructureBaseline(Trainable):
    """Base of predictors of structures that are fitted in one pass."""

    allow_bf16 = False

    def predict(self, context: Ragged) -> tuple[Tensor, Tensor]:
        """Predicts atoms (M, 3, 3) in angstrom and confidence (M,) in [0, 1] of all residues, chain after chain."""
        folded = [self.fold(context[n : n + 1].x[:, LETTER].long().cpu().numpy()) for n in range(len(context))]
        atoms, confidence = (torch.from_numpy(np.concatenate(part)).float() for part in zip(*folded))
        return atoms.to(context.device), confidence.to(context.device)

    @abstractmethod
    def fold(self, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predicts atoms (N, 3, 3) and confidence (N,) of a chain of letters (N,)."""


def chains_of(x: Ragged) -> list[tuple[np.ndarray, np.ndarray]]:
    """Splits a set of chains into letters (N,) and atoms (N, 3, 3), NaN where unknown, of each."""
    rows = [part.cpu().numpy() for part in x.x.split(x.sizes.tolist())]
    known = [row[:, KNOWN_FLAG, None] > 0.5 for row in rows]
    return [
        (row[:, LETTER].astype(np.int64), np.where(is_known, row[:, ATOMS:ROWS], np.nan).reshape(-1, 3, 3))
        for row, is_known in zip(rows, known)
    ]


class StraightHelix(StructureBaseline):
    """A baseline that folds every chain into one helix."""

    def __init__(self, spec: object):
        super().__init__()
        self.register_buffer("confidence", torch.tensor(SURE))

    def finish(self, items: Items, rng: Draws) -> None:
        """Learns nothing."""

    def fold(self, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        phi, psi = (np.full(len(letters), angle) for angle in HELIX)
        return build_backbone(phi, psi), np.full(len(letters), float(self.confidence))


class Window(StructureBaseline):
    """A baseline that folds a chain by the most probable state of each residue, given the letters around it."""

    def __init__(self, spec: object):
        super().__init__()
        self.register_buffer("weight", torch.zeros(len(STATES), WINDOW * LETTERS))
        self.register_buffer("bias", torch.zeros(len(STATES)))

    def finish(self, items: Items, rng: Draws) -> None:
        from sklearn.linear_model import LogisticRegression

        chains = chains_of(items.x)
        x = np.concatenate([_windows(letters) for letters, _ in chains])
        states = np.concatenate([find_states(atoms) for _, atoms in chains])
        known = np.concatenate([np.isfinite(atoms).all((1, 2)) for _, atoms in chains])
        names = list(STATES)
        y = np.array([names.index(state) for state in states])[known]
        present = np.unique(y)
        self.bias = torch.where(torch.isin(torch.arange(len(names)), torch.from_numpy(present)), 0.0, -1e4)
        if len(present) > 1:
            model = LogisticRegression(C=PENALTY, max_iter=300).fit(x[known], y)
            weight, bias = model.coef_, model.intercept_
            if len(present) == 2:  # one row, of the second
                weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
            self.weight[present] = torch.from_numpy(weight).float()
            self.bias[present] = torch.from_numpy(bias).float()

    def fold(self, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scores = _windows(letters) @ self.weight.cpu().numpy().T + self.bias.cpu().numpy()
        chances = torch.from_numpy(scores).softmax(1).numpy()
        phi, psi = np.array(list(STATES.values()))[chances.argmax(1)].T
        return build_backbone(phi, psi), chances.max(1)


def _windows(letters: np.ndarray) -> np.ndarray:
    """(N, WINDOW * LETTERS) which letter stands at each place of the window around a residue."""
    padding = np.full(WINDOW // 2, LETTERS - 1)
    padded = np.concatenate([padding, letters, padding])
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    return np.eye(LETTERS)[windows].reshape(len(letters), -1)


class MeanDistances(StructureBaseline):
    """A baseline that folds a chain so that its distances are near the mean ones of training."""

    def __init__(self, spec: object):
        super().__init__()
        self.register_buffer("distance", torch.zeros(LARGEST))

    def finish(self, items: Items, rng: Draws) -> None:
        total, count = np.zeros((2, LARGEST))
        for _, atoms in chains_of(items.x):
            distance = np.linalg.norm(atoms[:, None, 1] - atoms[:, 1], axis=-1)
            place = np.arange(len(atoms))
            separation = np.minimum(abs(place[:, None] - place), LARGEST - 1)
            observed = np.isfinite(distance)
            total += np.bincount(separation[observed], distance[observed], LARGEST)
            count += np.bincount(separation[observed], minlength=LARGEST)
        known = count > 0
        mean = np.interp(np.arange(LARGEST), np.flatnonzero(known), total[known] / count[known])
        self.distance = torch.from_numpy(mean).float()

    def fold(self, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        place = np.arange(len(letters))
        distance = self.distance.cpu().numpy()[np.minimum(abs(place[:, None] - place), LARGEST - 1)]
        return backbone_of_trace(_embed(distance)), np.full(len(letters), SURE)


def _embed(distances: np.ndarray) -> np.ndarray:
    """(N, 3) points whose distances are near (N, N) given ones (classical scaling, Torgerson 1952)."""
    square = distances.astype(np.float64) ** 2
    centred = -0.5 * (square - square.mean(0) - square.mean(1, keepdims=True) + square.mean())
    values, vectors = np.linalg.eigh(centred)
    points = vectors[:, ::-1][:, :3] * np.sqrt(np.maximum(values[::-1][:3], 0.0))
    return np.pad(points, [(0, 0), (0, 3 - points.shape[1])])


class NearestChain(StructureBaseline):
    """A baseline that folds a chain like the training chain whose sequence aligns best (Smith & Waterman 1981,
    BLOSUM62)."""

    grows: ClassVar[dict[str, int]] = {"letters": 0, "atoms": 0, "ends": 0}

    def __init__(self, spec: object):
        super().__init__()
        self.register_buffer("letters", torch.zeros(0, dtype=torch.int8))  # (M,) of all training chains
        self.register_buffer("atoms", torch.zeros(0, 3, 3))  # (M, 3, 3), of which those in `known` are known
        self.register_buffer("ends", torch.zeros(0, dtype=torch.int64))  # (n,) where each chain ends

    def finish(self, items: Items, rng: Draws) -> None:
        known = [np.isfinite(atoms).all((1, 2)) for _, atoms in chains_of(items.x)]
        parts = [(letters[is_known], atoms[is_known]) for (letters, atoms), is_known in zip(chains_of(items.x), known)]
        letters, atoms = (np.concatenate(part) for part in zip(*parts))
        self.letters = torch.from_numpy(letters.astype(np.int8))
        self.atoms = torch.from_numpy(atoms).float()
        self.ends = torch.tensor([len(letters) for letters, _ in parts]).cumsum(0)

    def flaw(self) -> str:
        consistent = len(self.letters) == len(self.atoms) == (int(self.ends[-1]) if len(self.ends) else 0)
        rising = bool((self.ends.diff() >= 0).all()) and bool((self.ends >= 0).all())
        return "" if consistent and rising else "chains of other lengths than their atoms"

    def fold(self, letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        require_package("Bio", "protein", "the nearest training chain is found by alignment")
        from Bio.Align import PairwiseAligner, substitution_matrices

        aligner = PairwiseAligner(mode="local", open_gap_score=-11, extend_gap_score=-1)
        aligner.substitution_matrix = substitution_matrices.load("BLOSUM62")
        sequence, known_sequences = letters_of(letters), self._sequences()
        best = max(
            range(len(known_sequences)),
            key=lambda n: aligner.score(sequence, known_sequences[n]) if known_sequences[n] else 0.0,
        )
        start = int(self.ends[best - 1]) if best else 0
        atoms = self.atoms[start : int(self.ends[best])].cpu().double().numpy()
        pairs = self._aligned(aligner, sequence, known_sequences[best])
        equal = np.mean([sequence[i] == known_sequences[best][j] for i, j in pairs]) if pairs else 0.0
        placed = np.full((len(sequence), 3, 3), np.nan)
        confidence = np.zeros(len(sequence))
        for i, j in pairs:
            placed[i], confidence[i] = atoms[j], equal
        return _filled(placed).astype(np.float32), confidence

    def _sequences(self) -> list[str]:
        ends = [0, *self.ends.tolist()]
        letters = self.letters.cpu().numpy()
        return [letters_of(letters[start:stop]) for start, stop in zip(ends, ends[1:])]

    def _aligned(self, aligner: Callable, sequence: str, other_sequence: str) -> list[tuple[int, int]]:
        """Pairs of places that the best alignment puts together; none where nothing aligns."""
        if not other_sequence or aligner.score(sequence, other_sequence) <= 0:
            return []
        blocks = zip(*aligner.align(sequence, other_sequence)[0].aligned)
        return [(i, j) for (a, b), (c, d) in blocks for i, j in zip(range(a, b), range(c, d))]


def _filled(atoms: np.ndarray) -> np.ndarray:
    """Atoms (N, 3, 3) with residues between known ones on straight lines, and those beyond the ends in a row."""
    is_known = np.flatnonzero(np.isfinite(atoms).all((1, 2)))
    if not len(is_known):
        return build_backbone(*(np.full(len(atoms), angle) for angle in HELIX)).astype(np.float64)
    all_places = np.arange(len(atoms))
    complete = np.stack([np.interp(all_places, is_known, values[is_known]) for values in atoms.reshape(-1, 9).T], 1)
    complete = complete.reshape(-1, 3, 3)
    step = np.array([BOND, 0.0, 0.0])
    steps_before, steps_after = np.maximum(is_known[0] - all_places, 0), np.maximum(all_places - is_known[-1], 0)
    return complete + (steps_after - steps_before)[:, None, None] * step
