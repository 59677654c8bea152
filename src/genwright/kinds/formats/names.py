"""Named data: one table of names. A row says what the set is, its licence, and which function of `kinds/named/`, or of
a package, makes or reads it.

The functions are named, not imported, so that listing the names costs nothing.
"""

from difflib import get_close_matches

from ...core.manifest import Named, take_packages

CC_BY = "CC BY 4.0 (UCI Machine Learning Repository)"
SKLEARN = "BSD 3-clause (scikit-learn); originally UCI Machine Learning Repository, CC BY 4.0"

NAMES: dict[str, Named] = {
    # pictures
    "digits": Named("1,797 handwritten digits, 8 x 8, 17 grey levels", SKLEARN, "tables:digits"),
    "mnist": Named("70,000 handwritten digits, 28 x 28", "CC BY-SA 3.0 (LeCun, Cortes)", "images:mnist"),
    "fashion-mnist": Named("70,000 articles of clothing, 28 x 28", "MIT (Zalando SE)", "images:fashion_mnist"),
    "mnist-100-labels": Named(
        "MNIST with labels of 100 training digits, ten of each drawn by seed, and of the test digits",
        "CC BY-SA 3.0 (LeCun, Cortes)", "images:few_labels", ("seed",)),
    "binarised-mnist": Named("MNIST in black and white, each pixel drawn by its grey value, without labels",
        "CC BY-SA 3.0 (LeCun, Cortes)", "images:binarised_mnist"),
    "cifar10-jpeg": Named(
        "6,000 colour images of CIFAR-10, 32 x 32, once JPEG", "none stated (Krizhevsky 2009)", "images:cifar10_jpeg"
    ),
    "openmoji": Named("4,147 emoji in colour with their names, 64 x 64, all skin tones of one in one part",
        "CC BY-SA 4.0 (OpenMoji, HfG Schwaebisch Gmuend)", "images:openmoji", ("seed",)),
    "openmoji-tones": Named(
        "1,525 emoji, 305 in five skin tones each, 64 x 64, one tone of each emoji in the test part",
        "CC BY-SA 4.0 (OpenMoji, HfG Schwaebisch Gmuend)", "images:openmoji_tones", ("seed",)),
    "shapes": Named(
        "20,000 shapes in colour with captions, 32 x 32, eight (shape, colour) pairs in the test part alone",
        "none needed", "shapes:shapes"),
    "shapes-two": Named(
        "20,000 images of two shapes with captions that say how they lie, 32 x 32", "none needed", "shapes:shapes_two"
    ),
    "shapes-edits": Named("20,000 images of shapes, each with the image before and what was changed in words, 32 x 32",
        "none needed", "shapes:shapes_edits"),
    # two numbers with a known density
    "eight-gaussians": Named("eight Gaussians on a circle", "none needed", "toys:toy", ("eight-gaussians", "seed")),
    "pinwheel": Named("five twisted arms", "none needed", "toys:toy", ("pinwheel", "seed")),
    "checkerboard": Named("uniform on eight squares", "none needed", "toys:toy", ("checkerboard", "seed")),
    "grid-gaussians": Named("25 narrow Gaussians on a grid", "none needed", "toys:toy", ("grid-gaussians", "seed")),
    # tables
    "iris": Named("150 flowers", SKLEARN, "tables:iris"),
    "wine": Named("178 wines", SKLEARN, "tables:wine"),
    "breast-cancer": Named("569 tumours", SKLEARN, "tables:breast_cancer"),
    "diabetes": Named("442 patients", "BSD 3-clause (scikit-learn); Efron et al. 2004", "tables:diabetes"),
    "abalone": Named("4,177 shells", CC_BY, "tables:table", ("abalone",)),
    "adult": Named("48,842 people of the 1994 census, official split", CC_BY, "tables:adult"),
    "california-housing": Named("20,640 districts", "public domain", "tables:table", ("california-housing",)),
    "diamonds": Named("53,940 diamonds", "MIT (ggplot2)", "tables:table", ("diamonds",)),
    "horse-colic": Named("300 horses, many cells empty", CC_BY, "tables:horse_colic"),
    "mpg": Named("398 cars", CC_BY, "tables:table", ("mpg",)),
    "penguins": Named("344 penguins", "CC0 1.0 (Horst, Hill, Gorman)", "tables:table", ("penguins",)),
    "titanic": Named("891 passengers, many cells empty", "public domain", "tables:titanic"),
    "wine-quality-red": Named("1,599 red wines", CC_BY, "tables:table", ("wine-quality-red",)),
    "wine-quality-white": Named("4,898 white wines", CC_BY, "tables:table", ("wine-quality-white",)),
    # text
    "tiny-shakespeare": Named("1,115,394 characters of plays, read in windows, the last tenth to test",
        "public domain (Shakespeare; Karpathy 2015)", "sequences:tiny_shakespeare"),
    # points in space
    "qm7": Named("7,101 small molecules in space, of up to seven heavy atoms, and their heats of atomisation",
        "MIT (qmlcode/qml); QM7 free for research (Blum & Reymond 2009; Rupp et al. 2012)", "points:qm7"),
}  # fmt: skip
take_packages(lambda package: NAMES.update(package.named))


def suggest(name: str) -> str:
    """A clause for an error about an unknown name or a path that leads nowhere."""
    close = get_close_matches(name, NAMES, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    return "check the path" if set(name) & set("./\\") else f"the names are {', '.join(NAMES)}"
