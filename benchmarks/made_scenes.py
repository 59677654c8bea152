"""Made photographs: scenes with a sky, hills, houses, trees and shadows, and specimens on paper. Nobody else's pictures
are in them, so that they may be passed on.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial import cKDTree

FINER = 2  # pixels are drawn so many times as fine as they are kept


def made_scenes(count: int, side: int, seed: int) -> np.ndarray:
    """Scenes (count, side, side, 3) uint8."""
    rng = np.random.default_rng([seed, 0])
    return np.stack([_scene(rng, side) for _ in range(count)])


def made_specimens(count: int, side: int, seed: int) -> np.ndarray:
    """Beetles seen from above on paper, (count, side, side, 3) uint8: size, turn, colours, spots and legs differ."""
    rng = np.random.default_rng([seed, 1])
    return np.stack([_specimen(rng, side) for _ in range(count)])


def made_textures(count: int, side: int, seed: int) -> np.ndarray:
    """Textures (count, side, side, 3) uint8: clouds, cells, weaves and stripes, bent and coloured."""
    rng = np.random.default_rng([seed, 2])
    return np.stack([_texture(rng, side) for _ in range(count)])


def cloudy(rng: np.random.Generator, side: int, slope: float) -> np.ndarray:
    """Noise (side, side) of mean 0 and deviation 1, whose amplitude falls with frequency by a power `slope`."""
    waves = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    waves[0, 0] = np.inf
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(side, side))) / waves**slope, s=(side, side))
    return (noise - noise.mean()) / noise.std()


def _colour(rng: np.random.Generator, low: float = 20, high: float = 235) -> np.ndarray:
    return rng.uniform(low, high, 3)


def _shaded(canvas: np.ndarray, mask: np.ndarray, colour: np.ndarray, rng: np.random.Generator) -> None:
    """Paints a surface with a colour, light from one side, and a grain of its own."""
    side, light = len(canvas), rng.uniform(-0.3, 0.3, 2)
    rows, columns = np.linspace(-1, 1, side)[:, None], np.linspace(-1, 1, side)[None]
    grain = rng.uniform(0.01, 0.12) * cloudy(rng, side, rng.uniform(0.3, 1.6))
    shade = (1 + light[0] * rows + light[1] * columns + grain)[..., None]
    canvas[mask] = (colour * shade)[mask]


def _drawn(side: int, draw) -> np.ndarray:
    image = Image.new("1", (side, side))
    draw(ImageDraw.Draw(image))
    return np.asarray(image)


def _finish(canvas: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    image = Image.fromarray(canvas.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1)))
    pixels = np.asarray(image.resize((side, side), Image.Resampling.BOX), float)
    return (pixels + rng.normal(0, rng.uniform(0, 3), pixels.shape)).clip(0, 255).astype(np.uint8)


def _scene(rng: np.random.Generator, side: int) -> np.ndarray:
    size = FINER * side
    height = np.linspace(0, 1, size)[:, None, None]
    canvas = (1 - height) * _colour(rng, 60) + height * _colour(rng, 120, 255)
    canvas = canvas + rng.uniform(0, 30) * cloudy(rng, size, 1.5)[..., None].clip(0) * np.ones(3)
    rows, columns = np.mgrid[:size, :size] / size
    horizon = rng.uniform(0.3, 0.7)
    for k in range(rng.integers(1, 4)):
        edge = horizon + 0.12 * k + 0.05 * cloudy(rng, size, 1.4)[0] + 0.05 * np.sin(columns[0] * rng.uniform(2, 12))
        _shaded(canvas, rows > edge, _colour(rng, 20, 180), rng)
    for _ in range(rng.integers(1, 6)):
        x, y, w = rng.uniform(0, size), rng.uniform(horizon, 1) * size, rng.uniform(0.05, 0.25) * size
        if rng.random() < 0.5:
            tall = w * rng.uniform(0.8, 2.5)
            _shaded(canvas, _drawn(size, lambda d: d.rectangle((x, y - tall, x + w, y), fill=1)), _colour(rng), rng)
            pane, colour = w / rng.integers(3, 7), _colour(rng, 0, 90)
            corners = [
                (x + i * pane, y - tall + j * pane)
                for i in np.arange(0.3, w / pane - 0.5)
                for j in np.arange(0.3, tall / pane - 0.5)
            ]
            panes = lambda d: [d.rectangle((u, v, u + 0.5 * pane, v + 0.6 * pane), fill=1) for u, v in corners]
            canvas[_drawn(size, panes)] = colour
            if rng.random() < 0.6:
                roof = (x - 0.1 * w, y - tall, x + 1.1 * w, y - tall, x + w / 2, y - tall - w * rng.uniform(0.3, 0.8))
                _shaded(canvas, _drawn(size, lambda d: d.polygon(roof, fill=1)), _colour(rng, 40, 200), rng)
        else:
            trunk = (x - w / 12, y - w, x + w / 12, y)
            _shaded(canvas, _drawn(size, lambda d: d.rectangle(trunk, fill=1)), np.array([90, 60, 40]), rng)
            crown = np.hypot(columns * size - x, rows * size - y + 1.2 * w) < w / 2 * (1 + 0.3 * cloudy(rng, size, 1.0))
            _shaded(canvas, crown, np.array([rng.uniform(20, 120), rng.uniform(70, 180), rng.uniform(20, 80)]), rng)
    return _finish(canvas, side, rng)


def _specimen(rng: np.random.Generator, side: int) -> np.ndarray:
    size = FINER * side
    canvas = np.ones((size, size, 3)) * rng.uniform(215, 240) * np.array([1, 0.99, 0.95])
    canvas += 2 * cloudy(rng, size, 0.8)[..., None]
    turn, length = rng.uniform(-0.3, 0.3), rng.uniform(0.28, 0.36) * size
    rows, columns = np.mgrid[:size, :size] - size / 2 - rng.uniform(-0.03, 0.03, (2, 1, 1)) * size
    along, across = np.cos(turn) * rows - np.sin(turn) * columns, np.sin(turn) * rows + np.cos(turn) * columns
    wide, shell, spots = length * rng.uniform(0.5, 0.7), _colour(rng, 30, 200), _colour(rng, 0, 60)
    for k in (-1, 0, 1):
        for way in (-1, 1):
            tip = (way * across - wide * 0.8) - rng.uniform(0.2, 0.5) * abs(along - k * length * 0.5)
            leg = (abs(along - k * length * 0.5 - 0.3 * k * (way * across - wide * 0.8)) < size / 110) & (
                abs(tip) < length / 3
            )
            canvas[leg] = 35
    body = (along / length) ** 2 + (across / wide) ** 2 < 1
    _shaded(canvas, body, shell, rng)
    head = ((along + 1.05 * length) / (0.3 * length)) ** 2 + (across / (0.5 * wide)) ** 2 < 1
    _shaded(canvas, head, spots, rng)
    for _ in range(rng.integers(2, 6)):
        u, v, r = rng.uniform(-0.6, 0.7) * length, rng.uniform(0.2, 0.6) * wide, rng.uniform(0.08, 0.2) * wide
        canvas[((along - u) ** 2 + (abs(across) - v) ** 2 < r**2) & body] = spots
    canvas[(abs(across) < size / 200) & body & (along > -0.5 * length)] = spots
    glance = np.exp(-(((along + 0.2 * length) / (0.4 * length)) ** 2 + ((across - 0.3 * wide) / (0.2 * wide)) ** 2))
    return _finish(canvas + 70 * glance[..., None] * body[..., None], side, rng)


def _texture(rng: np.random.Generator, side: int) -> np.ndarray:
    size = FINER * side
    rows, columns = np.mgrid[:size, :size] / size + rng.uniform(0, 0.02) * np.stack([cloudy(rng, size, 1.5)] * 2)
    kind, waves = rng.integers(4), rng.uniform(4, 24)
    turn = rng.uniform(0, np.pi)
    along, across = np.cos(turn) * rows + np.sin(turn) * columns, np.cos(turn) * columns - np.sin(turn) * rows
    if kind == 0:
        height = cloudy(rng, size, rng.uniform(0.4, 2))
    elif kind == 1:
        seeds = rng.uniform(0, 1, (int(waves**2), 2))
        near = cKDTree(seeds).query(np.stack([rows, columns], -1).reshape(-1, 2), 2)[0]
        height = (near[:, 1] - near[:, 0]).reshape(size, size).clip(0, 0.3 / waves) * waves * 8
    elif kind == 2:
        height = np.sin(2 * np.pi * waves * along) * np.sign(np.sin(np.pi * waves * across))
    else:
        height = np.tanh(rng.uniform(1, 6) * np.sin(2 * np.pi * waves * along))
    height = height + rng.uniform(0, 0.5) * cloudy(rng, size, rng.uniform(0, 1.5))
    share = ((height - height.min()) / np.ptp(height))[..., None]
    return _finish(share * _colour(rng) + (1 - share) * _colour(rng), side, rng)
