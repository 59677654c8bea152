"""Ends of files of GIF and JPEG 2000, which Pillow takes for whole where they are cut: a GIF between two frames, and a
JPEG 2000 between two layers of detail."""

from pathlib import Path
from typing import BinaryIO

from ..folders import Damaged

PADDING = 64  # bytes of zeros that may stand behind the end
GIF_END, CODESTREAM_END = b";", b"\xff\xd9"
JP2 = b"\0\0\0\x0cjP  "


def require_end(raw: BinaryIO, form: str, file: Path) -> None:
    """Raises Damaged for a file that has lost its end. The place in `raw` stays.

    Args:
        raw: the file, open.
        form: its name in Pillow.
        file: its path, for the error.
    """
    check = {"GIF": _has_gif_end, "JPEG2000": _has_jpeg_2000_end}.get(form)
    if check is None:
        return
    here = raw.tell()
    if not check(raw, raw.seek(0, 2)):
        raise Damaged(f"{file} is cut short: repair or remove it")
    raw.seek(here)


def _has_gif_end(raw: BinaryIO, size: int) -> bool:
    raw.seek(max(0, size - PADDING))
    return raw.read(PADDING).rstrip(b"\0").endswith(GIF_END)


def _has_jpeg_2000_end(raw: BinaryIO, size: int) -> bool:
    """Whether all boxes lie in the file, each of 4 bytes of length, 4 of a name, and content; or whether a codestream
    that goes to the end of the file has its mark there. After a length of 1 comes a long one, in 8 bytes; 0 is for a
    box to the end of the file."""
    raw.seek(0)
    if raw.read(len(JP2)) == JP2:
        at = 0
        while at < size:
            raw.seek(at)
            head = raw.read(16)
            length = int.from_bytes(head[:4])
            if length == 0:
                break
            length = int.from_bytes(head[8:]) if length == 1 else length
            if length < 8:
                return False
            at += length
        if at >= size:
            return at == size
    raw.seek(max(0, size - PADDING))
    return raw.read(PADDING).rstrip(b"\0").endswith(CODESTREAM_END)
