"""Relatives among protein chains: sets of chains that a local alignment joins, so that no set is split.

Two chains are relatives where their best local alignment scores 60 or more (Smith & Waterman 1981, BLOSUM62, a gap
costs 11 and 1 for each further residue). Above `ALL_PAIRS` chains, only pairs that share words are aligned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import numpy as np

from ...core.packages import require_package
from ...core.patience import with_progress

RELATED = 60.0  # score from which two chains are relatives; unrelated ones of 100 residues score about 30
ALL_PAIRS = 1_000  # chains of which every pair is aligned
WORD, SHARED = (
    3,
    2,
)  # letters of a word, and words that relatives share: 17 of 19 pairs of relatives among 118 chains do
BLOCK = 256  # chains whose words are compared at once


def find_relatives(sequences: Sequence[str]) -> np.ndarray:
    """Numbers chains, (n,) int64, so that chains linked by relatives have one number. Equal sequences are relatives.

    Args:
        sequences: letters of each chain.
    """
    require_package("Bio", "protein", "a split that keeps relatives on one side is made by alignments")
    from Bio.Align import PairwiseAligner, substitution_matrices

    aligner = PairwiseAligner(mode="local", open_gap_score=-11, extend_gap_score=-1)
    aligner.substitution_matrix = substitution_matrices.load("BLOSUM62")
    texts, number = np.unique(np.asarray(sequences, object), return_inverse=True)
    texts = texts.tolist()
    pairs = combinations(range(len(texts)), 2) if len(texts) <= ALL_PAIRS else _likely_pairs(texts)
    cluster = np.arange(len(texts))
    for i, j in pairs:
        if cluster[i] != cluster[j] and aligner.score(texts[i], texts[j]) >= RELATED:
            cluster[cluster == cluster[j]] = cluster[i]
    return np.unique(cluster, return_inverse=True)[1][number]


def _likely_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of texts that share `SHARED` words."""
    from scipy.sparse import csr_array

    words = [sorted({text[at : at + WORD] for at in range(len(text) - WORD + 1)}) for text in texts]
    number = {word: n for n, word in enumerate(dict.fromkeys(chain.from_iterable(words)))}
    ends = np.cumsum([0, *map(len, words)])
    columns = np.array([number[word] for own_word in words for word in own_word], np.int64)
    holds = csr_array((np.ones(len(columns), np.int16), columns, ends), shape=(len(texts), len(number)))
    for start in with_progress(range(0, len(texts), BLOCK), "finding relatives"):
        shared = (holds[start : start + BLOCK] @ holds.T).tocoo()
        likely = (shared.data >= SHARED) & (shared.col > shared.row + start)
        yield from zip((shared.row[likely] + start).tolist(), shared.col[likely].tolist())
