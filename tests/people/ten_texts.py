"""Ten texts as phones, editors, databases and web pages leave them."""

import random
import textwrap
from pathlib import Path

from expected import Expected, delimited
from pandas import DataFrame


def chat(folder: Path) -> Expected:
    """A messenger's export: date, comma, time, name, message; most messages have no comma of their own."""
    rng, lines, minute = random.Random(1), [], 0
    for _ in range(600):
        minute += rng.randrange(1, 90)
        day, clock = minute // 1440, minute % 1440
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 9)))
        words += rng.choice(["", "", "", "", ", ok?", " 😂", "!!", ", right, tomorrow"])
        stamp = f"{1 + day % 28:02}/{1 + day // 28:02}/2023, {clock // 60:02}:{clock % 60:02}"
        lines.append(f"{stamp} - {rng.choice(['Anna', 'Ben', 'Mama'])}: {words}")
    source = folder / "chat export.txt"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Expected(source, "sequences", 600, lines=lines)


def poems(folder: Path) -> Expected:
    """Stanzas of four short lines, an empty line between stanzas, a line that comes again."""
    rng, lines, text = random.Random(2), [], ""
    for stanza in range(100):
        four = [" ".join(rng.choice(WORDS) for _ in range(rng.randrange(3, 7))).capitalize() for _ in range(3)]
        four = [line + rng.choice([",", "", ";"]) for line in four] + [
            "And never came again." if stanza % 5 == 0 else " ".join(rng.choice(WORDS) for _ in range(4)) + "."
        ]
        lines += four
        text += "\n".join(four) + "\n\n"
    source = folder / "poems.txt"
    source.write_text(text)
    return Expected(source, "sequences", 400, lines=lines)


def code(folder: Path) -> Expected:
    """Python code: indented lines, some by tabs, empty lines between functions."""
    rng, lines = random.Random(3), []
    for number in range(70):
        tab = "\t" if number % 7 == 0 else "    "
        name, other = rng.choice(WORDS), rng.choice(WORDS)
        lines += [f"def {name}_{number}({other}, size={rng.randrange(9)}):", f'{tab}"""The {name} of {other}."""']
        lines += [f"{tab}if {other} > {rng.randrange(50)}:", f"{tab}{tab}return {other} * size"]
        lines += [f"{tab}return [{name[0]} for {name[0]} in range({other})]", "", ""]
    source = folder / "snippets.txt"
    source.write_text("\n".join(lines))
    return Expected(
        source, "sequences", sum(bool(line) for line in lines), lines=[line for line in lines if line],
        may_ask=("--windows",),
    )  # fmt: skip


def novel(folder: Path) -> Expected:
    """Prose whose lines break after 72 characters, in paragraphs."""
    rng, paragraphs = random.Random(4), []
    for _ in range(120):
        sentences = [
            " ".join(rng.choice(WORDS) for _ in range(rng.randrange(5, 16))).capitalize() + rng.choice(".....?!")
            for _ in range(rng.randrange(2, 8))
        ]
        paragraphs.append(textwrap.fill(" ".join(sentences), 72))
    source = folder / "chapter.txt"
    source.write_text("\n\n".join(paragraphs) + "\n")
    return Expected(source, "sequences", asks={"--windows 128": {"windows": 128}})


def one_line(folder: Path) -> Expected:
    """A whole text in one line of 40,000 characters, without a line end."""
    rng, text = random.Random(5), ""
    while len(text) < 40_000:
        text += " ".join(rng.choice(WORDS) for _ in range(rng.randrange(5, 14))).capitalize() + ". "
    source = folder / "transcript.txt"
    source.write_text(text.strip())
    return Expected(source, "sequences", may_ask=("--windows",))


def places(folder: Path) -> Expected:
    """Names of towns with umlauts, of a Windows editor (CRLF), without an end of the last line."""
    rng, names = random.Random(6), set()
    while len(names) < 420:
        name = rng.choice(["Ober", "Unter", "Groß", "Klein", "Neu", "Bad ", "St. "])
        name += rng.choice(["Mühl", "Kirch", "Schön", "Wald", "Rös", "Brück", "Eich", "Stein", "Hir"]).lower()
        names.add((name + rng.choice(["dorf", "heim", "bach", "feld", "au", "berg", "hausen", "ing", "stätt"])).title())
    lines = sorted(names)
    source = folder / "orte.txt"
    source.write_bytes("\r\n".join(lines).encode())
    return Expected(source, "sequences", 420, lines=lines)


def proteins(folder: Path) -> Expected:
    """FASTA of a database: long names with bars and blanks, sequences wrapped at 60."""
    rng, lines, text = random.Random(7), [], ""
    for number in range(120):
        chain = "M" + "".join(rng.choices("ACDEFGHIKLMNPQRSTVWY", k=rng.randrange(60, 240)))
        lines.append(chain)
        text += f">sp|P{10000 + number}|PRT{number}_HUMAN Protein {number} OS=Homo sapiens OX=9606 PE=1 SV=2\n"
        text += "\n".join(textwrap.wrap(chain, 60)) + "\n"
    source = folder / "uniprot.fasta"
    source.write_text(text)
    return Expected(source, "sequences", 120, lines=lines)


def titles(folder: Path) -> Expected:
    """Titles of products, an empty line after each, with a byte order mark."""
    rng, lines = random.Random(8), []
    while len(lines) < 200:
        line = f"{rng.choice(WORDS).title()} {rng.choice(WORDS)} {rng.choice(['set', 'kit', 'pack'])}"
        line += f" {rng.randrange(2, 40)} {rng.choice(['cm', 'pcs', 'ml'])}"
        if line not in lines:
            lines.append(line)
    source = folder / "titles.txt"
    source.write_text("\n\n".join(lines) + "\n\n", encoding="utf-8-sig")
    return Expected(source, "sequences", 200, lines=lines)


def proverbs(folder: Path) -> Expected:
    """Russian lines in UTF-16, as Windows' editor saves "Unicode"."""
    rng = random.Random(9)
    words = "волк ходит лес зима дом человек слово дело вода камень друг беда утро вечер мудрее не без как".split()
    lines = [" ".join(rng.choice(words) for _ in range(rng.randrange(3, 8))).capitalize() + "." for _ in range(150)]
    source = folder / "proverbs.txt"
    source.write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n").encode("utf-16-le"))
    return Expected(source, "sequences", 150, lines=lines)


def reviews(folder: Path) -> Expected:
    """A CSV whose long texts are what a person wants to model, beside stars."""
    rng, rows = random.Random(10), []
    for _ in range(300):
        stars = rng.choice([1, 2, 3, 4, 5, 5, 4])
        words = [rng.choice(WORDS) for _ in range(rng.randrange(12, 45))]
        opening = "Loved it" if stars > 3 else "Not for me"
        rows.append((f"{opening}, {' '.join(words)}.", str(stars), rng.choice(["yes", "yes", "no"])))
    texts = DataFrame(rows, columns=["review", "stars", "verified"])
    source = folder / "reviews.csv"
    source.write_text(delimited(texts))
    return Expected(
        source,
        "sequences",
        300,
        asks={"--column review": {"column": "review"}},
        may_ask=("--given",),
        lines=list(texts["review"]),
    )


WORDS = """the a river moon light over under house green walked summer letter cold open bread always never window street
small heavy garden remembers music paper north winter quiet between stone bright feather yellow distant harbour train
morning asked carried their silver old again three song without ladder coffee table blue engine market""".split()
FILES = (chat, poems, code, novel, one_line, places, proteins, titles, proverbs, reviews)
