"""Fields that the hyperparameters of many recipes share, by their defaults, and what must hold between fields."""

from ..core.errors import DataError
from ..core.hyper import Hyper, flag, one_of, real, whole
from ..core.limits import MOST_LAYERS, MOST_STEPS, MOST_WIDTH


def units(default: int, says: str) -> int:
    """Declares the width of a part of a network: units, channels or features of a layer, dimensions of a code."""
    return whole(default, least=1, most=MOST_WIDTH, says=says)


def layers(default: int, says: str, least: int = 1) -> int:
    """Declares the number of parts that a network has one after another."""
    return whole(default, least=least, most=MOST_LAYERS, says=says)


def heads(default: int) -> int:
    return units(default, "heads of attention, which share the units of a layer evenly; Vaswani 2017")


def latents(default: int) -> int:
    return units(default, "dimensions of the code")


def dropout(default: float) -> float:
    return real(default, least=0.0, below=1.0, says="share of units that training drops; Srivastava 2014")


def mixture(default: int) -> int:
    return units(default, "logistics that p(x | z) of a pixel mixes; Salimans 2017")


def draws(default: int) -> int:
    return whole(default, least=1, most=MOST_STEPS, says="samples that estimate the likelihood of an item")


def terms(default: int) -> int:
    return whole(default, least=1, most=MOST_STEPS, says="terms of the bound that are evaluated for each item")


def orders(default: int) -> int:
    return whole(default, least=1, most=MOST_STEPS, says="orders of the nodes by which the bound is estimated")


def share(default: float) -> float:
    return real(
        default, above=0.0, below=1.0, says="share of the budget that trains the codec; the rest trains on its codes"
    )


def kl_warmup(default: int) -> int:
    return whole(default, least=0, says="training items over which the weight of the KL divergence grows from 0")


def noise(default: float) -> float:
    return real(default, least=0.0, says="standard deviation of the noise on codes in training; Ghosh 2020")


def code_l2(default: float) -> float:
    return real(default, least=0.0, says="weight of the squared length of codes; Ghosh 2020")


def free_bits(default: float) -> float:
    return real(default, least=0.0, says="nats that cost nothing, of each latent or layer of them; Kingma 2016, eq. 15")


def beta(default: float) -> float:
    return real(default, least=0.0, says="weight of the KL divergence; Higgins 2017. Only 1 gives a bound")


def sd(default: float) -> float:
    return real(
        default, least=0.0, says="standard deviation of a normal p(x | z), where levels go from -1 to 1; 0: learned"
    )


def observation(default: str = "automatic") -> str:
    other_names = [name for name in ("automatic", "bernoulli", "categorical", "logistic", "normal") if name != default]
    return one_of(default, *other_names, says="p(x | z) of a pixel; bernoulli for two levels")


def masked() -> bool:
    return flag(True, says="learn to complete items of which a part is known")


def fitted_prior() -> bool:
    return flag(False, says="sample codes from a mixture that is fitted after training, not from N(0, I)")


def patch(default: int) -> int:
    return whole(default, least=1, most=64, says="side of a patch in pixels; the network reads a patch as one position")


def waves(default: int) -> int:
    return whole(
        default, least=0, most=20, says="Fourier features of a number: sines and cosines of frequencies 1, 2, 4, ..."
    )


def bins(default: int) -> int:
    return whole(default, least=2, most=512, says="bins of a spline; Durkan 2019")


def chain_length(default: int, says: str, least: int = 1) -> int:
    return whole(default, least=least, most=MOST_STEPS, says=says)


def sampling_steps(default: int, least: int = 1) -> int:
    return whole(default, least=least, most=MOST_STEPS, says="calls of the network for a sample")


def density_steps(default: int) -> int:
    return whole(default, least=1, most=MOST_STEPS, says="Runge-Kutta steps of the likelihood, four network calls each")


def objective(*others: str) -> str:
    return one_of(
        *("simple", "bound", *others),
        says="what training minimises: the squared error of the prediction, or the variational bound; Ho 2020",
    )


def decay(default: float) -> float:
    return real(default, least=0.0, says="weight of half the squared weights in the loss")


def epochs(default: float) -> float:
    return real(default, above=0.0, says="passes over the data where no budget is named")


def require_multiple(hyper: Hyper, name: str, of: int, reason: str) -> None:
    """Raises DataError, with what fits, where a field, or a number of its tuple, is no multiple of `of`.

    Args:
        reason: what asks for it.
    """
    value = getattr(hyper, name)
    numbers = value if isinstance(value, tuple) else (value,)
    if any(number % of for number in numbers):
        fitting = ", ".join(str(max(of, number // of * of)) for number in numbers)
        raise DataError(f"{name} = {value} must be a multiple of {of} ({reason}): choose {fitting}, for example")


def require_groups(hyper: Hyper, name: str) -> None:
    """Raises DataError where so many channels cannot be normalised in groups."""
    require_multiple(hyper, name, 8, "a norm has 8 groups")
