"""The interface of a family: an objective and a sampler over a Spec, tensors in, tensors out.

A family is an `nn.Module`. It offers a verb by defining its method:

    sample(n, given, rng)                    -> x                      behind Model.sample; takes each name in
                                                                       `sample_options` as an argument too
    log_likelihood(x, given, rng, draws)     -> nats (B,), se or None  behind Model.log_prob; if `scores_known`, takes
                                                                       known=None too: then of the unknown values
                                                                       given the known ones, a likelihood of the kind
                                                                       `kind_given(known)`
    member_log_likelihood(x, given)          -> nats (N,)              behind Model.log_prob_rows, of ordered sets: of
                                                                       each member given those before it
    encode(x, given) / decode(z, given)      -> z (B, ...) / x         behind encode, decode, interpolate
    fill(x, known, given, rng)               -> x                      behind Model.complete; takes each name in
                                                                       `complete_options` as an argument too
    progress(n, given, rng)                  -> states, expected       behind Model.progress, if `has_path`; take the
    noised(x, strength, rng)                 -> states                 arguments of `Denoising` too
    edit(x, ...)                             -> x                      behind Model.edit: (x, source, target, strength)
                                                                       or (x, instruction, rng, guidance,
                                                                       image_guidance), as `edits_by` says
    code()                                   -> `Code`                 behind Model.compress and decompress, for
                                                                       discrete leaves
    within(region)                           -> `Within` or None       behind conditions of Model.sample, and log_mass:
                                                                       rows of a region of columns, and its mass
    predict(x)                               -> (B, k)                 behind Model.predict: probabilities of the given
                                                                       category, the only conditioning variable

x: (B, *spec.shape) in the units of the Spec, NaN where an optional value is absent. B is the number of items; states
have an axis of steps before it. given: (B, G), one column per conditioning variable, NaN if it is left out; G may be 0.
known: (B, *spec.shape) bool. rng: the only source of random numbers, on the device of the tensors. nats: in the user's
units, of the family's `kind`. se: (B,) standard errors, None if the number is not a Monte Carlo estimate. draws: random
draws per item, None for the family's default. `fill` sets every unknown value; the caller restores the known values.

Sampling options (`sample_options`) are passed only if the user chose them. The default of each argument is the value
that the model was trained with: guidance=1.0, against=None (like given: (B, G)), start=None (like x), strength=1.0,
steps=None, sampler=None, and so on. With strength 1, start has no effect.

Verbs are called without gradients, in eval mode, on blocks of a fixed size.
"""

from typing import Protocol

from torch import Tensor

from .draws import Draws
from .entropy_coder import Stack
from .likelihood import weakest
from .ragged import X
from .sample_options import Effort, SampleOption
from .spec import Spec
from .trainable import Trainable


class Family(Trainable):
    """Base of every family of models over items of `spec`, conditioned on the scalar leaves of `given`, possibly none.

    Subclasses set the class attributes, define the verbs they offer, and train by `loss`, `stages` or `finish` (see
    `Trainable`). `lacks` (optional): {verb of Model, or option of `complete`: why the family does not offer it}.

    Args:
        sample_options: the options of `sample` and of `fill` that the user may choose.
        complete_options: the options of `sample` and of `fill` that the user may choose.
        spec: Spec of the items x.
        given: of the conditioning variables; it may have none.
    """

    kind = "exact"  # kind of log_likelihood: exact, lower bound, estimate, unnormalised
    completes = "approximate"  # quality of what `fill` draws: exact, approximate, point
    method = ""  # name of the method of `fill`, for people
    conditional = True  # looks at what is given
    scores_known = False  # log_likelihood takes `known`
    edits_by = ""  # what `edit` takes: two "captions" or an "instruction"
    has_path = False  # draws follow a path of noise levels, which `progress` shows
    sample_options: tuple[SampleOption, ...] = ()
    complete_options: tuple[SampleOption, ...] = ()
    repeats = True  # trained again by the same seed, it has the same weights
    allows_missing_given = True  # has learned to draw where a given variable is left out

    def __init__(self, spec: Spec, given: Spec):
        super().__init__()
        self.spec, self.given = spec, given

    def kind_given(self, known: X) -> str:
        """Returns the kind of `log_likelihood` of the unknown part given the known part. It is an estimate if the
        family learns this conditional separately (`completes_given`).

        Args:
            known: (B, *spec.shape) bool, True where x is known.
        """
        return self.kind if self.completes_given(known) == "exact" else weakest(self.kind, "estimate")

    def completes_given(self, known: X, **options: object) -> str:
        """Returns the quality of `fill` with these options, given the known part: exact, from the conditional of the
        distribution that `log_likelihood` scores; approximate; or one point.

        Args:
            known: (B, *spec.shape) bool, True where x is known.
            options: Sampling options that were chosen, by name.
        """
        return self.completes

    def effort(self, **options: object) -> Effort | None:
        """Counts steps and network calls of `sample` with these options; None if the family does not sample step by
        step.

        Args:
            options: the `sample_options` that the user chose, by name.
        """
        return None

    def describe_method(self, **options: object) -> str:
        """Describes the method of `fill` with these options in words.

        Args:
            options: the `complete_options` that the user chose, by name.
        """
        return self.method

    def lengths(self, x: X) -> Tensor | None:
        """Returns the lengths (B,) of items that are padded; None for items of one length.

        Args:
            x: (B, *spec.shape) items.
        """
        return self.spec.numbers(x) if self.spec.ends else None


class Within(Protocol):
    """Protocol of samplers of a region of some columns.

    pays: Whether it is faster than to draw anywhere and keep what lies in the region.
    proposed, kept: Proposals so far. excess: the share of the mass that was cut off.
    """

    pays: bool
    proposed: int
    kept: int
    excess: float

    def sample(self, n: int, rng: Draws) -> Tensor: ...

    def log_mass(self) -> tuple[float, float | None]: ...


class Code(Protocol):
    """Protocol of coders that push items on a stack of bits and pop them: `decompress` undoes `compress` to the last
    bit of the stack.

    Args:
        sizes: Sizes of the blocks of items that are coded at once, the last of them again and again; None for as many
            as are drawn.
    """

    sizes: tuple[int, ...] | None

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None: ...

    def decompress(self, given: Tensor, stack: Stack) -> Tensor: ...
