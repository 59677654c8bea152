"""Chorales of Bach in four voices, in the split of Boulanger-Lewandowski et al. 2012, each voice apart (Huang 2017)."""

from ..music.read_piano_rolls import pieces_of
from ..raw import Raw
from .download import File, content

CHORALES = File(
    "jsb-chorales/Jsb16thSeparated.json.gz", "79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7", ()
)


def chorales() -> Raw:
    """Soprano, alto, tenor and bass, a sixteenth a step."""
    pieces, parts = pieces_of(content(CHORALES), "jsb-chorales")
    return Raw("music", "jsb-chorales", pieces, parts=parts)
