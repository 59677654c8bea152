"""Strands of DNA as a kind of data: lines of letters, which may be read backward."""

from genwright.core.account import Account
from genwright.core.data import Data
from genwright.kinds.domain import Drawn
from genwright.kinds.formats.raw import Raw, Read
from genwright.kinds.formats.source import Source
from genwright.kinds.kind import Format, Kind, Option
from genwright.kinds.known_kinds import read_of_kind
from genwright.kinds.sequences.domain import Sequences, line_keys
from genwright.kinds.splits import SPLIT_NAMES, content_digest, split

NAME = "strands"
DIRECTION = Option("direction", str, "Read strands forward or backward.", "Strands", metavar="forward|backward")


class Strands(Sequences):
    """The domain: that of lines of text, under a name of its own."""

    kind = NAME


def made() -> Raw:
    """Strands of five letters, with a G after each C."""
    letters = ("".join("ACGT"[(k // 4**place) % 4] for place in range(5)) for k in range(400))
    return Raw(NAME, "made-strands", [text.replace("C", "CG") for text in letters], account=Account())


def read(source: Source) -> Raw:
    return Raw(NAME, source.path.stem, source.path.read_text(encoding="utf-8").split(), account=Account())


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Data of what was read, split once."""
    step = -1 if options.get("direction") == "backward" else 1
    strands = Drawn([strand[::step] for strand in raw.items])
    keys = line_keys(strands)
    parts = split(keys, None, raw.parts, seed)
    items = {part: strands[parts == part] for part in SPLIT_NAMES}
    digest = content_digest(keys, None, parts)
    return Data(raw.name, Strands.fit(list(strands)), items, digest, text, options=options)


def read_items(source: Source, domain: Strands) -> Read:
    """Strands for a model."""
    raw = read_of_kind(source, domain.kind)
    return Read(Drawn(raw.items), None, raw.item_places, raw.account)


KIND = Kind(
    NAME,
    "strands of DNA",
    __name__,
    options=(DIRECTION,),
    formats=(Format(lambda source: source.ends(".strands"), read, "strands"),),
    schema={"$ref": "#/$defs/sequences", "properties": {"domain": {"const": NAME}}},
    small_data="genwright_dna.contract:SmallStrands",
)
