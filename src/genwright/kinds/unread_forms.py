"""Forms that genwright knows and does not read: what each is, and the command that makes something readable of it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

VOLUME = (
    "volumes, and models learn images: cut slices with python -c \"import nibabel, numpy; v = nibabel.load('{file}')"
    ".get_fdata(); numpy.save('slices.npy', numpy.moveaxis(v, 2, 0).astype('int16'))\" and give slices.npy"
)
SOUND = 'sound as {kind}, which is not read: turn each file into WAV with ffmpeg -i "{file}" "{stem}.wav"'
DOCUMENT = "a document ({kind}), not plain text: turn it into text with {command}"
PICKLE = "a pickle ({kind}), which can run any code and is never opened: {remedy}"
R = "a data file of R: in R, arrow::write_parquet({read}, '{stem}.parquet')"
SAVE = "save arrays with numpy.savez, a table with to_parquet, a graph with networkx.write_graphml"
UNREAD = {  # suffix: sentence after "holds" or "is", and the words of its kind
    **dict.fromkeys((".nii", ".nii.gz", ".mgz", ".mgh"), (VOLUME, {})),
    **{suffix: (SOUND, {"kind": suffix[1:].upper()}) for suffix in (".m4a", ".aac", ".wma", ".amr", ".mp4", ".mka")},
    **dict.fromkeys((".docx", ".doc"), (DOCUMENT, {"kind": "Word", "command": "pandoc {file} -t plain -o {stem}.txt"})),
    ".odt": (DOCUMENT, {"kind": "OpenDocument", "command": "pandoc {file} -t plain -o {stem}.txt"}),
    ".rtf": (DOCUMENT, {"kind": "RTF", "command": "pandoc {file} -t plain -o {stem}.txt"}),
    ".epub": (DOCUMENT, {"kind": "EPUB", "command": "pandoc {file} -t plain -o {stem}.txt"}),
    ".pdf": (DOCUMENT, {"kind": "PDF", "command": "pdftotext {file} {stem}.txt"}),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), (PICKLE, {"kind": "of Python", "remedy": SAVE})),
    **dict.fromkeys((".pt", ".pth", ".ckpt"), (PICKLE, {"kind": "of PyTorch", "remedy": SAVE})),
    ".rds": (R, {"read": "readRDS('{file}')"}),
    ".7z": ("an archive of 7-Zip: unpack it with 7z x {file}, and give what it holds", {}),
    ".rar": ("an archive of RAR: unpack it with unrar x {file}, and give what it holds", {}),
    **dict.fromkeys((".mov", ".avi", ".mkv", ".webm"), ('a video: take images with ffmpeg -i "{file}" %05d.png', {})),
    **dict.fromkeys((".mdb", ".accdb"), ("a database of Access: mdb-export {file} TABLE > {stem}.csv", {})),
    **dict.fromkeys((".rdata", ".rda"), (R, {"read": "get(load('{file}'))"})),
}  # fmt: skip


def why_unread(path: Path, files: Iterable[str] = ()) -> str | None:
    """What a file, or most files of a folder, are, and the remedy; None of those that are not known. files: names of
    the files of a folder."""
    names = [Path(name).name for name in files] or [path.name]
    suffixes = Counter(filter(None, map(_suffix, names)))
    if not suffixes:
        return None
    suffix, count = suffixes.most_common(1)[0]
    file = min(name for name in names if _suffix(name) == suffix)
    sentence, words = UNREAD[suffix]
    places = {"file": file, "stem": file[: -len(suffix)]}
    words = {name: text.format(**places) for name, text in words.items()}
    of = "a file of " * sentence.startswith(("volumes", "sound"))
    begin = f"{path} holds {count:,} {suffix} files: " if files else f"{path} is {of}"
    return begin + sentence.format(**places, **words)


def _suffix(name: str) -> str:
    return next((suffix for suffix in sorted(UNREAD, key=len, reverse=True) if name.lower().endswith(suffix)), "")
