"""Items that a model changes: `genwright edit`."""

from math import isfinite
from pathlib import Path
from typing import TypedDict

from ..core.errors import GivenError
from ..core.safe_text import visible
from .arguments import about, open_model, place, read_for
from .options import option_of


class AskOptions(TypedDict, total=False):
    """How an instruction is followed, the keywords of `Model.edit`.

    Args:
        guidance: Weight of the instruction of --ask (2).
        image_guidance: Weight of the image, with --ask: more keeps more of it (1).
        seed (NUMBER): Seed of the images that --ask draws (0).
    """

    guidance: float
    image_guidance: float
    seed: int


def edit(
    run: Path,
    data: str,
    *,
    having: str | None = None,
    lacking: str | None = None,
    source: str | None = None,
    target: str | None = None,
    ask: str | None = None,
    strength: float = 1.0,
    following: AskOptions,
    out: Path | None = None,
    device: str = "auto",
) -> None:
    """Change items by an attribute, or images by words.

    Latents move from the mean of --without towards the mean of --with, or from --source towards --target. A model that
    learned edits draws each image anew as --ask says.

    Example: genwright edit runs/faces me.png --with faces/smiling --without faces/serious --out smiling.png

    Captions: genwright edit runs/unclip star.png --source "a red star" --target "a blue star"

    An instruction: genwright edit runs/edits star.png --ask "make it blue" --out blue.png

    Args:
        data (DATA): Items to edit. A name (digits), a folder, or a file: .csv, .npz, .txt, .smi, .wav (docs/data.md).
        having (--with, DATA): Items that have the attribute.
        lacking (--without, DATA): Similar items without the attribute.
        source (TEXT): Caption of what the images show (models such as unclip).
        target (TEXT): Caption of what the images should show.
        ask (TEXT): Instruction, such as "make it blue" (words-and-images, trained on images with those before).
        strength: Size of the step: 1 is the whole difference, below 0 goes the other way. Not of --ask.
        out: Output file, as for sample. Default: a new edited.png or the like.
    """
    from ..studies.attributes import attribute_vector, edited

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
        raise GivenError(f"{option_of(AskOptions, next(iter(following)))} is of edits by an instruction: add --ask")
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
