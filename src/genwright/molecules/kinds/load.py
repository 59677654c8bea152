"""Molecules: each standardised once, split by content or scaffold, understood by the domain of molecules."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.data import Data
from ...core.errors import DataError
from ...core.limits import require_size
from ...kinds.assemble import Cut, Prepared, assemble
from ...kinds.domain import Drawn
from ...kinds.formats.raw import Raw, Read
from ...kinds.formats.source import Source
from ...kinds.sequences.domain import LONGEST, line_keys
from ...kinds.splits import require_enough, split
from ...kinds.tables.questions import ask_given
from ...kinds.values.frames import require_column
from ..chemistry.measured import Measured
from ..chemistry.notations import NOTATIONS, SMILES, Symbols
from ..chemistry.properties import PROPERTIES, computed
from ..chemistry.scaffolds import POINT, closed
from ..chemistry.standards import CHOICES, Standard, Unreadable, quiet_rdkit, told_of_extensions
from .domain import Molecules
from .library import molecules_of, read_library
from .molecule_splits import GROUPED, OFFICIAL, SCAFFOLD, split_scaffolds, way_of
from .molecule_texts import SALTS, chosen, mixtures, neutral_parents, read_molecules
from .properties import TASK
from .properties import load as load_measured

SYMBOL_BYTES = 2  # bytes of a symbol
OF_PROPERTIES = ("log", "positive", "leave_out", "bounds", "descriptors", "group", "time", "split_column")  # options


def load(raw: Raw, text: str, options: dict, seed: int) -> Data | Measured:
    """Prepares molecules to generate or, with a target, with measured values. Raises DataError for too few molecules,
    or an unknown choice.

    Args:
        raw: Items as they were read from the source.
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    if "target" in options:
        return load_measured(raw, text, options, seed)
    if unfit_options := [name for name in OF_PROPERTIES if name in options]:
        raise DataError(
            f"{text} holds molecules, and {unfit_options[0]} is for properties of them: name a property with "
            f"target, or leave {unfit_options[0]} out"
        )
    given = list(options.get("given", raw.given))
    names = [] if raw.beside is None else list(raw.beside.columns)
    computed_names = [name for name in given if name in PROPERTIES and name not in names]
    if len(computed_names) < len(given) and not names:
        raise DataError(
            f"{raw.name} holds molecules, which carry nothing else: leave given out, or choose among "
            f"{', '.join(PROPERTIES)}, which are computed"
        )
    for name in given:
        require_column(name, [*names, *computed_names], "given")
    chosen(options, "keep", (SCAFFOLD,), SCAFFOLD)
    symbols = NOTATIONS[chosen(options, "notation", NOTATIONS, SMILES)]
    way = way_of(options, raw.parts, text)
    standard = Standard(**{matter: options[matter] for matter in CHOICES if matter in options})
    smiles, rows, lost = read_molecules(raw, _reader(standard, symbols, raw.canonical), text)
    require_enough(len(smiles), text, raw.account)
    raw.ignore_beside(given)
    alphabet = symbols.fit(smiles)
    keys, learned = line_keys(smiles), [raw.items[i] for i in rows]
    remarks = [*raw.notes, *mixtures(learned), *told_of_extensions(learned)]
    parent_number = neutral_parents(smiles)
    if way in GROUPED:
        parts = split_scaffolds(smiles, way, seed, text, parent_number)
        notes = [f"split by {way}: molecules of one scaffold stand on one side"]
    else:
        row_parts = raw.parts[rows] if way == OFFICIAL else None
        parts = split(keys, None, row_parts, seed, parent_number)
        notes = []
    conditions = pd.DataFrame(index=range(len(smiles))) if raw.beside is None else raw.beside.iloc[rows]
    conditions = conditions.reset_index(drop=True).assign(**computed(smiles, computed_names))[given]
    values = {name: conditions[name].to_numpy(object) for name in given}
    notes += [f"computed for each molecule: {', '.join(computed_names)}"] * bool(computed_names)
    prepared = Prepared(
        raw, text, options, seed, Drawn(smiles, values), "molecules", keys, parent_number, SALTS,
        None if raw.parts is None else raw.parts[rows], parts, values=values, beside=conditions, notes=notes,
        questions=[*raw.asked, *ask_given(raw, options)],
    )  # fmt: skip

    def fit(parts: Cut) -> Molecules:
        domain = Molecules.fit(smiles, remarks, alphabet, parts.fields, raw.column)
        domain.standard = standard
        require_size(f"{text}, of up to {domain.longest:,} symbols,", SYMBOL_BYTES * len(smiles) * domain.longest)
        return domain

    unreadable = pd.DataFrame(lost, columns=["where", "text", "why"]) if lost else None
    data = assemble(prepared, fit, unreadable=unreadable)
    data.notes += _unseen(data.items, alphabet)
    return data


def read_items(source: Source, domain: Molecules) -> Read:
    """Reads molecules for a model, standardised like its training molecules. Invalid ones are left out; for a predictor
    they keep their places. Molecules that the model cannot read or represent are left out; for a predictor they keep
    their places."""
    if domain.task == TASK:
        return read_library(source, domain)
    raw = molecules_of(source, domain.column)

    def require_known_smiles(text: str) -> str:
        if POINT in text:
            try:
                closed(text)
            except DataError:
                raise Unreadable("it is no SMILES") from None
            return text
        if domain.rest and text.endswith(domain.rest):
            return text
        smiles = domain.standard.smiles(text)
        try:
            count = len(domain.alphabet.encode(smiles))
        except KeyError as unknown:
            raise Unreadable(f"it holds {unknown.args[0]}, which no molecule that was learned from does") from None
        if count > domain.longest:
            raise Unreadable(f"it has {count:,} symbols, and this model knows up to {domain.longest:,}")
        return smiles

    smiles, rows, _ = read_molecules(raw, require_known_smiles, source.called)
    conditions = {name: values[rows] for name, values in raw.values_beside().items()}
    items = Drawn(smiles, conditions | {SMILES: np.array(smiles, object)})
    account = Account(remarks=told_of_extensions(raw.items[i] for i in rows)) + raw.account
    if changed_count := sum(text != raw.items[row] for text, row in zip(smiles, rows)):
        account.remarks.append(f"{changed_count:,} of {len(smiles):,} molecules read as their canonical SMILES")
    return Read(items, None, [raw.item_places[row] for row in rows], account)


UNREAD = "?"  # stands for a record that no reader could make a text of: no SMILES


def read_samples(source: Source, domain: Molecules) -> Read:
    """Strings that a tool generated, all of them: what is no molecule stays as it is, and counts as invalid."""
    raw, smiles, broken_count = molecules_of(source, domain.column), [], 0
    with quiet_rdkit():
        for text in raw.items:
            try:
                smiles.append(domain.standard.smiles(text))
            except Unreadable:
                broken_count += 1
                smiles.append(text)
    smiles += [UNREAD] * len(raw.unreadable)
    account = raw.account
    if broken_count := broken_count + len(raw.unreadable):
        account.remarks.append(f"{broken_count:,} of {len(smiles):,} strings are no molecules, and count as invalid")
    items = Drawn(smiles, {SMILES: np.array(smiles, object)})
    return Read(items, None, [*raw.item_places, *(place for place, *_ in raw.unreadable)], account)


def _reader(standard: Standard, symbols: type[Symbols], canonical: bool) -> Callable[[str], str]:
    """Function that turns a text into the SMILES to learn, or raises Unreadable. canonical: whether texts are as RDKit
    writes them, so that they stay as they are under the default standard."""
    as_it_is = canonical and standard == Standard()

    def smiles_of(text: str) -> str:
        smiles = text if as_it_is else standard.smiles(text)
        try:
            count = len(symbols.cut(smiles))
        except KeyError as unknown:
            raise Unreadable(f"{unknown.args[0]} cannot be spelled in {symbols.notation.upper()}") from None
        if count > LONGEST:
            raise Unreadable(f"it has {count:,} symbols, and models see {LONGEST}")
        return smiles

    return smiles_of


def _unseen(items: dict[str, Drawn], alphabet: Symbols) -> list[str]:
    """A sentence where validation or test hold symbols that training never saw: they cost what they cost."""
    symbols_seen = set()
    for line in items["train"]:
        symbols_seen.update(alphabet.cut(line))
        if len(symbols_seen) == alphabet.k:
            return []
    unseen_symbols = [
        new for part in ("valid", "test") for line in items[part] if (new := set(alphabet.cut(line)) - symbols_seen)
    ]
    shown_symbols = " ".join(sorted(set().union(*unseen_symbols))[:20])
    return [f"{len(unseen_symbols):,} to validate or test hold symbols that no molecule to train does: {shown_symbols}"]
