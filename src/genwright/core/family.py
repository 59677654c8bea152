"""What a family is: an objective and a sampler over a Spec, tensors in, tensors out.

It is an `nn.Module` that has a verb by defining the method:

    sample(n, given, rng, guidance)          -> x                      behind Model.sample
    log_likelihood(x, given, rng, draws)     -> nats (B,), se or None  behind Model.log_prob
    encode(x, given) / decode(z, given)      -> z / x                  behind encode, decode, interpolate
    fill(x, known, given, rng)               -> x                      behind Model.complete

x: (B, *spec.shape), in the units of the Spec. given: (B, G), one column a given variable, NaN where it is left out; G
may be 0. known: (B, *spec.shape) bool.
"""

from __future__ import annotations

from .spec import Spec
from .trainable import Trainable


class Family(Trainable):
    """Base of every family of models. Subclasses set the class attributes and define the verbs they have."""

    kind = "exact"  # of log_likelihood
    completes = "approximate"  # how `fill` draws: exact, approximate, point
    method = ""  # of `fill`, for people

    def __init__(self, spec: Spec, given: Spec):
        super().__init__()
        self.spec, self.given = spec, given
