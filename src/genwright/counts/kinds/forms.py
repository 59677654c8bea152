"""Forms of files that counts are written to, and that other kinds of data read too."""

FORMS = ()
WRITERS = {
    ".h5ad": ("genwright.counts.kinds.writing:write_h5ad",),
    ".npz": ("genwright.counts.kinds.writing:write_npz",),
}
