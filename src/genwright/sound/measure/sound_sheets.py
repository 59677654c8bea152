"""Sound in the report: spectrograms of clips and piano rolls of music to be seen, and one file to be heard."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ...core.files import write_whole
from ...measure.plots.figures import INK, STYLE, WIDTH, make_figure, short
from ..kinds.audio.sound_files import in_turn, wav_bytes
from ..kinds.music.music_files import RATE, notes_of, played
from .sound_metrics import FRAME, HOP, spectrogram

CLIPS_PER_ROW = 6  # clips a row


def drawing(clips: Sequence[np.ndarray], titles: Sequence[str], rate: int, cuts: Sequence[int] | None = None) -> Figure:
    """Draws spectrograms, CLIPS_PER_ROW a row, low pitches below.

    Args:
        clips: samples of each.
        titles: Titles of each.
        rate: samples a second.
        cuts: samples of each clip before a mark.
    """
    spectrograms = [spectrogram(clip, rate) for clip in clips]
    low, high = (float(np.percentile(np.concatenate(spectrograms), share)) for share in (5, 99.5))
    longest, rows = max(map(len, spectrograms)), -(-len(clips) // CLIPS_PER_ROW)
    with matplotlib.rc_context(STYLE):
        figure = make_figure((rows + 0.15) * WIDTH / CLIPS_PER_ROW * 1.2)
        axes = figure.subplots(rows, CLIPS_PER_ROW, squeeze=False)
        for axis in axes.flat:
            axis.set_axis_off()
            axis.set_xlim(0, max(longest, 2) * HOP)
        for axis, moments, title in zip(axes.flat, spectrograms, titles):
            extent = (0, len(moments) * HOP, 0, 1)
            axis.imshow(moments.T, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, cmap="magma")
            axis.set_title(short(title, 12))
        for axis, cut in zip(axes.flat, cuts or ()):
            axis.axvline(max(0.0, cut / rate - FRAME / 2), color="white", linewidth=1)
        return figure


def player(clips: Sequence[np.ndarray], rate: int, path: Path) -> str:
    """Writes all clips one after another as a file of sound.

    Args:
        clips: samples of each.
        rate: samples a second.
        path: Path of the file.
    """
    return str(write_whole(path, wav_bytes(in_turn(clips, rate), rate)))


WINDOWS_PER_ROW = 3  # windows a row
BAR = 16  # steps between two lines
VOICES = ("#e07b28", "#4f81bd", "#59a14f", "#b07aa1", "#d3b13f", "#76b7b2", "#9c755f", "#e15759")


def roll_drawing(windows: Sequence[np.ndarray], titles: Sequence[str], cut: int | None = None) -> Figure:
    """Draws piano rolls, WINDOWS_PER_ROW a row, high pitches above.

    Args:
        windows: Windows of music.
        titles: Titles of each.
        cut: steps before a mark.
    """
    rows = -(-len(windows) // WINDOWS_PER_ROW)
    sounding = np.concatenate([window[window >= 0] for window in windows])
    low, high = (int(sounding.min()) - 1, int(sounding.max()) + 2) if len(sounding) else (48, 72)
    with matplotlib.rc_context(STYLE):
        figure = make_figure((rows + 0.15) * WIDTH / WINDOWS_PER_ROW * 0.8)
        axes = figure.subplots(rows, WINDOWS_PER_ROW, squeeze=False)
        for axis in axes.flat:
            axis.set_axis_off()
        for axis, window, title in zip(axes.flat, windows, titles):
            axis.set_xlim(0, len(window))
            axis.set_ylim(low, high)
            axis.set_title(title)
            for step in range(0, len(window) + 1, BAR):
                axis.axvline(step, color=INK, linewidth=0.4, alpha=0.6)
            for voice, colour in zip(range(window.shape[1]), VOICES):
                for start, steps, pitch in notes_of(window[:, voice : voice + 1]):
                    axis.barh(pitch, steps - 0.2, left=start + 0.1, height=0.9, color=colour, linewidth=0)
            if cut is not None:
                axis.axvline(cut, color=INK, linewidth=1.2)
        return figure


def roll_player(windows: Sequence[np.ndarray], path: Path) -> str:
    """Writes all windows of music one after another as a file of sound."""
    return str(write_whole(path, wav_bytes(in_turn([played(window) for window in windows], RATE), RATE)))
