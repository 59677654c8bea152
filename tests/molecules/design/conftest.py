"""What all tests of designs share."""

import pytest

pytest.importorskip("rdkit")

from genwright.molecules.design import result  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def short_pages():
    """Common parts and coordinates are slow to find: pages show three molecules, and no molecule is embedded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(result, "can_embed", lambda smiles: True)
        patch.setattr(result, "MOLECULES_SHOWN", 3)
        yield
