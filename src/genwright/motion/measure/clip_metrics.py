"""Clips (n, T, C, H, W) float32 in [0, 1]: errors of frames, how much moves, and portraits of clips."""

import numpy as np

SIDES = 8  # of the squares whose means a portrait holds
MOMENTS = 4  # frames of a portrait, evenly apart


def errors_over_black(frames: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes squared errors (n,) of frames (n, m, C, H, W), and those of black frames."""
    error = lambda guess: ((guess - truth) ** 2).reshape(len(truth), -1).mean(1, dtype=np.float64)
    return error(frames), error(np.zeros_like(truth))


def motion(clips: np.ndarray) -> np.ndarray:
    """Computes the mean absolute change of a pixel from one frame to the next, (n,)."""
    return np.abs(np.diff(clips, axis=1)).reshape(len(clips), -1).mean(1, dtype=np.float64)


def portraits(clips: np.ndarray) -> np.ndarray:
    """Computes features (n, D) of clips: means of squares of a few frames, and how much the squares change there."""
    n, length, channels, height, width = clips.shape
    rows, columns = (np.linspace(0, size, min(SIDES, size), endpoint=False).astype(int) for size in (height, width))
    counts = np.diff([*rows, height])[:, None] * np.diff([*columns, width])
    squares = np.add.reduceat(np.add.reduceat(clips, rows, 3), columns, 4) / counts
    at = np.linspace(0, length - 2, min(MOMENTS, length - 1)).round().astype(int)
    levels, change = squares[:, at], squares[:, at + 1] - squares[:, at]
    return np.concatenate([levels.reshape(n, -1), change.reshape(n, -1)], 1)
