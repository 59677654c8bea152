"""Clips in the report: spectrograms to be seen, all on one scale of time, and one file to be heard."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ...core.files import write_whole
from ...kinds.audio.sound_files import in_turn, wav_bytes
from ..metrics.sound import FRAME, HOP, spectrogram
from .figures import STYLE, WIDTH, make_figure, save, short

CLIPS_PER_ROW = 6  # clips a row


def sheet(
    clips: Sequence[np.ndarray], titles: Sequence[str], rate: int, path: Path, cuts: Sequence[int] | None = None
) -> str:
    """Write what `drawing` draws as a PNG; returns its path."""
    return save(drawing(clips, titles, rate, cuts), path)


def drawing(clips: Sequence[np.ndarray], titles: Sequence[str], rate: int, cuts: Sequence[int] | None = None) -> Figure:
    """Spectrograms, CLIPS_PER_ROW a row, low pitches below. cuts: samples of each clip before a mark."""
    seen = [spectrogram(clip, rate) for clip in clips]
    low, high = (float(np.percentile(np.concatenate(seen), share)) for share in (5, 99.5))
    longest, rows = max(map(len, seen)), -(-len(clips) // CLIPS_PER_ROW)
    with matplotlib.rc_context(STYLE):
        figure = make_figure((rows + 0.15) * WIDTH / CLIPS_PER_ROW * 1.2)
        axes = figure.subplots(rows, CLIPS_PER_ROW, squeeze=False)
        for axis in axes.flat:
            axis.set_axis_off()
            axis.set_xlim(0, max(longest, 2) * HOP)
        for axis, moments, title in zip(axes.flat, seen, titles):
            extent = (0, len(moments) * HOP, 0, 1)
            axis.imshow(moments.T, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, cmap="magma")
            axis.set_title(short(title, 12))
        for axis, cut in zip(axes.flat, cuts or ()):
            axis.axvline(max(0.0, cut / rate - FRAME / 2), color="white", linewidth=1)
        return figure


def player(clips: Sequence[np.ndarray], rate: int, path: Path) -> str:
    """All clips one after another, as a file of sound."""
    return str(write_whole(path, wav_bytes(in_turn(clips, rate), rate)))
