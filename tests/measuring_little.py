"""Comparisons that measure few items, by judges that are hardly taught, and that sketch their figures; and models that
are tiny where nobody names a preset."""

import io

from genwright.graphs.measure import graph_sheets
from genwright.graphs.studies import depth, label_curve
from genwright.measure import intervals
from genwright.measure.metric import Role
from genwright.measure.metrics import classifiers, trees
from genwright.measure.plots import figures
from genwright.measure.suites import images
from genwright.run import peak_memory
from genwright.sound.measure import audio_suite as audio
from genwright.studies.compare import measuring
from genwright.studies.report import curves
from genwright.zoo import registry

LESSONS = 128  # items that a judge is taught by
SHARE = 4  # of the least that a comparison would measure, one in so many


def few(suite, sizes: dict[str, int]) -> dict[str, int]:
    return {name: min(size, max(2, suite.LEAST[name] // SHARE)) for name, size in sizes.items()}


def without_lessons(rows: dict) -> dict:
    """The rows of a suite without those of classifiers that learn from samples."""
    return {name: row for name, row in rows.items() if row.role not in (Role.TEACHING, Role.LEARNED)}


def sketch(figure) -> bytes:
    """In the place of `figures.png`, where nobody looks at the figure."""
    figure.set_layout_engine("none")
    figure.set_dpi(20)
    file = io.BytesIO()
    figure.canvas.print_png(file)
    return file.getvalue()


def sketch_figures(patch) -> None:
    """patch: pytest's MonkeyPatch."""
    for module in (figures, curves):
        patch.setattr(module, "png", sketch)


def measure_little(patch) -> None:
    """patch: pytest's MonkeyPatch."""
    first_sizes = measuring.first_sizes
    for judge in (classifiers.train_net, classifiers.cnn_classifier):
        patch.setattr(judge, "__defaults__", (LESSONS,))
    patch.setattr(images, "ITEMS_SEEN", 24 * LESSONS)  # where there are as many samples as training images
    patch.setattr(audio, "TAUGHT", LESSONS)
    patch.setattr(graph_sheets, "COLUMNS", 2)  # graphs side by side
    patch.setattr(intervals.bootstrap_se, "__defaults__", (20,))  # resamples
    for judge in (classifiers, trees):
        patch.setattr(judge, "ROUNDS", 10)
    patch.setattr(measuring, "choose_sizes", lambda suite, *_: few(suite, suite.sizes.full))
    patch.setattr(measuring, "first_sizes", lambda suite, purposes: few(suite, first_sizes(suite, purposes)))
    patch.setattr(measuring, "look_costs", lambda *_: {})
    for module in (depth, label_curve):
        patch.setattr(module, "MOST_SECONDS", 0.1)  # seconds of training a point
    sketch_figures(patch)
    patch.setattr(peak_memory, "give_back", lambda: None)  # memory is not looked at, and each time takes half a second


def tiny_presets(patch) -> None:
    """patch: pytest's MonkeyPatch."""
    resolved = registry.hyperparameters

    def tiny(own, spec, given, items, preset=None, *others):
        smallest = "tiny" if "tiny" in registry.presets(own) else None
        return resolved(own, spec, given, items, preset or smallest, *others)

    patch.setattr(registry, "hyperparameters", tiny)
