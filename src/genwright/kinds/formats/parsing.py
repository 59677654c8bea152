"""The door to other libraries' parsers: whatever they raise becomes one sentence, and only what they raise on a file
that lost bytes is called damage. Anything else is a way of writing that genwright does not read yet, which the sentence
says together with the lines that convert the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from ...core.errors import DataError, GenwrightError, briefly, damage
from .forms import forms_of

OURS = "genwright"
DAMAGE = {  # library: classes that it raises on a file without some of its bytes
    "": "EOFError BadZipFile BadGzipFile LZMAError ZstdError zlib.error struct.error UnicodeDecodeError ParseError "
    "ExpatError JSONDecodeError",
    "Bio": "ValueError AssertionError IndexError StopIteration",
    "PIL": "UnidentifiedImageError SyntaxError ValueError IndexError TypeError OSError",
    "av": "InvalidDataError EOFError",
    "gemmi": "ValueError RuntimeError",
    "gzip": "OSError",
    "h5py": "OSError RuntimeError",
    "lxml": "XMLSyntaxError ParserError",
    "mido": "KeySignatureError ValueError IndexError",
    "music21": "Music21Exception MusicXMLImportException HumdrumException AbcHandlerException",
    "genwright.graphs": "ValueError IndexError",  # our own parsers of texts, on a line that lost its end
    "networkx": "NetworkXError TypeError IndexError ValueError",
    "openpyxl": "InvalidFileException",
    "pandas": "ParserError ValueError",
    "pillow_heif": "ValueError SyntaxError RuntimeError",
    "pyarrow": "ArrowInvalid ArrowException OSError",
    "pydicom": "InvalidDicomError BytesLengthException",
    "pyreadr": "LibrdataError PyreadrError",
    "pyreadstat": "ReadstatError",
    "python_calamine": "CalamineError ZipError XmlError",
    "scipy": "MatReadError ValueError TypeError OverflowError IndexError OSError",
    "soundfile": "LibsndfileError SoundFileError SoundFileRuntimeError",
    "wave": "Error RuntimeError",
    "zstandard": "ZstdError",
}


@contextmanager
def parsing(path: object, remedy: str = "write it again", kind: type[GenwrightError] = DataError) -> Iterator[None]:
    """Within, another library parses a file. What it raises becomes a sentence: of damage where `DAMAGE` has its class,
    else that the file is written in a way that genwright does not read yet.

    Args:
        path: of the file, or a text that names it.
        remedy: what a person can do about damage.
        kind: class of the error.
    """
    with damage(path, remedy, kind):
        try:
            yield
        except (GenwrightError, MemoryError, OSError) as error:
            if isinstance(error, OSError) and not error.strerror and not is_damage(error):
                raise kind(say_unread(path, error)) from error
            raise
        except Exception as error:
            if is_damage(error):
                raise
            raise kind(say_unread(path, error)) from error


def is_damage(error: BaseException) -> bool:
    """Whether an error is of a class that its library raises on a file that lost bytes."""
    library, classes = library_of(error), {f"{one.__module__}.{one.__name__}" for one in type(error).__mro__}
    named = {*DAMAGE[""].split(), *DAMAGE.get(library, "").split()}
    return any(name in named or name.rpartition(".")[2] in named for name in classes)


def library_of(error: BaseException) -> str:
    """The package that raised an error: that of its class, or else the one that our innermost frame called; our own one
    where it called none."""
    if (own := _root(type(error).__module__)) not in ("builtins", OURS):
        return own
    library, ours, frame = "", "", error.__traceback__
    while isinstance(frame, TracebackType):
        module = frame.tb_frame.f_globals.get("__name__") or ""
        is_ours = _root(module) == OURS
        library, ours = ("", module) if is_ours else (library or _root(module), ours)
        frame = frame.tb_next
    return library or ".".join(ours.split(".")[:2])


def _root(module: str) -> str:
    return module.partition(".")[0]


def say_unread(path: object, error: BaseException) -> str:
    """The sentence about a file that is whole and not understood, with what converts it."""
    name = str(path).strip("'")
    forms = forms_of(Path(name).name)
    lines = forms[0].converted(name) if forms else ""
    remedy = f"convert it with {lines}" if lines else "save it in another form that docs/data.md lists"
    return f"{path} is written in a way that genwright does not read yet ({briefly(error)}): {remedy}"
