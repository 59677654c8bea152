"""A kind of data of a test's own, and an option of it: what a package of somebody else's would bring."""

import genwright
from genwright.contract.kinds import Lines
from genwright.core.account import Account
from genwright.core.data import Data
from genwright.kinds.domain import Drawn
from genwright.kinds.formats.raw import Raw, Read
from genwright.kinds.formats.source import Source
from genwright.kinds.kind import Format, Kind, Option
from genwright.kinds.known_kinds import read_of_kind, register_kind
from genwright.kinds.sequences.domain import Sequences, line_keys
from genwright.kinds.splits import SPLIT_NAMES, content_digest, split
from genwright.zoo import registry
from genwright.zoo.autoregressive import LINES, build

OPTIONS = ("guidance", "against", "temperature", "top_k", "top_p")
DIRECTION = Option("direction", str, "Read strands forward or backward.", "Strands", metavar="forward|backward")


class Strands(Sequences):
    kind = "strands"


class Made(list):
    """Strands in memory."""


def _looks(source: Source) -> bool:
    return source.ends(".strands") or isinstance(source.given, Made)


def _read(source: Source) -> Raw:
    lines = source.given if source.path is None else source.path.read_text().split()
    return Raw("strands", "strands", list(lines), account=Account())


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    step = -1 if options.get("direction") == "backward" else 1
    strands = Drawn([strand[::step] for strand in raw.items])
    keys = line_keys(strands)
    parts = split(keys, None, raw.parts, seed)
    items = {part: strands[parts == part] for part in SPLIT_NAMES}
    digest = content_digest(keys, None, parts)
    return Data(raw.name, Strands.fit(list(strands)), items, digest, text, options=options)


def read_items(source: Source, domain: Strands) -> Read:
    raw = read_of_kind(source, domain.kind)
    return Read(Drawn(raw.items), None, raw.item_places, raw.account)


class Look(Lines):
    """How the contract looks at strands."""

    def data(self) -> Data:
        return genwright.load_data(made(600))


def made(n: int) -> Made:
    """A G after each C, and else what follows from the number of the strand."""
    return Made("".join("ACGT"[(k // 4**place) % 4] for place in range(5)).replace("C", "CG") for k in range(n))


def register() -> None:
    register_kind(
        Kind(
            "strands",
            "strands of DNA",
            __name__,
            options=(DIRECTION,),
            formats=(Format(_looks, _read, "strands"),),
            schema={"$ref": "#/$defs/sequences", "properties": {"domain": {"const": "strands"}}},
            small_data=f"{__name__}:Look",
        )
    )
    suite = "genwright.measure.suites.sequences:Suite"
    registry.register_task("strands", registry.GENERATE, registry.Task(f"{__name__}:Strands", suite))
    presets = {"tiny": LINES["tiny"]}
    genwright.register("strands", "letters", build, presets, registry.LOSSLESS, "exact", sample_options=OPTIONS)
