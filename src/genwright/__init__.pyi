# The public names, a line each: what `__init__.py` imports when a name is first used. Two of them are defined below.

# from .kinds.load import load_data
from .run.fit import fit as fit
from .run.open import load_model as load_model
from .studies.compare.compare_families import compare as compare

# from .studies.measure_samples import measure
from .molecules.design.design_molecules import design as design
from .studies.compare.comparison import load_comparison as load_comparison
from .studies.plot import plot as plot
from .molecules.screen.screen_library import screen as screen
from .zoo.registry import list_families as list_families
from .zoo.registry import register as register
from .families.guidance import register_guidance as register_guidance
from .zoo.registry import register_metric as register_metric
from .families.diffusion.samplers import register_sampler as register_sampler
from .studies.report.results import register_study as register_study
from .run.tasks import task_of as task_of
from .core.likelihood import Likelihood as Likelihood
from .run.model import Model as Model
from .run.generator import Generator as Generator
from .core.sample_options import SampleOptions as SampleOptions
from .core.errors import GenwrightError as GenwrightError

from pathlib import Path
from collections.abc import Mapping, Sequence
from genwright.core.data import Data, Whole
from genwright.core.type_names import DataSource, UserItems
from genwright.studies.compare.comparison import Comparison

__version__: str

# Drawn by docs/draw.py, for the options of data are rows of a table (`kinds/kind.py`)
