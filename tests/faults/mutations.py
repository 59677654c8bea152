"""Ways to damage a file, of which each knows a little of what it damages. All are functions (bytes, random) ->
bytes."""

from __future__ import annotations

import decimal
import gzip
import io
import json
import re
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import tomli_w
from safetensors.torch import load as safetensors_load

Mutation = Callable[[bytes, Random], bytes]
EXTREME = (0, 1, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
VALUES = (
    None,
    True,
    False,
    "",
    "x",
    "\x1b[31m",
    "é" * 9,
    "x" * 10_000,
    "1",
    -1,
    0,
    1,
    2,
    7,
    1000,
    100_000,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    10**300,
    -(10**30),
    0.5,
    -0.0,
    1e-320,
    1e15,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    {"": None},
    [0],
    ["x", 1],
    {"x": [1, {}]},
)
CELLS = (
    "",
    " ",
    "NA",
    "nan",
    "inf",
    "-inf",
    "1e309",
    "1e400",
    "-0",
    "0x10",
    "1" * 30,
    "9" * 400,
    "1,5",
    "1;5",
    '"',
    '""',
    "'",
    "=1+1",
    '=HYPERLINK("x")',
    "\x1b[31m",
    "\x00",
    "\r",
    "é",
    "\u202e",
    "x" * 200_000,
    "True",
    "2020-02-30",
    "2020-01-01",
    "0000-00-00",
    "9999-12-31 23:59:59",
    "1_000",
    "٣",
    "𝟛",
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp500", "utf-8-sig", "utf-7")


# ---------------------------------------------------------------------- any bytes


def _span(data: bytes, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(data) + 1)
    return begin, min(len(data), begin + random.choice((1, 2, 4, 8, 64, 512, 4096)))


def cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def flip(data: bytes, random: Random) -> bytes:
    """Some bits, near the beginning more often than not, since headers are there."""
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8)) if data else 0):
        at = random.randrange(min(len(data), random.choice((16, 128, len(data)))))
        data[at] ^= 1 << random.randrange(8)
    return bytes(data)


def overwrite(data: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    fill = random.choice((b"\0", b"\xff", b"A", None))
    return data[:begin] + (random.randbytes(end - begin) if fill is None else fill * (end - begin)) + data[end:]


def remove(data: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[end:]


def repeat(data: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    return data[:end] + data[begin:end] * random.choice((1, 2, 100)) + data[end:]


def insert(data: bytes, random: Random) -> bytes:
    begin, _ = _span(data, random)
    return data[:begin] + random.randbytes(random.choice((1, 4, 64))) + data[begin:]


def exchange(data: bytes, random: Random) -> bytes:
    a, b = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
    return data[:a] + data[b:] + data[a:b]


def length(data: bytes, random: Random) -> bytes:
    """A number where one may stand: a length, a count, an offset."""
    size = random.choice((1, 2, 4, 8))
    at = random.randrange(max(1, min(len(data), random.choice((64, len(data) or 1)))))
    at = at if random.random() < 0.7 else max(0, len(data) - at)
    number = random.choice(EXTREME) % 256**size
    return data[:at] + number.to_bytes(size, random.choice(("little", "big"))) + data[at + size :]


def nothing(data: bytes, random: Random) -> bytes:
    return random.choice((b"", b"\n", data + data, bytes(len(data)), random.randbytes(100)))


BYTES = (cut, flip, flip, overwrite, remove, repeat, insert, exchange, length, length, nothing)


# ---------------------------------------------------------------------- text and tables


def _lines(data: bytes) -> list[str]:
    return data.decode("latin-1").split("\n")


def cell(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    at = random.randrange(len(lines))
    cells = re.split(r"([,;\t ])", lines[at])
    cells[random.randrange(0, len(cells), 2)] = random.choice(CELLS)
    lines[at] = "".join(cells)
    return "\n".join(lines).encode("utf-8", "replace")


def column(data: bytes, random: Random) -> bytes:
    """The same value in a column of every row, the first perhaps too."""
    lines, value = _lines(data), random.choice(CELLS[:-6])
    at = random.randrange(max(1, lines[0].count(",") + 1))
    for i in range(random.randrange(2), len(lines)):
        cells = lines[i].split(",")
        if at < len(cells):
            cells[at] = value
        lines[i] = ",".join(cells)
    return "\n".join(lines).encode("utf-8", "replace")


def line(data: bytes, random: Random) -> bytes:
    lines = _lines(data)
    at = random.randrange(len(lines))
    change = random.randrange(4)
    lines[at : at + 1] = [[], [lines[at]] * 3, [lines[at] + ",1"], [lines[at].replace(",", ";")]][change]
    return "\n".join(lines).encode("latin-1")


def wide(data: bytes, random: Random) -> bytes:
    return b",".join([data.split(b"\n")[0]] * random.choice((2, 100, 5000))) + b"\n" + data


def encoding(data: bytes, random: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(ENCODINGS), "replace")


def ends(data: bytes, random: Random) -> bytes:
    return data.replace(b"\n", random.choice((b"\r", b"\r\n", b"\n\n", b"\0", b"\x0c", b"\x85", b"")))


TEXT = (*BYTES, cell, cell, cell, column, column, line, wide, encoding, ends)


# ---------------------------------------------------------------------- records


def _places(record: Any, above: tuple = ()) -> list[tuple]:
    """Every place in a record, as keys and positions on the way to it."""
    inside = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    return [above] * bool(above) + [place for key, value in inside for place in _places(value, (*above, key))]


def edited(record: Any, random: Random) -> Any:
    for _ in range(random.choice((1, 1, 1, 3))):
        places = _places(record)
        if not places:
            break
        *way, last = random.choice(places)
        at = record
        for key in way:
            at = at[key]
        change = random.randrange(8)
        if change == 0:
            del at[last]
        elif change == 1 and isinstance(at, list):
            at.extend([at[last]] * random.choice((1, 1000)))
        elif change == 2 and isinstance(at, dict):
            at[random.choice(("", "x", f"{last}s", "__class__"))] = at.pop(last)
        elif change == 3:
            at[last] = json.loads(json.dumps(_at(record, random.choice(places))))
        elif type(at[last]) in (int, float) and change < 6:
            at[last] = random.choice(
                (
                    -at[last],
                    at[last] + 1,
                    at[last] * 10,
                    at[last] * 1000,
                    at[last] / 3,
                    int(at[last]),
                    str(at[last]),
                    0,
                    10**6,
                )
            )
        else:
            at[last] = random.choice(VALUES)
    return record


def _at(record: Any, place: tuple) -> Any:
    for key in place:
        record = record[key]
    return record


def as_json(data: bytes, random: Random) -> bytes:
    text = json.dumps(edited(json.loads(data), random), indent=random.choice((None, 1)))
    if random.random() < 0.05:
        return text.replace("[", "[" * random.choice((100, 100_000)), 1).encode()
    return text.encode()


def as_toml(data: bytes, random: Random) -> bytes:
    record = edited(tomllib.loads(data.decode()), random)
    return tomli_w.dumps(_without_none(record)).encode()


def _without_none(record: Any) -> Any:
    if isinstance(record, dict):
        return {str(key): _without_none(value) for key, value in record.items() if value is not None}
    return [_without_none(value) for value in record if value is not None] if isinstance(record, list) else record


JSON, TOML = (as_json,) * 12 + TEXT, (as_toml,) * 12 + TEXT


# ---------------------------------------------------------------------- formats


def npy(data: bytes, random: Random) -> bytes:
    """Another header before the same numbers."""
    shape = random.choice(
        (
            "()",
            "(0,)",
            "(-1,)",
            "(10**18,)",
            "(1e3,)",
            "(20, 8, 8)",
            "(2**40, 0)",
            "(" * 300 + ")" * 300,
            str(tuple([1] * 40)),
        )
    )
    shape = shape.replace("10**18", str(10**18)).replace("2**40", str(2**40))
    kind = random.choice(
        (
            "'<f8'",
            "'|u1'",
            "'>i4'",
            "'|O'",
            "'V99999999'",
            "'<U0'",
            "'<M8[ns]'",
            "[('a', '<f8')]",
            "'(9,9)<f8'",
            "1",
            "'<c16'",
            "'x'",
        )
    )
    end = 10 + int.from_bytes(data[8:10], "little")
    header = data[10:end].decode("latin-1")
    header = re.sub(r"'shape': \([^)]*\)", lambda _: f"'shape': {shape}", header) if random.random() < 0.6 else header
    header = re.sub(r"'descr': '[^']*'", lambda _: f"'descr': {kind}", header) if random.random() < 0.6 else header
    header = header.replace("False", random.choice(("True", "False", "None", "1")))
    version = random.choice((b"\x01\x00", b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\xff\xff"))
    size = struct.pack("<H", min(65535, len(header))) if version[0] == 1 else struct.pack("<I", len(header))
    return data[:6] + version + size + header.encode("latin-1") + data[end:]


def zipped(inner: Mutation) -> Mutation:
    """Members of an archive changed, renamed, swapped or repeated, and the archive's own fields."""

    def change(data: bytes, random: Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(member.filename, archive.read(member)) for member in archive.infolist()]
        at, other = random.randrange(len(members)), random.randrange(len(members))
        name, content = members[at]
        kind = random.randrange(6)
        if kind < 3:
            members[at] = name, inner(content, random)
        elif kind == 3:
            members[at], members[other] = (name, members[other][1]), (members[other][0], content)
        elif kind == 4:
            members[at] = (
                random.choice(("../x.npy", "/x.npy", "x", "é.npy", "x" * 300 + ".npy", members[other][0])),
                content,
            )
        else:
            members = members[:at] + members[at + 1 :] if random.random() < 0.5 else members + [members[at]]
        file = io.BytesIO()
        way = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members:  # ZipInfo of a name alone has one date for ever
                archive.writestr(zipfile.ZipInfo(name), content, way)
        data = file.getvalue()
        if random.random() < 0.2:  # in the directory at the end: a password, another packing, another size
            entry = data.rfind(b"PK\x01\x02")
            field = random.choice((8, 10, 16, 20, 24, 28, 42))
            data = (
                data[: entry + field]
                + random.choice((b"\x01", b"\x63\0", b"\xff\xff\xff\xff", b"\0\0\0\0"))
                + data[entry + field + 4 :]
            )
        return data

    return change


def packed(inner: Mutation) -> Mutation:
    return lambda data, random: gzip.compress(inner(gzip.decompress(data), random), 1, mtime=0)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(data: bytes, random: Random) -> bytes:
    """Chunks with true checksums: a header of other fields, texts that unpack to much, chunks twice or not at all."""
    chunks, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    k, change = random.randrange(len(chunks)), random.randrange(5)
    if change == 0:
        header = bytearray(chunks[0][1])
        field = random.randrange(13)
        header[field] = random.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        chunks[0] = b"IHDR", bytes(header)
    elif change == 1:
        bomb = zlib.compress(bytes(random.choice((10, 2_000_000))))
        texts = {
            b"zTXt": b"x\0\0" + bomb,
            b"iTXt": b"x\0\1\0\0\0" + bomb,
            b"tEXt": b"x" * 99,
            b"eXIf": b"II*\0\xff\xff\xff\xff" + random.randbytes(9),
            b"iCCP": b"x\0\0" + bomb,
            b"acTL": b"\0\0\0\x09\0\0\0\0",
            b"tRNS": b"\0",
            b"PLTE": b"\0\0\0",
            b"gAMA": b"",
            b"pHYs": b"\0",
        }
        chunks.insert(random.randrange(len(chunks) + 1), random.choice(list(texts.items())))
    elif change == 2:
        chunks.insert(k, chunks[random.randrange(len(chunks))])
    elif change == 3:
        del chunks[k]
    else:
        chunks[k] = chunks[k][0], random.choice(BYTES)(chunks[k][1], random)
    return data[:8] + b"".join(chunk(*part) for part in chunks)


def idx(data: bytes, random: Random) -> bytes:
    at = random.randrange(4 + 4 * data[3])
    if at < 4:
        return data[:at] + bytes([random.choice((0, 1, 2, 3, 8, 9, 11, 12, 13, 14, 255))]) + data[at + 1 :]
    at -= at % 4
    return data[:at] + (random.choice(EXTREME) % 2**32).to_bytes(4, "big") + data[at + 4 :]


def pickled(data: bytes, random: Random) -> bytes:
    """Another operation, or another number, where one may stand."""
    at = random.randrange(len(data))
    new = random.choice(
        (
            b"K\xff",
            b"M\xff\xff",
            b"J\xff\xff\xff\x7f",
            b"\x8a\x09" + b"\xff" * 8 + b"\0",
            b"N",
            b"\x88",
            b"]",
            b"}",
            b"(",
            b"t",
            b"e",
            b"u",
            b"R",
            b"b",
            b"h\0",
            b"q\0",
            b"\x86",
            b"0",
            b"2",
            b".",
            b"cos\nsystem\n",
            b"c__builtin__\nlist\n",
            b"\x81",
            b"\x93",
        )
    )
    return data[:at] + new + data[at + (len(new) if random.random() < 0.5 else 0) :]


def tensors(data: bytes, random: Random) -> bytes:
    """The record at the head of a safetensors file edited, its length true."""
    size = int.from_bytes(data[:8], "little")
    head = as_json(data[8 : 8 + size], random)
    return len(head).to_bytes(8, "little") + head + data[8 + size :]


def any_of(mutations: tuple[Mutation, ...]) -> Mutation:
    return lambda data, random: random.choice(mutations)(data, random)


MARKUP = (  # put somewhere into a document
    '<!DOCTYPE g [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
    "&b;",
    "<graph>" * 2_000,
    "<node/>",
    '<hyperedge><endpoint node="0"/></hyperedge>',
    '<data key="k"><![CDATA[ ]]></data>',
    '<?xml version="1.0" encoding="utf-16"?>',
    "<!-- -- -->",
)


def xml(data: bytes, random: Random) -> bytes:
    """Another value of an attribute, an element twice, left out or renamed, or markup in between."""
    text = data.decode("utf-8", "replace")
    spans = [found.span() for found in re.finditer(random.choice((r'"[^"]*"', r"<[^>]*>", r"\w+(?==)")), text)]
    start, end = random.choice(spans)
    found = text[start:end]
    if found[0] == '"':
        found = f'"{random.choice((*CELLS, *map(str, EXTREME)))}"'
    else:
        found = random.choice(("", found * 2, found * 3_000, found.upper(), random.choice(MARKUP), found + "x"))
    return (text[:start] + found + text[end:]).encode("utf-8", "replace")


# ---------------------------------------------------------------------- formats whose lengths and checksums are mended


def riff(data: bytes, random: Random) -> bytes:
    """Chunks of a WAV file changed, doubled or left out, their lengths true, but for one now and then."""
    chunks, at = [], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    k, change = random.randrange(len(chunks)), random.randrange(5)
    name, content = chunks[k]
    if change < 2:  # the first tells of the samples: format, channels, rate, bytes a second, bytes a frame, bits
        field, size = random.choice(((0, 2), (2, 2), (4, 4), (8, 4), (12, 2), (14, 2)))
        number = random.choice((*EXTREME, 3, 6, 7, 8, 24, 32, 64, 44_100, 65_534)) % 256**size
        chunks[0] = chunks[0][0], chunks[0][1][:field] + number.to_bytes(size, "little") + chunks[0][1][field + size :]
    elif change == 2:
        chunks[k] = name, random.choice(BYTES)(content, random)
    elif change == 3:
        chunks.insert(k, random.choice((chunks[random.randrange(len(chunks))], (b"LIST", random.randbytes(9)))))
    else:
        del chunks[k]
    lie = random.choice((None, None, None, *range(len(chunks))))
    lengths = [random.choice(EXTREME) % 2**32 if i == lie else len(held) for i, (_, held) in enumerate(chunks)]
    parts = (
        n + size.to_bytes(4, "little") + held + b"\0" * (len(held) % 2) for size, (n, held) in zip(lengths, chunks)
    )
    body = b"".join(parts)
    return data[:4] + (4 + len(body)).to_bytes(4, "little") + data[8:12] + body


EVENTS = (  # of MIDI, each behind a time of 0
    b"\0\xff\x2f\0",
    b"\0\xff\x51\3\0\0\0",
    b"\0\xff\x51\1\0",
    b"\0\xff\x58\4\0\0\0\0",
    b"\0\xff\x59\2\x7f\x7f",
    b"\0\xff\1\xff\xff\xff\x7f",
    b"\0\xff\1\3\xff\xfe\xfd",
    b"\0\xf0\3\1\2\3",
    b"\0\xf7\1\xf8",
    b"\0\xfe",
    b"\0\x99\x24\x40",
    b"\xff\xff\xff\x7f\x90\x3c\x40",
    b"\0\x90\x3c\x40" * 200,
    b"\0\xe0\x7f\x7f",
    b"\0\x90\xff\xff",
    b"\x3c",
)


def midi(data: bytes, random: Random) -> bytes:
    """The header or a track of a MIDI file changed, events among them, its length true."""
    chunks, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size
    k, change = random.randrange(len(chunks)), random.randrange(5)
    name, content = chunks[k]
    if change == 0:
        field = random.choice((0, 2, 4))
        number = random.choice((*EXTREME, 2, 3, 0xE728)) % 2**16
        chunks[0] = chunks[0][0], chunks[0][1][:field] + number.to_bytes(2, "big") + chunks[0][1][field + 2 :]
    elif change < 3:
        where = random.randrange(len(content) + 1)
        chunks[k] = name, content[:where] + random.choice(EVENTS) + content[where:]
    elif change == 3:
        chunks[k] = name, random.choice(BYTES)(content, random)
    else:
        chunks[k:k] = [chunks[random.randrange(len(chunks))]] * random.choice((1, 300))
    return b"".join(name + len(held).to_bytes(4, "big") + held for name, held in chunks)


def crc(data: bytes, bits: int, polynomial: int) -> int:
    """The plain one, which begins with 0 and reflects nothing."""
    register = 0
    for byte in data:
        register ^= byte << (bits - 8)
        for _ in range(8):
            register = (register << 1) ^ (polynomial if register >> (bits - 1) else 0)
            register &= (1 << bits) - 1
    return register


def ogg(data: bytes, random: Random) -> bytes:
    """A page changed, doubled or left out, its checksum true."""
    pages = [b"OggS" + page for page in data.split(b"OggS")[1:]]
    k, change = random.randrange(len(pages)), random.randrange(4)
    if change < 2:
        page = pages[k][:5] + random.choice(BYTES)(pages[k][5:], random)
        check = crc(page[:22] + bytes(4) + page[26:], 32, 0x04C11DB7)
        pages[k] = page[:22] + check.to_bytes(4, "little") + page[26:]
    elif change == 2:
        pages.insert(random.randrange(len(pages)), pages[k])
    else:
        del pages[k]
    return b"".join(pages)


def flac(data: bytes, random: Random) -> bytes:
    """The header of a FLAC file, or a frame of it, changed, with true checksums."""
    blocks, at, last = [], 4, False
    while not last:
        last, size = data[at] >> 7, int.from_bytes(data[at + 1 : at + 4], "big")
        blocks.append((data[at] & 127, data[at + 4 : at + 4 + size]))
        at += 4 + size
    begins = [
        found.start() for found in re.finditer(b"\xff[\xf8\xf9]", data[at:]) if _is_frame(data[at + found.start() :])
    ]
    ends = [*begins[1:], len(data) - at]
    frames = [data[at + begin : at + end] for begin, end in zip(begins, ends)]
    change = random.randrange(5)
    if change < 2:  # sizes of blocks, of frames; then rate, channels, bits and length in one; a digest
        held = bytearray(blocks[0][1])
        field, size = random.choice(((0, 2), (2, 2), (4, 3), (7, 3), (10, 3), (13, 5), (18, 16)))
        held[field : field + size] = random.choice((bytes(size), b"\xff" * size, random.randbytes(size)))
        blocks[0] = blocks[0][0], bytes(held)
    elif change == 2:
        kind = random.choice((0, 1, 2, 3, 4, 5, 6, 126))
        blocks.insert(random.randrange(len(blocks) + 1), (kind, random.randbytes(random.choice((0, 4, 40, 2000)))))
    else:
        k = random.randrange(len(frames))
        frame = frames[k][:2] + random.choice(BYTES)(frames[k][2:-2], random)
        frames[k] = frame + crc(frame, 16, 0x8005).to_bytes(2, "big")
    heads = (
        bytes([kind | 128 * (i == len(blocks) - 1)]) + len(held).to_bytes(3, "big") + held
        for i, (kind, held) in enumerate(blocks)
    )
    return data[:4] + b"".join((*heads, *frames))


def _is_frame(data: bytes) -> bool:
    """Whether a frame of FLAC begins here, by the checksum of its header, behind 5 to 15 bytes."""
    return any(crc(data[:size], 8, 7) == data[size] for size in range(5, min(16, len(data))))


def stream(data: bytes, random: Random) -> bytes:
    """A frame of a compressed stream changed, doubled or left out, its length and checksum true."""
    frames, at = [], 5
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        frames.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    k, change = random.randrange(len(frames)), random.randrange(6)
    if change < 4:
        frames[k] = random.choice(BYTES)(frames[k], random)
    elif change == 4:
        frames.insert(k, frames[random.randrange(len(frames))])
    else:
        del frames[k]
    pack = lambda held: struct.pack("<II", len(held), zlib.crc32(held)) + held
    return data[:5] + b"".join(map(pack, frames))


def sealed(data: bytes, random: Random) -> bytes:
    """The record or a tensor of a file that carries a digest of both, and the digest true."""
    from genwright.training.files import pack

    size = int.from_bytes(data[:8], "little")
    record = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["record"])
    held = safetensors_load(data)
    name = random.choice(sorted(held))
    change = random.randrange(8)
    if change < 3 and record:
        record = edited(record, random)
    elif change == 3:
        held[name] = held[name].double()
    elif change == 4 and "stage" in record:  # a model's own tensors may have any length: training rows, for one
        held[name] = held[name].flatten().repeat(random.choice((1, 2)))[: random.choice((0, 1, None))]
    elif change == 5:
        held[random.choice((f"{name}x", name.rpartition(".")[2], ""))] = held.pop(name)
    elif change == 6:
        del held[name]
    else:
        held[name] = held[name].float() * float(random.choice(("nan", "inf")))
    return pack(held, record)


def parquet(data: bytes, random: Random) -> bytes:
    """A whole file with columns of other types, or of values at their edges."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    table = pq.read_table(io.BytesIO(data))
    n = len(table)
    columns: dict[str, Any] = {
        "decimal": pa.array([decimal.Decimal("1.10")] * n, pa.decimal128(38, random.choice((2, 30)))),
        "binary": pa.array([random.choice((b"", b"\xff\0", b"x" * 9))] * n),
        "list": pa.array([[1, None], []] * (n // 2) + [None] * (n % 2)),
        "struct": pa.array([{"a": 1}] * n),
        "map": pa.array([[("a", 1)]] * n, pa.map_(pa.string(), pa.int8())),
        "null": pa.nulls(n),
        "time": pa.array([random.choice((0, 2**63 - 1, -(2**63)))] * n, pa.timestamp(random.choice(("s", "ns", "us")))),
        "zone": pa.array(range(n), pa.timestamp("us", tz=random.choice(("UTC", "Europe/Zurich", "+23:59")))),
        "day": pa.array([random.choice((0, 2**31 - 1, -(2**31)))] * n, pa.date32()),
        "clock": pa.array(range(n), pa.time64("us")),
        "duration": pa.array([random.choice((1, 2**62))] * n, pa.duration("s")),
        "unsigned": pa.array([2**64 - 1 - i for i in range(n)], pa.uint64()),
        "half": pa.array([1.5] * n, pa.float16()),
        "float": pa.array([random.choice((float("inf"), float("nan"), 1e308, 1e-320))] * n),
        "flag": pa.array([True, None] * (n // 2) + [False] * (n % 2)),
        "words": pa.array([random.choice(CELLS[:-8])] * n),
        "kinds": pa.array(["a", "b"] * (n // 2) + [None] * (n % 2)).dictionary_encode(),
        "large": pa.array(["x"] * n, pa.large_string()),
    }
    for kind in random.sample(sorted(columns), random.choice((1, 1, 2))):
        name = random.choice((*table.column_names, kind, "", "x" * 1000, "\x1b[31m"))
        at = table.column_names.index(name) if name in table.column_names else table.num_columns
        table = table.remove_column(at) if at < table.num_columns else table
        table = table.add_column(min(at, table.num_columns), name, columns[kind])
    table = table.slice(0, random.choice((n, n, n, 0, 1)))
    file = io.BytesIO()
    pq.write_table(
        table, file, compression=random.choice(("none", "gzip", "zstd")), row_group_size=random.choice((7, n))
    )
    return file.getvalue()


KINDS: dict[str, tuple[Mutation, ...]] = {
    "bytes": BYTES,
    "text": TEXT,
    "json": JSON,
    "xml": (xml,) * 12 + BYTES,
    "toml": TOML,
    "npy": (npy,) * 8 + BYTES,
    "npz": (zipped(any_of((npy, *BYTES))),) * 10 + BYTES,
    "xlsx": (zipped(any_of((*TEXT, cell, *(xml,) * len(TEXT)))),) * 12 + BYTES,
    "parquet": (parquet,) * 8 + BYTES,
    "text.gz": (packed(any_of(TEXT)),) * 10 + BYTES,
    "idx": (idx,) * 5 + BYTES,
    "idx.gz": (packed(any_of((idx, *BYTES))),) * 8 + BYTES,
    "png": (png,) * 10 + BYTES,
    "pickle": (pickled,) * 10 + BYTES,
    "safetensors": (tensors,) * 5 + (sealed,) * 10 + BYTES,
    "wav": (riff,) * 12 + BYTES,
    "wav.zip": (zipped(any_of((*(riff,) * 12, *BYTES))),) * 12 + BYTES,
    "midi": (midi,) * 12 + BYTES,
    "ogg": (ogg,) * 10 + BYTES,
    "flac": (flac,) * 10 + BYTES,
    "stream": (stream,) * 10 + BYTES,
}
