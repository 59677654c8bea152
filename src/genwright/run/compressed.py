"""Lossless compression: the more probable an item is under the model, the fewer bytes it takes.

    "\x89GWC" | frame of the header | a frame a segment        a frame: length, checksum, body
    header: format, how many items, a digest of the weights, what the numbers were computed with
    segment: words that began the stack, how many of them still lie there, bytes beside it, a digest of its items
         | what is given, and what is left out, of items and of what they carry | the other words

A segment is a stack of bits (`core.entropy_coder`) on which blocks of items were pushed one after another. The decoder
repeats the computations of the encoder, with the same blocks and threads. Weights, libraries and CPU must therefore be
the same: the header names them, and the decoder refuses others. Checksums detect a damaged stream before it is decoded.
The digest of the items detects a decoder whose floats differed.

Bits-back coding pops bits before any are pushed, so a stack starts with as few random words as suffice. Words that were
never reached are not stored.

Values that a model cannot reproduce (names, other columns, a caption of many words) are stored unchanged: JSON of the
index of the first item and {name: values}.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from importlib.metadata import version

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.device import deterministic, threads
from ..core.draws import Draws
from ..core.entropy_coder import WORDS, OutOfBits, Stack
from ..core.errors import DataError, Unsupported, damage
from ..core.family import Code
from ..core.patience import with_progress
from ..core.type_names import UserItems, Values
from ..training.weights import digest, state_of
from .blocks import blocks
from .trained_model import TrainedModel

MAGIC, FORMAT = b"\x89GWC", 3
SEGMENT = 4096  # items
MOST_BYTES_LEFT = 1 << 28  # bytes of what is given and left out, of a segment
LEAST_WORDS = 3  # words that a stack keeps below those that are drawn back
FRAME, HEADER, RECORD = struct.Struct("<II"), struct.Struct("<BI8s"), struct.Struct("<HHI4s")
LENGTH = struct.Struct("<I")  # length of what is left out of items
Left = tuple[bytes, bytes]  # parts left out of items, and of what they carry


def compress(model: TrainedModel, items: UserItems, given: dict | None, progress: bool) -> Iterator[bytes]:
    """Yields the stream of `Model.compress`, in parts.

    Args:
        model: a Model.
        items: Items in the user's form.
        given: Conditions by name.
        progress: Whether to show a progress bar.
    """
    _require_mass(model)
    items, _ = model.domain.parted(items if given is None else model.domain.bare(items))
    x, carried = model.domain.encode(model.domain.filled_up(items))
    table = carried if given is None else model.domain.encode_given(given, len(x))
    yield MAGIC + _framed(_header(model, len(x)))
    starts = range(0, len(x), SEGMENT)
    cut = lambda part_items: (part_items[start : start + SEGMENT] for start in starts)
    backs = model.domain.decode_blocks(zip(cut(x), cut(carried)), None)
    parts = list(zip(starts, cut(x), cut(table), cut(items)))
    with _computing(model):
        code = model.family.code()
    for (start, *part, own_conditions), restored in zip(
        with_progress(parts, "compressing") if progress else parts, backs
    ):
        residue = model.domain.encode_residue(own_conditions, restored, start)
        yield _framed(_segment(model, code, *part, (residue, residual_conditions(own_conditions, restored, start))))


def decompress(model: TrainedModel, stream: bytes, progress: bool) -> Iterator[tuple[Tensor, Tensor, Left]]:
    """Decompresses a stream segment by segment: yields x, given, and the residue of the items. Raises DataError for a
    stream that is damaged, or another model's.

    Args:
        model: Model that compressed the stream.
        stream: The compressed bytes.
        progress: Whether to show a progress bar.
    """
    _require_mass(model)
    items, at = _read_header(model, stream)
    with _computing(model):
        code = model.family.code()
    starts = range(0, items, SEGMENT)
    for start in with_progress(starts, "decompressing") if progress else starts:
        body, at = _unframed(stream, at)
        yield _read_segment(model, code, body, min(SEGMENT, items - start))
    if at != len(stream):
        raise DataError(f"the stream goes on for {len(stream) - at:,} bytes after its end: it is damaged")


def restore_items(model: TrainedModel, items: UserItems, left: list[Left], first: int) -> UserItems:
    """Returns items with what was left out of them.

    Args:
        model: The trained model.
        items: Items in the user's form.
        first: how many items stand before these.
    """
    residues, carried = map(list, zip(*left))
    return model.domain.add_residue(restore_conditions(items, carried, first), residues, first)


def _header(model: TrainedModel, items: int) -> bytes:
    weights = bytes.fromhex(digest(state_of(model.family), ""))[:8]
    return HEADER.pack(FORMAT, items, weights) + " ".join(_computed_with(model).values()).encode()


def _computed_with(model: TrainedModel) -> dict[str, str]:
    """{name: value} of what determines the last bits of a number, apart from the weights."""
    return {
        "torch": torch.__version__,
        "constriction": version("constriction"),
        "processor": torch.backends.cpu.get_cpu_capability().replace(" ", "-"),
        "threads": str(model._threads()),
    }


# ---------------------------------------------------------------------- segments


def _segment(model: TrainedModel, code: Code, x: Tensor, table: Tensor, left: Left) -> bytes:
    words, start_token = None, 0
    while words is None:
        stack = Stack(_random_words(start_token), LEAST_WORDS)
        try:
            with _computing(model):
                for start, end in blocks(len(x), code.sizes or model.sizes):
                    code.compress(x[start:end], table[start:end], stack)
            words = stack.words
        except OutOfBits:
            start_token = max(LEAST_WORDS + 1, start_token + start_token // 2)
    table_bytes = table.float().numpy().astype("<f4").tobytes()
    table_bytes += LENGTH.pack(len(left[0])) + b"".join(left) if any(left) else b""
    table_bytes = zlib.compress(table_bytes, 9) if table_bytes else b""
    first = _random_words(start_token)[: len(words)]
    untouched = int((words[: len(first)] == first).cumprod().sum())
    return (
        RECORD.pack(start_token, untouched, len(table_bytes), _digest(x))
        + table_bytes
        + words[untouched:].astype(WORDS).tobytes()
    )


def _read_segment(model: TrainedModel, code: Code, body: bytes, count: int) -> tuple[Tensor, Tensor, Left]:
    table, left, words, start_token, expected = _split_segment(body, count, model.family.given.width)
    stack, parts = Stack(words), []
    with _computing(model):
        for start, end in reversed(list(blocks(count, code.sizes or model.sizes))):
            parts.append(code.decompress(table[start:end], stack))
    x = torch.cat(parts[::-1])
    if _digest(x) != expected or not np.array_equal(stack.words, _random_words(start_token)):
        raise DataError(
            "the items read are not those written. Either the stream is damaged, or this machine computes other last "
            "bits than the one that wrote it: read it there"
        )
    if not left:
        return x, table, (b"", b"")
    with damage("the stream", "copy it again"):
        end = LENGTH.size + LENGTH.unpack_from(left)[0]
    return x, table, (left[LENGTH.size : end], left[end:])


def _split_segment(body: bytes, count: int, columns: int) -> tuple[Tensor, bytes, np.ndarray, int, bytes]:
    """Split a segment into conditions (count, columns), bytes left out, words of the stack, the number of words that
    began it, and the items' digest. Raises DataError where they do not fit together."""
    try:
        start_token, untouched, length, expected = RECORD.unpack_from(body)
        at = RECORD.size + length
        raw = zlib.decompressobj().decompress(body[RECORD.size : at], MOST_BYTES_LEFT) if length else b""
        given = 4 * count * columns
        table = np.frombuffer(raw[:given], "<f4").reshape(count, columns).astype(np.float32)
        words = np.concatenate([_random_words(untouched), np.frombuffer(body[at:], WORDS)])
        return torch.from_numpy(table), raw[given:], words, start_token, expected
    except (struct.error, zlib.error, ValueError) as error:
        raise DataError(f"the stream is damaged ({error}): copy it again") from error


@contextmanager
def _computing(model: TrainedModel) -> Iterator[None]:
    """Context with as many threads as training found best, in full precision."""
    with torch.no_grad(), threads(model._threads()), deterministic(model.device):
        yield


def _random_words(count: int) -> np.ndarray:
    """The same for every stack, none of them 0."""
    return (1 + Draws("bits to begin with").integers(2**32 - 1, (count,))).numpy().astype(np.uint32)


def _digest(x: Tensor) -> bytes:
    """Digest (4 bytes) of numbers: all NaN count as one value, and so do 0 and -0."""
    return blake2b((x.float() + 0.0).nan_to_num(torch.nan).contiguous().numpy().tobytes(), digest_size=4).digest()


# ---------------------------------------------------------------------- frames and refusals


def _framed(body: bytes) -> bytes:
    return FRAME.pack(len(body), zlib.crc32(body)) + body


def _unframed(stream: bytes, at: int) -> tuple[bytes, int]:
    """The body of the frame at a place, and where the next begins. Raises DataError for one that is cut or damaged."""
    if len(stream) - at < FRAME.size:
        raise DataError("the stream ends too early: it was cut, so copy it again")
    length, check = FRAME.unpack_from(stream, at)
    at += FRAME.size
    body = stream[at : at + length]
    if len(body) < length:
        raise DataError("the stream ends too early: it was cut, so copy it again")
    if zlib.crc32(body) != check:
        raise DataError(f"the stream is damaged within the {length:,} bytes from {at:,} on: copy it again")
    return body, at + length


def _read_header(model: TrainedModel, stream: bytes) -> tuple[int, int]:
    """Number of items, and where the first segment begins. Raises DataError for a stream of another format or
    model, or one that was computed otherwise."""
    if not stream.startswith(MAGIC):
        raise DataError("this is no compressed stream of genwright: it begins with other bytes")
    body, at = _unframed(stream, len(MAGIC))
    with damage("the stream", "copy it again"):
        its_format, items, _ = HEADER.unpack_from(body)
        stored_words = body[HEADER.size :].decode().split(" ")
    if its_format != FORMAT:
        raise DataError(f"the stream has format {its_format}, not {FORMAT}: write it again with `genwright compress`")
    if not items:
        raise DataError("the stream holds no items, which compress never writes: it is damaged, so copy it again")
    ours = _header(model, items)
    if body[: HEADER.size] != ours[: HEADER.size]:
        raise DataError("the stream was written by another model: open the run that wrote it")
    for (name, current), stored in zip(_computed_with(model).items(), stored_words):
        if current != stored:
            raise DataError(
                f"the stream was written with {name} {stored}, and here it is {current}. The last bits may "
                "differ: read it where it was written"
            )
    return items, at


def _require_mass(model: TrainedModel) -> None:
    """Raises Unsupported where an item has no mass, or is not computed on the processor."""
    real = [name for name, leaf in model.spec.leaves if not leaf.discrete]
    if real:
        raise Unsupported(
            f"{', '.join(real)} hold{'s' * (len(real) == 1)} real numbers, of which no bytes say all digits: round "
            "them to so many decimals before training"
        )
    if model.device.type != "cpu":
        raise Unsupported("bytes are written on the processor alone: open the run with device='cpu'")


def residual_conditions(items: UserItems, restored: UserItems, first: int) -> bytes:
    """Conditions that `items` carry and `restored` lacks or has with another value, as bytes; b"" if there are none.

    Args:
        items: As they were.
        restored: As the model gives them back.
        first: Number of the first item.

    Raises DataError for a value that JSON cannot store without a change.
    """
    residues, themselves = {}, list(items) if isinstance(items, list) and isinstance(items[0], str) else None
    for name, values in getattr(items, "given", {}).items():
        if list(values) != themselves and not _equal(values, getattr(restored, "given", {}).get(name)):
            residues[name] = [None if pd.isna(value) else value for value in np.asarray(values).tolist()]
            if residues[name] != json.loads(json.dumps(residues[name], default=str)):
                raise DataError(f"{name!r} of the items would not come back unchanged: a value is no text or number")
    return json.dumps([first, residues]).encode() if residues else b""


def restore_conditions(restored: UserItems, parts: list[bytes], first: int) -> UserItems:
    """Puts stored conditions back beside the items of `restored`. Raises DataError for what is no such JSON.

    Args:
        restored: Items as they were decoded.
        parts: Stored conditions, as bytes of JSON.
        first: Number of the first item in the stream.
    """
    for part in filter(None, parts):
        with damage("what the stream keeps beside items", "copy the stream again"):
            number, residue = json.loads(part)
            for name, values in residue.items():
                column = np.array(restored.given.get(name, np.full(len(restored), None)), object)
                column[number - first : number - first + len(values)] = values
                restored.given[name] = column
    return restored


def _equal(values: Values, other_values: Values | None) -> bool:
    if other_values is None or np.shape(values) != np.shape(other_values):
        return False
    return bool((pd.isna(values) & pd.isna(other_values) | (np.asarray(values) == np.asarray(other_values))).all())
