"""RDKit's descriptors of whole molecules: numbers such as weight, logP, surface, and counts of groups.

One molecule takes milliseconds, so each is computed once and kept on disk, by its canonical SMILES. Values differ a
little between releases of RDKit, so each release has a file of its own.

The cache is an SQLite table. Processes may share it, and rows are written atomically. Each row carries a digest of its
key and its numbers, by which a damaged row is detected. A damaged file is replaced by an empty one. If a file can be
neither read nor written, every row is recomputed.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...core.cpu import cores, in_order
from ...core.packages import Chem, require_package
from ...core.patience import progress_bar
from .standards import quiet_rdkit

WAIT = 30.0  # seconds for another process that writes
KEYS_PER_QUERY = 500  # keys of one question
TABLE = "CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, row BLOB)"
Found = TypeVar("Found")


class RowCache:
    """A file at `path` that stores rows (width,) float32 of texts."""

    def __init__(self, path: Path, width: int):
        self.path, self.width = path, width

    def read(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Reads the stored rows of texts: {text: (width,) row}."""
        return self._with_table(lambda table: self._rows(table, texts), {})

    def write(self, texts: Sequence[str], rows: np.ndarray) -> None:
        """Stores rows (n, width) of texts (n,)."""
        rows = np.asarray(rows, np.float32)
        keyed = [(key := _digest(text.encode()), _sealed(key, row.tobytes())) for text, row in zip(texts, rows)]
        insert = "INSERT OR REPLACE INTO rows VALUES (?, ?)"
        self._with_table(lambda table: table.executemany(insert, keyed), None)

    def _rows(self, table: sqlite3.Connection, texts: Sequence[str]) -> dict[str, np.ndarray]:
        rows = {}
        for begin in range(0, len(texts), KEYS_PER_QUERY):
            keys = {_digest(text.encode()): text for text in texts[begin : begin + KEYS_PER_QUERY]}
            marks = ", ".join("?" * len(keys))
            for key, sealed in table.execute(f"SELECT key, row FROM rows WHERE key IN ({marks})", list(keys)):
                data = sealed[: 4 * self.width]
                if len(data) == 4 * self.width and sealed == _sealed(key, data):
                    rows[keys[key]] = np.frombuffer(data, np.float32)
        return rows

    def _with_table(self, do: Callable[[sqlite3.Connection], Found], otherwise: Found) -> Found:
        """Run `do` on the table as one transaction and return its result, or `otherwise` if the file cannot be used."""
        try:
            return self._opened(do)
        except (OSError, sqlite3.OperationalError):  # no rights, no room, or locked for too long
            return otherwise
        except sqlite3.DatabaseError:
            return self._anew(do, otherwise)

    def _anew(self, do: Callable[[sqlite3.Connection], Found], otherwise: Found) -> Found:
        """Run `do` on an empty table that replaces a damaged one."""
        try:
            for end in ("", "-journal"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            return self._opened(do)
        except (OSError, sqlite3.DatabaseError):
            return otherwise

    def _opened(self, do: Callable[[sqlite3.Connection], Found]) -> Found:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=WAIT)) as table, table:
            table.execute(TABLE)
            return do(table)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _sealed(key: bytes, data: bytes) -> bytes:
    """The bytes of a row, and a digest of its key and them."""
    return data + _digest(key + data)


VERSION = 1  # version of NAMES and of how their numbers are made
CHUNK = 100  # molecules that are computed between two writes to disk
MIN_PARALLEL_MOLECULES = 1_000  # molecules that are worth the start of processes
LARGE = 200  # atoms above which a polynomial takes seconds, and its coefficients are beyond single precision
OF_STATES = ("MaxEStateIndex", "MinEStateIndex", "MaxAbsEStateIndex", "MinAbsEStateIndex")
NAMES = tuple("""
    MaxAbsEStateIndex MaxEStateIndex MinAbsEStateIndex MinEStateIndex qed SPS MolWt HeavyAtomMolWt ExactMolWt
    NumValenceElectrons NumRadicalElectrons MaxPartialCharge MinPartialCharge MaxAbsPartialCharge MinAbsPartialCharge
    FpDensityMorgan1 FpDensityMorgan2 FpDensityMorgan3 BCUT2D_MWHI BCUT2D_MWLOW BCUT2D_CHGHI BCUT2D_CHGLO
    BCUT2D_LOGPHI BCUT2D_LOGPLOW BCUT2D_MRHI BCUT2D_MRLOW AvgIpc BalabanJ BertzCT Chi0 Chi0n Chi0v Chi1 Chi1n Chi1v
    Chi2n Chi2v Chi3n Chi3v Chi4n Chi4v HallKierAlpha Ipc Kappa1 Kappa2 Kappa3 LabuteASA PEOE_VSA1 PEOE_VSA10
    PEOE_VSA11 PEOE_VSA12 PEOE_VSA13 PEOE_VSA14 PEOE_VSA2 PEOE_VSA3 PEOE_VSA4 PEOE_VSA5 PEOE_VSA6 PEOE_VSA7 PEOE_VSA8
    PEOE_VSA9 SMR_VSA1 SMR_VSA10 SMR_VSA2 SMR_VSA3 SMR_VSA4 SMR_VSA5 SMR_VSA6 SMR_VSA7 SMR_VSA8 SMR_VSA9 SlogP_VSA1
    SlogP_VSA10 SlogP_VSA11 SlogP_VSA12 SlogP_VSA2 SlogP_VSA3 SlogP_VSA4 SlogP_VSA5 SlogP_VSA6 SlogP_VSA7 SlogP_VSA8
    SlogP_VSA9 TPSA EState_VSA1 EState_VSA10 EState_VSA11 EState_VSA2 EState_VSA3 EState_VSA4 EState_VSA5 EState_VSA6
    EState_VSA7 EState_VSA8 EState_VSA9 VSA_EState1 VSA_EState10 VSA_EState2 VSA_EState3 VSA_EState4 VSA_EState5
    VSA_EState6 VSA_EState7 VSA_EState8 VSA_EState9 FractionCSP3 HeavyAtomCount NHOHCount NOCount
    NumAliphaticCarbocycles NumAliphaticHeterocycles NumAliphaticRings NumAmideBonds NumAromaticCarbocycles
    NumAromaticHeterocycles NumAromaticRings NumAtomStereoCenters NumBridgeheadAtoms NumHAcceptors NumHDonors
    NumHeteroatoms NumHeterocycles NumRotatableBonds NumSaturatedCarbocycles NumSaturatedHeterocycles
    NumSaturatedRings NumSpiroAtoms NumUnspecifiedAtomStereoCenters Phi RingCount MolLogP MolMR fr_Al_COO fr_Al_OH
    fr_Al_OH_noTert fr_ArN fr_Ar_COO fr_Ar_N fr_Ar_NH fr_Ar_OH fr_COO fr_COO2 fr_C_O fr_C_O_noCOO fr_C_S fr_HOCCN
    fr_Imine fr_NH0 fr_NH1 fr_NH2 fr_N_O fr_Ndealkylation1 fr_Ndealkylation2 fr_Nhpyrrole fr_SH fr_aldehyde
    fr_alkyl_carbamate fr_alkyl_halide fr_allylic_oxid fr_amide fr_amidine fr_aniline fr_aryl_methyl fr_azide fr_azo
    fr_barbitur fr_benzene fr_benzodiazepine fr_bicyclic fr_diazo fr_dihydropyridine fr_epoxide fr_ester fr_ether
    fr_furan fr_guanido fr_halogen fr_hdrzine fr_hdrzone fr_imidazole fr_imide fr_isocyan fr_isothiocyan fr_ketone
    fr_ketone_Topliss fr_lactam fr_lactone fr_methoxy fr_morpholine fr_nitrile fr_nitro fr_nitro_arom
    fr_nitro_arom_nonortho fr_nitroso fr_oxazole fr_oxime fr_para_hydroxylation fr_phenol fr_phenol_noOrthoHbond
    fr_phos_acid fr_phos_ester fr_piperdine fr_piperzine fr_priamide fr_prisulfonamd fr_pyridine fr_quatN fr_sulfide
    fr_sulfonamd fr_sulfone fr_term_acetylene fr_tetrazole fr_thiazole fr_thiocyan fr_thiophene fr_unbrch_alkane
    fr_urea
""".split())  # fmt: skip


def descriptors(smiles: Sequence[str], processes: int | None = None) -> np.ndarray:
    """Computes descriptors (n, len(NAMES)) float32 of canonical SMILES; NaN where RDKit has no number or an infinite
    one, and for a text that it cannot read. Raises DataError where rdkit is not installed.

    Args:
        smiles: SMILES of the molecules.
        processes: by default all cores for many molecules, else one.
    """
    require_package("rdkit")
    different = list(dict.fromkeys(smiles))
    cache = RowCache(cache_file(), len(NAMES))
    row_of = cache.read(different)
    missing = [text for text in different if text not in row_of]
    with progress_bar(len(missing), "computing descriptors") as advance:
        for texts, rows in _computed(missing, processes):
            cache.write(texts, rows)
            row_of.update(zip(texts, rows))
            advance(len(texts))
    return np.array([row_of[text] for text in smiles], np.float32).reshape(-1, len(NAMES))


def cache_file() -> Path:
    """Returns the file of stored descriptors, in the user's cache folder."""
    import platformdirs
    import rdkit

    name = f"descriptors-{VERSION}-rdkit-{rdkit.__version__}.sqlite"
    return Path(platformdirs.user_cache_dir("genwright")) / name


def _computed(smiles: list[str], processes: int | None) -> Iterator[tuple[list[str], np.ndarray]]:
    """Yields chunks of texts with their rows."""
    if processes is None:
        processes = cores() if len(smiles) >= MIN_PARALLEL_MOLECULES else 1
    chunks = [smiles[begin : begin + CHUNK] for begin in range(0, len(smiles), CHUNK)]
    yield from zip(chunks, in_order(_rows, chunks, processes))


def _rows(smiles: list[str]) -> np.ndarray:
    """(n, len(NAMES)) float32."""
    with quiet_rdkit(), np.errstate(all="ignore"):
        rows = np.array([_row(text) for text in smiles], np.float64).astype(np.float32)
    return np.where(np.isfinite(rows), rows, np.float32("nan"))


def _row(text: str) -> list[float]:
    mol = Chem.MolFromSmiles(text)
    if mol is None or not mol.GetNumAtoms():
        return [float("nan")] * len(NAMES)
    values, functions = _shared_descriptors(mol), _functions()
    return [values[name] if name in values else _number(functions.get(name), mol) for name in NAMES]


def _shared_descriptors(mol) -> dict[str, float]:
    """Descriptors that are quicker together: two of one polynomial, and four of the states of atoms, which the molecule
    keeps after the first."""
    states = {name: _number(partial(_functions()[name], force=False), mol) for name in OF_STATES}
    return _of_polynomial(mol) | states


def _of_polynomial(mol) -> dict[str, float]:
    """Information content of the characteristic polynomial of the bonds (Bonchev & Trinajstic 1977); NaN of a large
    molecule."""
    from rdkit.Chem import Graphs
    from rdkit.ML.InfoTheory import entropy

    if mol.GetNumAtoms() > LARGE:
        return dict.fromkeys(("AvgIpc", "Ipc"), float("nan"))
    bonds = np.equal(Chem.GetDistanceMatrix(mol, False), 1)
    polynomial = abs(Graphs.CharacteristicPolynomial(mol, bonds))
    average = entropy.InfoEntropy(polynomial)
    return {"AvgIpc": average, "Ipc": sum(polynomial) * average}


def _number(function: Callable | None, mol) -> float:
    """Value of a function for a molecule; NaN if there is no such function, or it fails."""
    try:
        return float(function(mol))
    except Exception:  # RDKit raises whatever it happens upon
        return float("nan")


@cache
def _functions() -> dict[str, Callable]:
    from rdkit.Chem import Descriptors

    return dict(Descriptors.descList)
