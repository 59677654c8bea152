"""Protein chains of PDB and mmCIF files, which gemmi reads, and alignments (.a3m) beside them.

Of a file the first model counts, and of an atom in several places place A. A residue without all of N, CA and C, or
with bonds between them that no residue has, keeps its letter, and its structure is unknown. Residues that a file names
in its sequence and does not show are there as well. Selenomethionine is M; any other residue beside the 20 is X.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...core.account import Account
from ...core.errors import DataError
from ...core.limits import lines_of, most_bytes, read_plain, require_cells
from ...core.packages import require_package
from ...core.patience import with_progress
from ...kinds.formats.folders import list_files
from ...kinds.formats.forms import name_of
from ...kinds.formats.parsing import parsing
from ...kinds.formats.raw import Raw
from ...kinds.formats.sequences.text_lines import BREAKS
from .chain import BACKBONE, GAP, LETTERS, RESIDUE_NAMES, RESIDUES, UNKNOWN, Chain, numbers_of

PDB, MMCIF = (".pdb", ".ent"), (".cif", ".mmcif")
SUFFIXES = tuple(suffix + packed for suffix in (*PDB, *MMCIF) for packed in ("", ".gz"))
LETTER_OF = dict(zip(RESIDUE_NAMES[:RESIDUES], LETTERS)) | {"MSE": "M"}
CA_LINE = re.compile(rf"(?:ATOM|HETATM)\b.*\bCA\b\s+\S{{0,3}}?\s*(?:{'|'.join(LETTER_OF)})\b")
SHORTEST = 3  # residues of a chain, at least: fewer are a molecule
GLANCE = 20  # files of a folder that say of what kind it is
LONGEST_LINE = 4096
BONDED = 0.9, 2.2  # angstrom between N and CA, and CA and C: 1.46 and 1.52 in a protein
BROKEN_BOND = 2.0  # angstrom between C and the next N, from which the chain is cut there: 1.33 in a protein
CELLS = 16  # cells of a table that take as much room as a residue


def holds_chains(path: Path) -> bool:
    """Tells whether a file is of a polymer of amino acids: at least three lines of atoms are the CA of one. Of a
    folder, whether any of its first files is."""
    if path.is_dir():
        return any(map(holds_chains, list_files(path, SUFFIXES)[0][:GLANCE]))
    if not path.name.lower().endswith(SUFFIXES) or not path.is_file():
        return False
    count = 0
    try:
        for line in lines_of(path, f"'{path}'", LONGEST_LINE):
            if line.startswith("ENDMDL"):  # the same atoms come again
                return False
            count += CA_LINE.match(line) is not None
            if count >= SHORTEST:
                return True
    except DataError:  # its reader says what is wrong
        return False
    return False


def read_chains(path: Path) -> Raw:
    """Reads the chains of a file, or of all files of a folder in the order of their names, with the alignments beside
    them.

    Raises DataError for a file that cannot be read, and where no file holds a chain."""
    require_package("gemmi", "protein", f"'{path}' holds protein structures")
    files, other_files = list_files(path, SUFFIXES) if path.is_dir() else ([path], [])
    other_files = [name for name in other_files if not name.endswith(".a3m")]
    chains, lost, residues, account = [], [], 0, Account()
    for file in with_progress(files, "reading protein chains"):
        try:
            file_chains, without = _read_file(file, account)
        except DataError as error:
            if len(files) == 1:
                raise
            lost.append((file.name, "", str(error)))
            continue
        lost += without
        chains += with_alignment(file_chains, file.with_name(f"{file.name.split('.')[0]}.a3m"), file.name, account)
        residues += sum(map(len, file_chains))
        require_cells(path, CELLS * residues)
    if not chains:
        reason = f": {lost[0][2]}" if lost else ""
        raise DataError(f"'{path}' holds no protein chain with N, CA and C of its residues{reason}")
    account.records, account.items = len(chains) + len(lost), len(chains)
    for reason, count in Counter(reason if not text else text for _, text, reason in lost).items():
        account.leave_out(count, "chain", reason)
    account.see("other files", other_files)
    places = [chain.name for chain in chains]
    return Raw("proteins", name_of(path), chains, account=account, places=places, unreadable=lost)


def _read_file(path: Path, account: Account) -> tuple[list[Chain], list[tuple[str, str, str]]]:
    """Chains of a file, and the name, the reason in few words and in a sentence of each that is left out. account: gets
    what of the file is not used."""
    stem = name_of(path)
    parts = [
        (f"{block}{name}", polymer, sequence)
        for block, structure in _structures(path)
        for name, polymer, sequence in _polymers(structure, account)
    ]
    chains, lost = [], []
    for name, polymer, sequence in parts:
        full_name = f"{stem}_{name}" if len(parts) > 1 else stem
        chain = _chain_of(full_name, polymer, sequence)
        if len(chain) < SHORTEST:
            lost.append(
                (full_name, f"fewer than {SHORTEST} residues", f"{full_name} has fewer than {SHORTEST} residues")
            )
        elif not chain.has_backbone.any():
            only = "no residue has N, CA and C"
            lost.append(
                (full_name, only, f"{full_name} shows no residue with N, CA and C: give all atoms of the backbone")
            )
        else:
            chains.append(chain)
    if not parts:
        lost.append((stem, "no chain of amino acids", f"{stem} holds no chain of amino acids"))
    return chains, lost


def _structures(path: Path) -> list[tuple[str, object]]:
    """The structures of a file, each behind what stands before the names of its chains."""
    import gemmi

    text = read_plain(path, maximum=most_bytes() // 4).decode("utf-8", "replace")
    with parsing(f"'{path}'", "take it whole"):
        if path.name.lower().removesuffix(".gz").endswith(PDB):
            structures = [("", gemmi.read_pdb_string(text))]
        else:
            blocks = [block for block in gemmi.cif.read_string(text) if block.find_loop("_atom_site.Cartn_x")]
            named_structures = [(block.name, gemmi.make_structure_from_block(block)) for block in blocks]
            structures = [(f"{name}_" if len(named_structures) > 1 else "", one) for name, one in named_structures]
        if not structures:
            raise DataError(f"'{path}' has no _atom_site, the table of its atoms: take the whole file")
        for _, structure in structures:
            structure.setup_entities()
            structure.assign_label_seq_id()
    return structures


def _polymers(structure: object, account: Account) -> Iterator[tuple[str, list, list[str]]]:
    """(name, residues, names of all residues in the sequence or []) of each chain of amino acids in the first model.
    account: gets other models, other molecules and other places of atoms."""
    import gemmi

    if not len(structure):
        return
    if other_models := len(structure) - 1:
        account.leave_out(
            other_models, "model", "beside the first of its file: --kind points reads each", other_models + 1
        )
    account.see("other molecules", dict.fromkeys(r.name for c in structure[0] for r in c if not _is_amino_acid(r)))
    account.see("other places of atoms", sum(a.altloc not in "\0 A" for c in structure[0] for r in c for a in r))
    for chain in structure[0]:
        residues = [residue for residue in chain.get_polymer() if _is_amino_acid(residue)]
        residues = list({(r.seqid.num, r.seqid.icode): r for r in reversed(residues)}.values())[::-1]
        if not residues:
            continue
        entity = structure.get_entity_of(chain.get_polymer())
        sequence = [gemmi.Entity.first_mon(name) for name in entity.full_sequence] if entity else []
        places = [residue.label_seq or 0 for residue in residues]
        fits = sequence and all(1 <= place <= len(sequence) for place in places) and len({*places}) == len(places)
        yield chain.name, residues, sequence if fits else []


def _is_amino_acid(residue: object) -> bool:
    import gemmi

    return gemmi.find_tabulated_residue(residue.name).is_amino_acid() or {*BACKBONE} <= {a.name for a in residue}


def _chain_of(name: str, residues: Sequence, sequence: list[str]) -> Chain:
    names = sequence or [residue.name for residue in residues]
    places = [residue.label_seq - 1 for residue in residues] if sequence else range(len(residues))
    letters = numbers_of("".join(LETTER_OF.get(name, "X") for name in names))
    atoms = np.full((len(names), 3, 3), np.nan, np.float32)
    for place, residue in zip(places, residues):
        for row, atom_name in enumerate(BACKBONE):
            group = [atom for atom in residue if atom.name == atom_name and atom.element.name != "Ca"]
            if group:
                atom = min(group, key=lambda atom: atom.altloc if atom.altloc != "\0" else " ")
                atoms[place, row] = atom.pos.tolist()
    return Chain(name, letters, with_possible_bonds(atoms), find_breaks(atoms))


def with_possible_bonds(atoms: np.ndarray) -> np.ndarray:
    """Sets the atoms (N, 3, 3) of a residue to NaN whose backbone is missing or has bonds that no residue has."""
    with np.errstate(invalid="ignore", over="ignore"):
        bonds = np.linalg.norm(np.diff(atoms, axis=1), axis=2)
        fits = ((bonds > BONDED[0]) & (bonds < BONDED[1])).all(1) & np.isfinite(atoms).all((1, 2))
    return np.where(fits[:, None, None], atoms, np.float32(np.nan))


def find_breaks(atoms: np.ndarray) -> np.ndarray:
    """Finds where C lies too far from the next N: (N,) bool. A bond of which an atom is unknown counts as whole."""
    breaks = np.zeros(len(atoms), bool)
    with np.errstate(invalid="ignore", over="ignore"):
        breaks[:-1] = np.linalg.norm(atoms[1:, 0] - atoms[:-1, 2], axis=1) > BROKEN_BOND
    return breaks


# ---------------------------------------------------------------------- alignments


def read_alignment(path: Path) -> tuple[str, np.ndarray]:
    """Reads the name of the first sequence of an .a3m, and (S, N) int8 letters in its columns. Raises DataError for
    rows of different lengths and for a file that is none."""
    names, rows = [], []
    for line in BREAKS.split(read_plain(path, maximum=most_bytes() // 4).decode("utf-8", "replace")):
        line = line.strip()
        if line.startswith(">"):
            names.append(line[1:].strip())
            rows.append([])
        elif line and not line.startswith("#"):
            if not rows:
                raise DataError(f"'{path}' is no alignment: its first line must be > and a name")
            rows[-1].append("".join(letter for letter in line if not letter.islower() and letter != "."))
    aligned = [numbers_of("".join(row)) for row in rows if row]
    if not aligned:
        raise DataError(f"'{path}' holds no sequence: give the letters of each")
    if (aligned[0] == GAP).any():
        raise DataError(f"'{path}' has gaps in its first sequence: put the chain itself first, without gaps")
    if bad_row := next((n for n, row in enumerate(aligned) if len(row) != len(aligned[0])), 0):
        raise DataError(
            f"sequence {bad_row + 1} of '{path}' has {len(aligned[bad_row]):,} columns, and the first "
            f"{len(aligned[0]):,}: write insertions in lower case"
        )
    return names[0], np.stack(aligned)


def aligned_to(chain: Chain, rows: np.ndarray) -> Chain | None:
    """Adds an alignment to a chain; None where its first row is another sequence. An X fits any letter."""
    own_letters = chain.letters
    if (
        rows.shape[1] != len(own_letters)
        or ((rows[0] != own_letters) & (rows[0] != UNKNOWN) & (own_letters != UNKNOWN)).any()
    ):
        return None
    return Chain(chain.name, own_letters, chain.atoms, chain.breaks, np.concatenate([own_letters[None], rows[1:]]))


def with_alignment(chains: list[Chain], alignment_path: Path, owner: str, account: Account) -> list[Chain]:
    """Adds alignments to the chains that are their first sequence. A damaged one, or one of other sequences, is noted.

    Args:
        chains: Chains of one file, or one.
        alignment_path: the file of the alignment, which need not be there.
        owner: what the chains are called in a remark.
        account: gets the remark.
    """
    if not alignment_path.is_file():
        return chains
    try:
        _, rows = read_alignment(alignment_path)
    except DataError as error:
        account.remarks.append(f"an alignment is not used: {error}")
        return chains
    fitting = [aligned_to(chain, rows) for chain in chains]
    if not any(fitting):
        account.remarks.append(f"{alignment_path.name} is of another sequence than {owner}, and is not used")
    return [chain if aligned_chain is None else aligned_chain for chain, aligned_chain in zip(chains, fitting)]
