"""How molecules are told in columns that were read as something else."""

import pandas as pd

from ...core.domain import Question
from .molecule_tables import named_smiles, parsed_smiles


def ask_molecules(frame: pd.DataFrame) -> list[Question]:
    """Asks whether a column holds SMILES that is not called so."""
    smiles = [] if named_smiles(frame) else parsed_smiles(frame)
    if len(smiles) > 1:
        named = " and ".join(f"`{name}`" for name in smiles)
        return [Question(f"Columns {named} hold SMILES. To learn molecules, name one: --column NAME --kind molecules")]
    subject = f"Column `{name}` holds" if (name := "".join(smiles)) else "The lines are"
    return [Question.whether(f"{subject} SMILES: are the items molecules?", kind="molecules")] * len(smiles)
