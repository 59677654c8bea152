"""How the contract test looks at strands."""

import genwright
from genwright.contract.kinds import Lines


class SmallStrands(Lines):
    def data(self):
        return genwright.load_data("made-strands")
