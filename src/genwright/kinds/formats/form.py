"""A form of files: what it is called, how it is told, and which code reads and writes it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...core.manifest import load_place
from ...core.packages import require_package

KINDS = "genwright.kinds"
COPYLEFT = ("r", "heic", "video")  # extras that not everybody may install, since they are under the GPL or AGPL
TO_CSV = "python -c \"import pandas; pandas.{read}('{{file}}'{more}).to_csv('{{stem}}.csv', index=False)\""
CONVERTED = {  # a reader, or a kind: what writes its files in a form that is read
    "formats.tables.binary_tables:read_parquet": TO_CSV.format(read="read_parquet", more=""),
    "formats.tables.binary_tables:read_feather": TO_CSV.format(read="read_feather", more=""),
    "formats.tables.other_tables:read_arrow": TO_CSV.format(read="read_feather", more=""),
    "formats.tables.other_tables:read_orc": TO_CSV.format(read="read_orc", more=""),
    "formats.tables.workbooks": TO_CSV.format(read="read_excel", more=""),
    "formats.tables.other_tables:read_other_workbook": TO_CSV.format(read="read_excel", more=", engine='calamine'"),
    "formats.tables.other_tables:read_stata": TO_CSV.format(read="read_stata", more=", convert_categoricals=False"),
    "formats.tables.other_tables:read_spss": TO_CSV.format(read="read_spss", more=""),
    "formats.tables.other_tables:read_r":
        "Rscript -e \"f <- '{file}'; x <- tryCatch(readRDS(f), error = function(e) get(load(f))); "
        "arrow::write_parquet(x, '{stem}.parquet')\"",
    "formats.tables.other_tables:read_sas": TO_CSV.format(read="read_sas", more=""),
    "formats.tables.other_tables:read_html": TO_CSV.replace(").to_csv", ")[0].to_csv").format(
        read="read_html", more=""),
    "formats.tables.array_files:read_hdf5": TO_CSV.format(read="read_hdf", more=""),
    "formats.tables.array_files:read_matlab":
        "python -c \"import scipy.io, numpy; m = scipy.io.loadmat('{file}'); "
        "numpy.savez('{stem}.npz', **{{k: v for k, v in m.items() if k[0] != '_'}})\"",
    "formats.tables.array_files:read_anndata":
        "python -c \"import anndata; a = anndata.read_h5ad('{file}'); "
        "a.obs.join(a.to_df()).to_csv('{stem}.csv', index=False)\"",
    "formats.tables.array_files:read_netcdf":
        "python -c \"import xarray; xarray.open_dataset('{file}').to_dataframe().reset_index().to_csv('{stem}.csv', "
        "index=False)\"",
    "formats.sequences.sequence_files:read_records":
        "python -c \"from Bio import SeqIO; SeqIO.convert('{file}', '{name}', '{stem}.fasta', 'fasta')\"",
    "images": "python -c \"from PIL import Image; Image.open('{file}').convert('RGB').save('{stem}.png')\"",
    "audio": "ffmpeg -i '{file}' '{stem}-16.wav'",
    "clips": "ffmpeg -i '{file}' -pix_fmt yuv420p '{stem}-new.mp4'",
    "music": "python -c \"import music21; music21.converter.parse('{file}').write('midi', '{stem}.mid')\"",
    "points": "obabel '{file}' -O '{stem}.xyz'",
    "graph": "python -c \"import networkx as nx; nx.write_graphml(nx.read_{name}('{file}'), '{stem}.graphml')\"",
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A form of files.

    Args:
        kind: of data that it holds as a rule; "" of a form that is not read.
        called: what such a file is, as in "a table of Stata"; of one that is not read, with the remedy.
        suffixes: of its name, the first of which it is read by.
        reader: "module:function" below `kinds`, or with its whole name, which kinds of data ask for.
        begin: expression of its first bytes, of a text as text; "" where they tell nothing.
        package: that reads it, beside those that genwright always has.
        extra: of genwright, which has the package.
        packed: whether the reader itself unpacks it where its name goes on with .gz.
        name: that the package has for it.
        writers: "module:function" of each kind that writes it; their rooms say which arguments they take.
    """

    kind: str
    called: str
    suffixes: tuple[str, ...]
    reader: str = ""
    begin: bytes | str = ""
    package: str = ""
    extra: str = ""
    packed: bool = False
    name: str = ""
    writers: tuple[str, ...] = ()

    @cached_property
    def endings(self) -> tuple[str, ...]:
        """Whatever a name may end in."""
        return (*self.suffixes, *(f"{suffix}.gz" for suffix in self.suffixes if self.packed))

    def begins(self, start: bytes) -> bool:
        """Whether a file of other than text has its first bytes."""
        return isinstance(self.begin, bytes) and re.match(self.begin, start, re.DOTALL) is not None

    def require(self, path: Path) -> None:
        """Raises DataError where the package that reads it is not installed."""
        if self.package:
            instead = self.converted(path.name) if self.extra in COPYLEFT else ""
            require_package(self.package, self.extra, f"{path} is {self.called}", instead)

    def converted(self, file: str) -> str:
        """The command that writes a file of this form in another one that is read; "" where none is known."""
        begin = next((one for one in CONVERTED if self.reader.startswith(one)), None)
        begin = begin or (self.kind if self.kind in CONVERTED else None)
        suffix = next((one for one in self.endings if file.lower().endswith(one)), "")
        stem, name = file[: len(file) - len(suffix)], self.name or self.suffixes[0][1:]
        return CONVERTED[begin].format(file=file, stem=stem, name=name) if begin else ""

    def function(self, name: str = "") -> Callable:
        """A reader or writer by its name, its reader without one. It is loaded when it is first needed."""
        return load_place(name or self.reader, KINDS)
