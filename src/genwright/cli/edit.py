"""Items that a model changes: `genwright edit`."""

from math import isfinite
from pathlib import Path
from typing import Annotated

from ..core.errors import GivenError
from ..core.safe_text import visible
from .arguments import about, open_model, place, read_for
from .options import DATA_HELP, Device, Run
from .parser import OPTIONS, Keywords, Shown

EDIT = "run.editing:Editing.edit"
BY_WORDS = Keywords(EDIT, {OPTIONS: "source target strength"}, shown={"source": Shown("TEXT"), "target": Shown("TEXT")})
FOLLOWING = Keywords(EDIT, {OPTIONS: "guidance image_guidance seed"})  # of an instruction alone


def edit(
    run: Run,
    data: Annotated[str, Shown("DATA", help=f"Items to edit. {DATA_HELP}")],
    *,
    having: Annotated[str | None, Shown("DATA", ("--with",))] = None,
    lacking: Annotated[str | None, Shown("DATA", ("--without",))] = None,
    ask: Annotated[str | None, Shown("TEXT")] = None,
    words: Annotated[dict, BY_WORDS],
    following: Annotated[dict, FOLLOWING],
    out: Path | None = None,
    device: Device = "auto",
) -> None:
    """Change items by an attribute, or images by words.

    Latents move from the mean of --without towards the mean of --with, or from --source towards --target. A model that
    learned edits draws each image anew as --ask says.

    Example: genwright edit runs/faces me.png --with faces/smiling --without faces/serious --out smiling.png

    Captions: genwright edit runs/unclip star.png --source "a red star" --target "a blue star"

    An instruction: genwright edit runs/edits star.png --ask "make it blue" --out blue.png

    Args:
        having: Items that have the attribute.
        lacking: Similar items without the attribute.
        ask: Instruction, such as "make it blue" (words-and-images, trained on images with those before).
        out: Output file, as for sample. Default: a new edited.png or the like.
    """
    from ..studies.attributes import attribute_vector, edited

    source, target, strength = words.get("source"), words.get("target"), words.get("strength", 1.0)
    if not isfinite(strength):
        raise GivenError(f"strength must be a finite number, not {strength}: 1 is the whole difference")
    named = [one is not None for one in (having, lacking, source, target, ask)]
    by_items, by_captions, by_instruction = named == [1, 1, 0, 0, 0], named == [0, 0, 1, 1, 0], named == [0, 0, 0, 0, 1]
    if not (by_items or by_captions or by_instruction):
        raise GivenError(
            "an edit needs one of three forms: --with and --without, which are items; --source and --target, which "
            "are captions; or --ask"
        )
    if following and not by_instruction:
        raise GivenError(f"{FOLLOWING.flag(next(iter(following)))} is of edits by an instruction: add --ask")
    model = open_model(run, "decode" if by_items else "edit", device)
    read = read_for(model, data)
    with about(data, read.places):
        if by_items:
            vector = attribute_vector(model, *(read_for(model, listed).items for listed in (having, lacking)))
            changed = edited(model, read.items, vector, strength)
        elif by_instruction:
            changed = model.edit(read.items, ask, **({"seed": 0} | following))
        else:
            changed = model.edit(read.items, source=source, target=target, strength=strength)
    out, over = place(out, f"edited{model.domain.viewed}")
    written = model.domain.write(changed, out, read.names)
    how = f"by {ask!r}" if by_instruction else f"with strength {strength:g}"
    print(visible(f"{len(read.items):,} edited {how}: {written}{over}"))
