"""Forms of files that hold molecules, and what reads and writes them."""

from ...kinds.formats.form import Form

IN_MOLECULES = "genwright.molecules.kinds."
FORMS = (
    Form("molecules", "molecules as SMILES", (".smi", ".smiles"), f"{IN_MOLECULES}molecule_files:read_smiles",
         package="rdkit", extra="mol", packed=True,
         writers=(f"{IN_MOLECULES}domain:write_smiles",)),
    Form("molecules", "molecules as InChI", (".inchi", ".ich"), f"{IN_MOLECULES}molecule_files:read_smiles", "InChI=",
         "rdkit", "mol", packed=True),
)  # fmt: skip
WRITERS = {".sdf": (f"{IN_MOLECULES}domain:write_sdf",)}  # of forms that other kinds read too
