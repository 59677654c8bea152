"""How SMILES look, the notation in which people write molecules: enough to tell them from other cells."""

import re
from collections import Counter

INCHI = "InChI="
TOKEN = re.compile(r"\[[^\[\]\s]+\]|Br|Cl|%\(\d+\)|%\d\d|[BCNOFPSIbcnops]|[0-9]|->|<-|[-=#$:/\\().]", re.ASCII)


def looks_like_smiles(text: str) -> bool:
    """Tells whether a text looks like SMILES: before its first space it consists of SMILES tokens, has an atom and
    closes the rings that it opens. An InChI counts too, since it is read wherever SMILES are."""
    smiles, *_ = text.split(maxsplit=1) or [""]
    if smiles.startswith(INCHI):
        return True
    symbols = TOKEN.findall(smiles)
    rings = Counter(token for token in symbols if token[0] == "%" or token.isdigit())
    if sum(map(len, symbols)) < len(smiles) or any(count % 2 for count in rings.values()):
        return False
    return any(token[0] == "[" or token.isalpha() for token in symbols)
