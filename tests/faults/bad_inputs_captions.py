"""What people get wrong with captions: images to match with texts, columns of captions, codecs. See `bad_inputs.py`.

`matched` is a run of the task `match` on images of 8 x 8.
"""

from __future__ import annotations

from bad_files import Case, noise, npy, png


def captioned(texts: list[str | None], side: int = 12) -> dict[str, bytes | str]:
    """A folder of images, each with its text beside it."""
    files = {f"pets/{i}.png": png(side, side, i) for i in range(len(texts))}
    return files | {f"pets/{i}.txt": text for i, text in enumerate(texts) if text is not None}


def tabled(head: str, row: str) -> dict[str, bytes | str]:
    files = {f"pets/{i}.png": png(12, 12, i) for i in range(12)}
    lines = [f"{i}.png,{row.format(i=i)}" for i in range(12)]
    return files | {"pets/metadata.csv": "\n".join([f"file_name,{head}", *lines, ""])}


NAMES = [f"a star of {i} points" for i in range(12)]
COLUMNS = tabled("short,long", "star {i},a star of {i} points")
RATED = "fit pets --given caption --family bootstrap --captions"
# fmt: off

MATCH = [
    Case("three images to match", captioned(NAMES[:3]), "fit pets --task match", "pets holds 3 items|at least 10"),
    Case("five captions to match", captioned([*NAMES[:5], *[None] * 15]), "fit pets --task match",
         "captioned images to train on|write captions for at least 8"),
    Case("every caption the same", captioned(["a star"] * 12), "fit pets --task match",
         "every caption of pets is 'a star'|write captions that differ"),
    Case("images without captions to match", captioned([None] * 12), "fit pets --task match",
         "pets has no captions to condition on|write each text into NAME.txt"),
    Case("a family of another task", captioned(NAMES), "fit pets --task match --family vae", "vae|clip"),
    Case("a search by a model of images", captioned(NAMES), "search pictures pets star",
         "pictures holds vae|cannot search"),
    Case("a search in an array of another size", {"x.npy": npy(noise((12, 16, 16)))}, "search matched x.npy star",
         "16 x 16, and training had 8 x 8 x 1|pass a folder of image files"),
    Case("a page of found images that is a picture", captioned(NAMES, 8), "search matched pets star --out found.png",
         "cannot write images to found.png|.html or .csv"),
    Case("misfits without captions", captioned([None] * 12, 8), "misfits matched pets",
         "has no captions|give images with captions that differ"),
    Case("images to name and no texts", captioned([None] * 12, 8), "predict matched pets",
         "has no captions|name the texts to choose among with --among"),
]
RATES = [
    Case("rates that do not sum to 1", COLUMNS, f"{RATED} short=0.05,long=0.9", "sum to 0.95|make them sum to 1"),
    Case("a rate that is a word", COLUMNS, f"{RATED} short=rarely,long=0.9",
         "'rarely' is no rate of 'short'|--captions short=0.05,long=0.95"),
    Case("a rate without a column", COLUMNS, f"{RATED} 0.5", "0.5|--captions short=0.05,long=0.95"),
    Case("rates of a column that is not there", COLUMNS, f"{RATED} brief=0.05,long=0.95",
         "has no column 'brief' of captions|it holds file_name, short, long"),
    Case("rates without a table", captioned(NAMES), f"{RATED} short=0.05,long=0.95",
         "pets has no table of captions|leave captions out"),
    Case("rates of an array", {"x.npy": npy(noise((20, 8, 8)))}, "fit x.npy --captions short=0.05,long=0.95",
         "x.npy is no folder with a table of captions|leave captions out"),
]
CODECS = [
    Case("the codec of a run that has none", {}, "fit digits --family vq-vae --codec pictures",
         "pictures holds a run of vae|no codec to take|vq-vae or dall-e"),
    Case("a codec for a family that takes none", {}, "fit digits --family vae --codec pictures",
         "vae on digits takes no codec of another run|choose vq-vae or dall-e"),
    Case("a codec beside a parent", {}, "fit digits --from pictures --codec pictures", "leave codec out"),
    Case("the codec of nothing", {}, "fit digits --family vq-vae --codec nowhere", "nowhere is not a run", 2),
]
CAPTIONS = [*MATCH, *RATES, *CODECS]
