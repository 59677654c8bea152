"""Strategies of damaged files: for each kind of file a function of its whole bytes.

Most kinds are parts within a frame (chunks, pages, members of an archive, lines of cells). One part is damaged, left
out, repeated or exchanged, and the frame is written anew with true lengths and checksums, so that readers get beyond
them. `splice` damages bytes, the frame's too.
"""

import gzip
import io
import json
import os
import re
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import tomli_w
from hypothesis import strategies as st
from safetensors.torch import load as load_tensors

Damage = Callable[[bytes], st.SearchStrategy[bytes]]
Parts = list[tuple[bytes, bytes]]  # name and content
LIMITS = (0, 1, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
# fmt: off
VALUES = (
    None, True, False, "", "x", "\x1b[31m", "é" * 9, "x" * 10_000, "1", -1, 0, 1, 2, 7, 1000, 100_000, 10**6, 2**31,
    2**53 + 1, 2**64, 10**300, -(10**30), 0.5, -0.0, 1e-320, 1e15, 1e308, float("nan"), float("inf"), [], {}, [[]],
    {"": None}, [0], ["x", 1], {"x": [1, {}]},
)
CELLS = (
    "", " ", "NA", "nan", "inf", "-inf", "1e309", "-0", "0x10", "1" * 30, "9" * 400, "1,5", '"', "'", "=1+1",
    "\x1b[31m", "\x00", "\r", "é", "\u202e", "True", "2020-02-30", "0000-00-00", "9999-12-31 23:59:59", "1_000", "٣",
    "x" * 200_000,
)
SHAPES = (
    "()", "(0,)", "(-1,)", f"({10**18},)", "(1e3,)", f"({2**40}, 0)", "(" * 300 + ")" * 300, str((1,) * 40),
)
TYPES = ("<f8", "|u1", ">i4", "|O", "V99999999", "<U0", "<M8[ns]", "(9,9)<f8", "<c16", "x")
EVENTS = [  # of MIDI, each behind a time of 0
    b"\0\xff\x2f\0", b"\0\xff\x51\3\0\0\0", b"\0\xff\x51\1\0", b"\0\xff\x58\4\0\0\0\0", b"\0\xff\x59\2\x7f\x7f",
    b"\0\xff\1\xff\xff\xff\x7f", b"\0\xf0\3\1\2\3", b"\0\xf7\1\xf8", b"\0\xfe", b"\0\x99\x24\x40",
    b"\xff\xff\xff\x7f\x90\x3c\x40", b"\0\x90\x3c\x40" * 200, b"\0\xe0\x7f\x7f", b"\0\x90\xff\xff", b"\x3c",
]
MARKUP = (
    '<!DOCTYPE g [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>', "&b;", "<graph>" * 2_000, "<node/>", "<!-- -- -->",
    '<hyperedge><endpoint node="0"/></hyperedge>', '<data key="k"><![CDATA[ ]]></data>',
    '<?xml version="1.0" encoding="utf-16"?>',
)
# fmt: on
BOMB = zlib.compress(bytes(2_000_000))
CHUNKS = [(b"zTXt", b"x\0\0" + BOMB), (b"iTXt", b"x\0\1\0\0\0" + BOMB), (b"iCCP", b"x\0\0" + BOMB)] + [
    (name, content)
    for name in (b"eXIf", b"acTL", b"tRNS", b"PLTE", b"gAMA")
    for content in (b"", b"II*\0" + b"\xff" * 9)
]
MEMBERS = [(name, b"") for name in (b"../x.npy", b"/x.npy", b"x", b"x" * 300 + b".npy")]


def examples(strategy: st.SearchStrategy, seed: str, count: int) -> list:
    """So many examples, the same ones for ever; the simplest one, with which each seed begins, is left out."""
    found: list = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count + 1,
        phases=[hypothesis.Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def note(example):
        found.append(example)

    note()
    return found[1:]


PLACES = (b"\0pipe", b"\0zero", b"\0folder", b"\0nowhere", b"\0itself")  # instead of a file; see `put_in_place`


def put_in_place(path: Path, content: bytes) -> None:
    """Write a damaged file, or put a pipe, a folder, or a link to a device, to nothing or to itself in its place."""
    if content not in PLACES:
        path.write_bytes(content)
        return
    path.unlink()
    links = {b"\0zero": "/dev/zero", b"\0nowhere": "nowhere", b"\0itself": path.name}
    if content == b"\0pipe":
        os.mkfifo(path)
    elif content == b"\0folder":
        path.mkdir()
    else:
        path.symlink_to(links[content])


@st.composite
def splice(draw, data: bytes, tokens: list[bytes] = []) -> bytes:
    """A span cut out, repeated, moved, flipped or overwritten, more often than not in the head; tokens: to insert."""
    edge = draw(st.sampled_from((16, 128, len(data))))
    at = draw(st.integers(0, min(edge, len(data))))
    at = draw(st.sampled_from((at, at, len(data) - at)))
    size = draw(st.sampled_from((1, 1, 2, 4, 8, 64, 4096, len(data))))
    old, rest = data[at : at + size], data[at + size :]
    change = draw(
        st.sampled_from(("flip", "flip", "number", "number", "cut", "repeat", "fill", "insert", "move", "all"))
    )
    if tokens and draw(st.integers(0, 2)):
        token = draw(st.sampled_from(tokens))
        return data[:at] + token + data[at + draw(st.sampled_from((0, len(token)))) :]
    if change == "flip":
        return data[:at] + bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in old[:2]) + old[2:] + rest
    if change == "number":  # a length, a count, an offset
        number = draw(st.sampled_from(LIMITS)) % 256 ** len(old[:8])
        return data[:at] + number.to_bytes(len(old[:8]), draw(st.sampled_from(("little", "big")))) + old[8:] + rest
    if change == "cut":
        return data[:at] + rest
    if change == "repeat":
        return data[:at] + old * draw(st.sampled_from((2, 3, 100))) + rest
    if change == "fill":
        return data[:at] + draw(st.sampled_from((b"\0", b"\xff", b"A"))) * len(old) + rest
    if change == "insert":
        return data[:at] + draw(st.binary(min_size=1, max_size=64)) + draw(st.sampled_from((old, b""))) + rest
    if change == "move":
        place = draw(st.integers(0, len(rest)))
        return data[:at] + rest[:place] + old + rest[place:]
    return draw(st.sampled_from((b"", b"\n", data + data, bytes(len(data)), old)))


@st.composite
def shuffle(draw, parts: Parts, inner: Damage, others: Parts = []) -> Parts:
    """One part damaged, twice or a thousand times there, exchanged with another, left out; or one of `others` added."""
    parts = list(parts)
    k, other = (draw(st.sampled_from(sorted({0, len(parts) - 1, draw(st.integers(0, len(parts) - 1))}))) for _ in "ab")
    change = draw(st.sampled_from(("damage",) * 5 + ("repeat", "exchange", "remove", "rename", "add")))
    if change == "damage":
        parts[k] = parts[k][0], draw(inner(parts[k][1]))
    elif change == "repeat":
        parts[k:k] = [parts[k]] * draw(st.sampled_from((1, 2, 300)))
    elif change == "exchange":
        parts[k], parts[other] = parts[other], parts[k]
    elif change == "remove":
        del parts[k]
    elif change == "rename":
        name = draw(st.sampled_from([name for name, _ in [*others, *parts]]))
        parts[k] = name, parts[k][1]
    else:
        parts.insert(k, draw(st.sampled_from(others or parts)))
    return parts


def framed(
    split: Callable[[bytes], Parts], join: Callable[[Parts], bytes], inner: Damage, others: Parts = []
) -> Damage:
    return lambda data: shuffle(split(data), inner, others).map(join)


def any_of(*kinds: Damage) -> Damage:
    """One of them; the first is drawn four times as often as each other one."""
    return lambda data: st.sampled_from([*kinds[:1] * 4, *kinds[1:]]).flatmap(lambda kind: kind(data))


# ---------------------------------------------------------------------- text and tables


def cells(line: bytes) -> st.SearchStrategy[bytes]:
    """A line in which one cell is another, or left out, or there twice."""
    separator = max((b",", b";", b"\t", b" "), key=line.count)
    values = st.sampled_from(CELLS).map(str.encode)
    parts = [(b"", cell) for cell in line.split(separator)]
    return shuffle(parts, lambda _: values).map(lambda parts: separator.join(cell for _, cell in parts))


@st.composite
def columns(draw, data: bytes) -> bytes:
    """The same value in a column of every row, the first perhaps too."""
    lines, value = data.split(b"\n"), draw(st.sampled_from(CELLS[:-1])).encode()
    at = draw(st.integers(0, lines[0].count(b",")))
    for i in range(draw(st.integers(0, 1)), len(lines)):
        row = lines[i].split(b",")
        lines[i] = b",".join([*row[:at], value, *row[at + 1 :]] if at < len(row) else row)
    return b"\n".join(lines)


@st.composite
def written_otherwise(draw, data: bytes) -> bytes:
    """Another encoding, other ends of lines, or a first line far too long."""
    encodings = st.sampled_from(("utf-16", "utf-16-le", "utf-32", "latin-1", "cp500", "utf-8-sig", "utf-7"))
    ends = st.sampled_from((b"\r", b"\r\n", b"\n\n", b"\0", b"\x0c", b"\x85", b""))
    return draw(
        st.one_of(
            encodings.map(lambda encoding: data.decode("utf-8", "replace").encode(encoding, "replace")),
            ends.map(lambda end: data.replace(b"\n", end)),
            st.sampled_from((2, 100, 5000)).map(lambda n: b",".join(data.split(b"\n")[:1] * n) + b"\n" + data),
        )
    )


lines = framed(
    lambda data: [(b"", line) for line in data.split(b"\n")], lambda parts: b"\n".join(line for _, line in parts), cells
)
text = any_of(lines, columns, written_otherwise, splice, splice, splice, splice)


@st.composite
def xml(draw, data: bytes) -> bytes:
    """Another value of an attribute, an element twice, left out or renamed, or markup in between."""
    text = data.decode("utf-8", "replace")
    pattern = draw(st.sampled_from((r'"[^"]*"', r"<[^>]*>", r"\w+(?==)")))
    spans = [found.span() for found in re.finditer(pattern, text)] or [(0, 0)]
    start, end = draw(st.sampled_from(spans))
    old = text[start:end]
    new = draw(st.sampled_from(("", old * 2, old * 3_000, old.upper(), old + "x", *MARKUP)))
    if old.startswith('"'):
        new = f'"{draw(st.sampled_from((*CELLS, *map(str, LIMITS))))}"'
    return (text[:start] + new + text[end:]).encode("utf-8", "replace")


# ---------------------------------------------------------------------- records


def places(record: Any, above: tuple = ()) -> list[tuple]:
    """Every place in a record, as keys and positions on the way to it."""
    inside = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    return [above] * bool(above) + [place for key, value in inside for place in places(value, (*above, key))]


@st.composite
def edited(draw, record: Any) -> Any:
    """A value left out, repeated, under another key, exchanged for another of the record, or for one at its limit."""
    record = json.loads(json.dumps(record, default=str))
    for _ in range(draw(st.sampled_from((1, 1, 1, 3))) if record else 0):
        *way, last = draw(st.sampled_from(places(record) or [(0,)]))
        at = record
        for key in way:
            at = at[key]
        if not at:
            break
        change = draw(st.sampled_from(("value", "value", "near", "near", "remove", "more", "other")))
        if change == "remove":
            del at[last]
        elif change == "more" and isinstance(at, list):
            at.extend([at[last]] * draw(st.sampled_from((1, 1000))))
        elif change == "more":
            at[draw(st.sampled_from(("", "x", f"{last}s", "__class__")))] = at.pop(last)
        elif change == "other":
            other: Any = record
            for key in draw(st.sampled_from(places(record))):
                other = other[key]
            at[last] = json.loads(json.dumps(other))
        elif change == "near" and type(at[last]) in (int, float):
            old = at[last]
            at[last] = draw(st.sampled_from((-old, old + 1, old * 10, old * 1000, old / 3, str(old))))
        else:
            at[last] = draw(st.sampled_from(VALUES))
    return record


def as_json(data: bytes) -> st.SearchStrategy[bytes]:
    return st.tuples(edited(json.loads(data)), st.sampled_from((None, 1))).map(
        lambda drawn: json.dumps(drawn[0], indent=drawn[1]).encode()
    )


def as_toml(data: bytes) -> st.SearchStrategy[bytes]:
    return edited(tomllib.loads(data.decode())).map(lambda record: tomli_w.dumps(without_none(record)).encode())


def without_none(record: Any) -> Any:
    if isinstance(record, dict):
        return {key: without_none(value) for key, value in record.items() if value is not None}
    return [without_none(value) for value in record if value is not None] if isinstance(record, list) else record


def tensors(data: bytes) -> st.SearchStrategy[bytes]:
    """The record at the head of a safetensors file edited, its length true."""
    size = int.from_bytes(data[:8], "little")
    heads = as_json(data[8 : 8 + size])
    return heads.map(lambda head: len(head).to_bytes(8, "little") + head + data[8 + size :])


@st.composite
def sealed(draw, data: bytes) -> bytes:
    """The record or a tensor of a file that carries a digest of both, and the digest true."""
    from genwright.training.weights import pack

    size = int.from_bytes(data[:8], "little")
    record = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["record"])
    held = load_tensors(data)
    name = draw(st.sampled_from(sorted(held)))
    change = draw(st.sampled_from(("record", "record", "record", "type", "length", "name", "remove", "value")))
    if change == "record":
        record = draw(edited(record))
    elif change == "type":
        held[name] = held[name].double()
    elif change == "length" and "stage" in record:  # a model's own tensors may have any length: training rows, for one
        held[name] = held[name].flatten().repeat(2)[: draw(st.sampled_from((0, 1, None)))]
    elif change == "name":
        held[draw(st.sampled_from((f"{name}x", name.rpartition(".")[2], "")))] = held.pop(name)
    elif change == "remove":
        del held[name]
    else:
        held[name] = held[name].float() * draw(st.sampled_from((float("nan"), float("inf"))))
    return pack(held, record)


# ---------------------------------------------------------------------- frames


def chunks(data: bytes, at: int, head: str, sized: int, after: int = 0, even: bool = False) -> Iterator[tuple]:
    """Name and content of each chunk. head: two fields as `struct` has them, of which `sized` holds the length; after:
    bytes behind the content; even: contents of odd length have a byte more."""
    while at + struct.calcsize(head) <= len(data):
        fields = struct.unpack_from(head, data, at)
        begin, size = at + struct.calcsize(head), fields[sized]
        yield fields[1 - sized], data[begin : begin + size]
        at = begin + size + size % 2 * even + after


def join_wav(parts: Parts) -> bytes:
    body = b"".join(name + struct.pack("<I", len(held)) + held + b"\0" * (len(held) % 2) for name, held in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def join_png(parts: Parts) -> bytes:
    chunk = lambda name, held: struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def join_midi(parts: Parts) -> bytes:
    return b"".join(name + struct.pack(">I", len(held)) + held for name, held in parts)


def split_stream(data: bytes) -> Parts:
    return [(data[:4], b""), *((b"", held) for _, held in chunks(data, 4, "<II", 0))]


def join_stream(parts: Parts) -> bytes:
    pack = lambda held: struct.pack("<II", len(held), zlib.crc32(held)) + held
    return b"".join(name or pack(held) for name, held in parts)


def split_zip(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name.encode(), archive.read(name)) for name in archive.namelist()]


def join_zip(parts: Parts) -> bytes:
    file = io.BytesIO()
    ways = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    way = ways[sum(len(content) for _, content in parts[:1]) % 4]
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts:  # ZipInfo of a name alone has one date for ever
            archive.writestr(zipfile.ZipInfo(name.decode()), content, way)
    return file.getvalue()


def zipped(inner: Damage) -> Damage:
    return any_of(framed(split_zip, join_zip, inner, MEMBERS), splice)


def packed(inner: Damage) -> Damage:
    return any_of(lambda data: inner(gzip.decompress(data)).map(lambda held: gzip.compress(held, 1, mtime=0)), splice)


def crc(data: bytes, bits: int, polynomial: int) -> int:
    """The plain one, which begins with 0 and reflects nothing."""
    register = 0
    for byte in data:
        register ^= byte << (bits - 8)
        for _ in range(8):
            register = (register << 1 ^ polynomial * (register >> (bits - 1))) & ((1 << bits) - 1)
    return register


def split_ogg(data: bytes) -> Parts:
    return [(b"OggS\0", page[1:]) for page in data.split(b"OggS")[1:]]


def join_ogg(parts: Parts) -> bytes:
    pages = (name + held for name, held in parts)
    check = lambda page: crc(page[:22] + bytes(4) + page[26:], 32, 0x04C11DB7).to_bytes(4, "little")
    return b"".join(page[:22] + check(page) + page[26:] for page in pages)


# ---------------------------------------------------------------------- kinds of files


@st.composite
def npy(draw, data: bytes) -> bytes:
    """Another header before the same numbers."""
    end = 10 + int.from_bytes(data[8:10], "little")
    header = data[10:end].decode("latin-1")
    if draw(st.booleans()):
        header = re.sub(r"(?<='shape': )\([^)]*\)", draw(st.sampled_from(SHAPES)), header)
    if draw(st.booleans()):
        header = re.sub(r"(?<='descr': ')[^']*", draw(st.sampled_from(TYPES)), header)
    header = header.replace("False", draw(st.sampled_from(("False", "True", "None", "1"))))
    version = draw(st.sampled_from((b"\1\0", b"\1\0", b"\2\0", b"\3\0", b"\xff\xff")))
    size = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return data[:6] + version + size + header.encode("latin-1") + data[end:]


FRAMES: dict[str, tuple[Callable[[bytes], Parts], Callable[[Parts], bytes]]] = {
    "png": (lambda data: [*chunks(data, 8, ">I4s", 0, after=4)], join_png),
    "wav": (lambda data: [*chunks(data, 12, "<4sI", 1, even=True)], join_wav),
    "midi": (lambda data: [*chunks(data, 0, ">4sI", 1)], join_midi),
    "ogg": (split_ogg, join_ogg),
    "stream": (split_stream, join_stream),
}
wav = any_of(framed(*FRAMES["wav"], splice), splice)
KINDS: dict[str, Damage] = {
    "bytes": splice,
    "text": text,
    "text.gz": packed(text),
    "json": any_of(as_json, text, lambda data: splice(data, [b"[" * 100_000])),
    "toml": any_of(as_toml, text),
    "xml": any_of(xml, splice),
    "xlsx": zipped(any_of(xml, text)),
    "npy": any_of(npy, splice),
    "npz": zipped(any_of(npy, splice)),
    "idx": splice,
    "idx.gz": packed(splice),
    "png": any_of(framed(*FRAMES["png"], splice, CHUNKS), splice),
    "safetensors": any_of(sealed, tensors, tensors, splice, splice, splice),
    "wav": wav,
    "wav.zip": zipped(wav),
    "midi": any_of(framed(*FRAMES["midi"], lambda held: splice(held, EVENTS)), splice),
    "ogg": any_of(framed(*FRAMES["ogg"], splice), splice),
    "flac": splice,  # whose header has no checksum
    "stream": any_of(framed(*FRAMES["stream"], splice), splice),
}
