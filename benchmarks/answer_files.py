"""Ten files as people bring them, made by code, each with fresh items of the same kind that no model sees (for the
benchmark `answers`).

A maker writes the file below a folder, or, if `fresh`, items that were not in it, and returns the file's name.
"""

import gzip
import json
import random
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from common import data_folder
from PIL import Image, ImageDraw, ImageFilter


class PersonsFile(NamedTuple):
    """make: (folder, fresh) -> name of the file. options: what a person says of it. suffix: of files of samples, "" for
    folders."""

    make: Callable[[Path, bool], str]
    suffix: str = ""
    options: dict[str, str | int] = {}

    @property
    def words(self) -> list[str]:
        return [word for name, value in self.options.items() for word in (f"--{name}", str(value))]


def orders(folder: Path, fresh: bool) -> str:
    """A workbook of 800 orders: none is sent before it is ordered, and two columns follow from others."""
    rng, n = np.random.default_rng([1, fresh]), 800
    ordered = pd.Timestamp("2023-01-02") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    product = rng.choice(["chair", "desk", "lamp", "shelf", "sofa"], n, p=[0.35, 0.2, 0.25, 0.15, 0.05])
    base = pd.Series(product).map({"chair": 79.0, "desk": 249.0, "lamp": 39.5, "shelf": 119.0, "sofa": 899.0})
    price = (base * rng.choice([0.9, 1.0, 1.1], n)).round(2)
    units, discount = rng.integers(1, 9, n), rng.choice([0, 0.05, 0.1, 0.2], n, p=[0.6, 0.2, 0.15, 0.05])
    total = (units * price * (1 - discount)).round(2)
    shipping = np.where(total > 500, 0.0, rng.choice([4.9, 9.9, 19.9], n))
    table = pd.DataFrame(
        {
            "Order ID": [f"{'F' if fresh else 'A'}-{k:05}" for k in range(n)],
            "Order Date": ordered,
            "Ship Date": ordered + pd.to_timedelta(rng.geometric(0.35, n), "D"),
            "Region": rng.choice(["North", "South", "East", "West"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "Product": product,
            "Units": units,
            "Price": price,
            "Discount": discount,
            "Total": total,
            "Shipping": shipping,
            "Due": (total + shipping).round(2),
            "Returned": np.where(rng.random(n) < np.where(product == "sofa", 0.3, 0.08), "yes", "no"),
        }
    )
    table.to_excel(folder / "orders.xlsx", sheet_name="Orders", index=False)
    return "orders.xlsx"


def survey(folder: Path, fresh: bool) -> str:
    """A survey of 420 people: answers from 1 to 5 that go together, some left open, and a few comments."""
    rng, n = np.random.default_rng([2, fresh]), 420
    mood, age = rng.normal(size=n), rng.choice(["18-29", "30-44", "45-59", "60+"], n, p=[0.2, 0.3, 0.3, 0.2])
    sent = pd.Timestamp("2024-05-01 08:00") + pd.to_timedelta(rng.integers(0, 20_000, n), "min")
    table = {"respondent": rng.permutation(90_000)[:n] + 10_000, "submitted": sent, "age_group": age}
    table["gender"] = rng.choice(["female", "male", "other", "prefer not to say"], n, p=[0.48, 0.46, 0.03, 0.03])
    for number in range(1, 9):
        answer = np.clip(np.round(3.2 + 0.8 * mood * (-1 if number == 5 else 1) + rng.normal(0, 0.8, n)), 1, 5)
        table[f"Q{number}"] = pd.Series(answer).where(rng.random(n) > 0.04).astype("Int64")
    table["recommend"] = np.clip(np.round(7 + 2 * mood + rng.normal(0, 1, n)), 0, 10).astype(int)
    table["hours_per_week"] = rng.gamma(3, 2, n).round(1)
    comment = rng.choice(["", "great", "too long", "thanks!", "n/a"], n, p=[0.8, 0.06, 0.06, 0.04, 0.04])
    pd.DataFrame(table | {"comment": comment}).to_csv(folder / "survey.csv", index=False)
    return "survey.csv"


def photos(folder: Path, fresh: bool) -> str:
    """300 photos of 140 to 500 px: sky, hills, water or a field, with light and grain, as JPEG."""
    (folder / "photos").mkdir()
    for number in range(300):
        picture = scene(np.random.default_rng([3, fresh, number]))
        picture.save(folder / "photos" / f"IMG_{number + 5000 * fresh:04}.jpg", quality=85)
    return "photos"


def scene(rng: np.random.Generator) -> Image.Image:
    width, height = rng.integers(140, 501, 2)
    horizon, x, y = rng.uniform(0.3, 0.7), np.linspace(0, 1, width), np.linspace(0, 1, height)[:, None]
    hills = horizon + sum(rng.normal(0, 0.05) * np.sin(rng.uniform(3, 14) * x + rng.uniform(0, 6)) for _ in range(4))
    colour = lambda low, high: rng.uniform(low, high) * rng.uniform(0.7, 1.0, 3)
    top, bottom, ground = colour(60, 160) * [0.8, 1, 1.3], colour(170, 255), colour(40, 150) * [1, 1.1, 0.7]
    sky = top + (bottom - top) * np.clip(y / horizon, 0, 1)[..., None]
    roughness = (0.25 * clouds(rng, height, width) + 0.75)[..., None]
    picture = np.where(
        (y > hills)[..., None], ground * roughness, sky * (0.15 * clouds(rng, height, width)[..., None] + 0.92)
    )
    drawn = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if rng.random() < 0.6:
        size, left, high = rng.uniform(0.03, 0.1) * width, rng.uniform(0, width), rng.uniform(0, horizon) * height
        ImageDraw.Draw(drawn).ellipse((left - size, high - size, left + size, high + size), fill=(255, 240, 200))
    noisy = np.asarray(drawn.filter(ImageFilter.GaussianBlur(0.8)), float) + rng.normal(0, 4, (height, width, 1))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def clouds(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(height, width) noise of several scales, from -1 to 1."""
    total = np.zeros((height, width))
    for cells in (3, 7, 15, 40):
        patch = Image.fromarray(rng.uniform(-1, 1, (cells, cells)).astype(np.float32))
        total += np.asarray(patch.resize((width, height), Image.Resampling.BICUBIC)) / cells**0.5
    return total / np.abs(total).max()


def strokes(folder: Path, fresh: bool) -> str:
    """20 characters, each drawn by 20 people with a pen, black on white, 105 x 105, in a folder a character."""
    for character in range(20):
        rng = np.random.default_rng([4, character])
        lines = [rng.uniform(20, 85, (rng.integers(3, 5), 2)) for _ in range(rng.integers(1, 4))]
        place = folder / "characters" / f"alphabet_{character // 10 + 1}" / f"character{character % 10 + 1:02}"
        place.mkdir(parents=True)
        for person in range(20):
            hand = np.random.default_rng([4, character, person, fresh])
            page = Image.new("L", (105, 105), 255)
            turn, shift = np.eye(2) + hand.normal(0, 0.07, (2, 2)), hand.normal(0, 3, 2)
            for line in lines:
                bent = (line - 52 + hand.normal(0, 2, line.shape)) @ turn + 52 + shift
                ImageDraw.Draw(page).line([tuple(point) for point in curve(bent)], fill=0, width=3, joint="curve")
            page.point(lambda value: 255 * (value > 127)).save(place / f"{character + 1:04}_{person + 1:02}.png")
    return "characters"


def curve(points: np.ndarray) -> np.ndarray:
    """A line through points, rounded by cutting its corners."""
    for _ in range(3):
        first, second = points[:-1], points[1:]
        cut = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
    return points


RATES = (8_000, 11_025, 16_000, 22_050)


def clips(folder: Path, fresh: bool) -> str:
    """160 spoken digits of fsdd, brought to four rates in turn."""
    from scipy.signal import resample_poly

    (folder / "clips").mkdir()
    with zipfile.ZipFile(data_folder("fsdd", "recordings.zip")) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".wav"))
        names = random.Random(0).sample(names, 320)[160 * fresh :][:160]
        for number, name in enumerate(names):
            with wave.open(archive.open(name)) as file:
                sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
            rate = RATES[number % 4]
            with wave.open(str(folder / "clips" / Path(name).name), "wb") as file:
                file.setparams((1, 2, rate, 0, "NONE", ""))
                sound = np.clip(resample_poly(sound, rate // 25, 320), -(2**15), 2**15 - 1)
                file.writeframes(sound.astype("<i2").tobytes())
    return "clips"


def links(folder: Path, fresh: bool) -> str:
    """2,400 friendships of 400 people who met in clubs or through friends; fresh: 400 more of the same people."""
    rng, edges = random.Random(5), []
    friends = {person: set() for person in range(400)}
    while len(edges) < 2800:
        a = rng.randrange(400)
        through = [c for b in friends[a] for c in friends[b] if c != a]
        b = rng.choice(through) if through and rng.random() < 0.5 else rng.randrange(20) * 20 + a % 20
        b = rng.randrange(400) if rng.random() < 0.15 else b
        if a != b and b not in friends[a]:
            friends[a].add(b)
            friends[b].add(a)
            edges.append((a, b))
    rng.shuffle(edges)
    lines = [f"person{a},person{b}" for a, b in (edges[2400:] if fresh else edges[:2400])]
    (folder / "friends.csv").write_text("\n".join(["from,to", *lines]) + "\n")
    return "friends.csv"


def book(folder: Path, fresh: bool) -> str:
    """300,000 characters of the reference of Python, which comes with it; fresh: the 150,000 after these."""
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[name] for name in sorted(topics))
    (folder / "book.txt").write_text(text[300_000:450_000] if fresh else text[:300_000])
    return "book.txt"


def tunes(folder: Path, fresh: bool) -> str:
    """Chorales of Bach as MIDI files of four named tracks: 229 of training, or 77 of the test."""
    import mido

    with gzip.open(data_folder("jsb-chorales", "jsb-chorales-16th.json.gz"), "rt") as file:
        pieces = json.load(file)["test" if fresh else "train"]
    (folder / "chorales").mkdir()
    for number, piece in enumerate(pieces):
        song = mido.MidiFile(ticks_per_beat=480)
        for voice, name in enumerate(("Soprano", "Alto", "Tenor", "Bass")):
            track, wait, pitches = (
                mido.MidiTrack(),
                0,
                [int(max(0, step[voice])) if voice < len(step) else 0 for step in piece],
            )
            track.append(mido.MetaMessage("track_name", name=name))
            begin = 0
            for step in range(1, len(pitches) + 1):
                if step == len(pitches) or pitches[step] != pitches[begin]:
                    length = 120 * (step - begin)
                    if pitches[begin] > 0:
                        track.append(
                            mido.Message("note_on", channel=voice, note=pitches[begin], velocity=70, time=wait)
                        )
                        track.append(mido.Message("note_off", channel=voice, note=pitches[begin], time=length))
                    wait, begin = 0 if pitches[begin] > 0 else wait + length, step
            song.tracks.append(track)
        song.save(folder / "chorales" / f"bwv{number + 1:03}.mid")
    return "chorales"


def proteins(folder: Path, fresh: bool) -> str:
    """400 proteins of four families: conserved motifs with changes, between stretches of any amino acids."""
    family, rng = np.random.default_rng(7), np.random.default_rng([7, fresh])
    letters, lines = np.array(list("ACDEFGHIKLMNPQRSTVWY")), []
    motifs = [[family.choice(letters, family.integers(8, 15)) for _ in range(4)] for _ in range(4)]
    share = family.dirichlet(np.full(20, 8.0))
    for number in range(400):
        parts = []
        for motif in motifs[number % 4]:
            changed = np.where(rng.random(len(motif)) < 0.12, rng.choice(letters, len(motif)), motif)
            parts += [*rng.choice(letters, rng.integers(4, 15), p=share), *changed]
        text = "".join(["M", *parts])
        lines += [
            f">sp|P{number + 1000 * fresh:05}|FAM{number % 4 + 1} made",
            *(text[k : k + 60] for k in range(0, len(text), 60)),
        ]
    (folder / "proteins.fasta").write_text("\n".join(lines) + "\n")
    return "proteins.fasta"


def patients(folder: Path, fresh: bool) -> str:
    """A panel of 150 patients with four to eight visits each: what a person is stays, what is measured drifts."""
    rng, rows = np.random.default_rng([8, fresh]), []
    for patient in range(150):
        sex, born = rng.choice(["F", "M"]), int(rng.integers(1935, 2000))
        day, weight = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(rng.integers(0, 200))), rng.normal(78, 14)
        pressure, sugar, arm = rng.normal(132, 12), rng.normal(6.5, 0.9), rng.choice(["placebo", "drug"])
        for visit in range(1, int(rng.integers(4, 9)) + 1):
            high = pressure + rng.normal(0, 6) - (2.5 * visit if arm == "drug" else 0)
            row = {
                "patient": f"P{patient:03}",
                "visit": visit,
                "date": day.date(),
                "sex": sex,
                "born": born,
                "arm": arm,
            }
            row |= {"weight_kg": round(weight + rng.normal(0, 1), 1), "systolic": round(high)}
            row |= {"diastolic": round(0.55 * high + rng.normal(8, 4)), "hba1c": round(sugar + rng.normal(0, 0.2), 1)}
            row |= {"smoker": rng.choice(["yes", "no"], p=[0.2, 0.8]) if rng.random() > 0.1 else ""}
            rows.append(row)
            day, sugar = day + pd.Timedelta(days=int(rng.integers(20, 45))), sugar - (0.1 if arm == "drug" else 0)
    pd.DataFrame(rows).to_csv(folder / "visits.csv", index=False)
    return "visits.csv"


FILES = {
    "orders": PersonsFile(orders, ".csv"),
    "survey": PersonsFile(survey, ".csv"),
    "photos": PersonsFile(photos),
    "strokes": PersonsFile(strokes),
    "clips": PersonsFile(clips),
    "links": PersonsFile(links, options={"task": "links"}),
    "book": PersonsFile(book, ".txt", {"windows": 128}),
    "tunes": PersonsFile(tunes),
    "proteins": PersonsFile(proteins, ".fasta"),
    "patients": PersonsFile(patients, ".csv", {"group": "patient"}),
}
