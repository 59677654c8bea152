"""Forms of files that hold counts, and what writes counts in forms that other kinds of data read too."""

from ...kinds.formats.form import Form

READER = "genwright.counts.kinds.cellranger:read_cellranger"
FORMS = (Form("counts", "counts of CellRanger", (".h5",), READER, rb"\x89HDF\r\n\x1a\n", "h5py", "science"),)
PARSED_BY_OTHERS = (READER,)
WRITERS = {
    ".h5ad": ("genwright.counts.kinds.writing:write_h5ad",),
    ".npz": ("genwright.counts.kinds.writing:write_npz",),
}
