"""Semi-supervised variational autoencoder of two layers (Kingma 2014, M1 + M2 trained together; the label is summed
over).

    p(x, z, u, y) = p(y) N(u; 0, I) N(z; m(u, y), s(u, y)^2) p(x | z)         u: style, z: code, y: label
    q(z, u, y | x) = q(z | x) q(y | z) q(u | z, y)

    joint(z, y)   = log p(y) + E_q(u | z, y) log p(z | u, y) - KL(q(u | z, y) || N(0, I))
    labelled      E_q(z | x) [log p(x | z) + joint(z, y) - log q(z | x)]  + alpha log q(y | z)
    unlabelled    E_q(z | x) [log p(x | z) + sum_y q(y | z) joint(z, y) + H(q(y | z)) - log q(z | x)]

The sum over labels looks at z alone, which has few numbers. So it costs little beside one pass over the image.

    log p(x)     >= log 1/K sum_k p(x | z_k) / q(z_k | x) sum_y p(y) p(z_k | u_ky, y) p(u_ky) / q(u_ky | z_k, y)
"""

from dataclasses import dataclass
from math import log, pi

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.errors import DataError
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.shares import share
from ...core.spec import Category, Spec
from ...core.trainable import Batch, Player, Stage
from ...distributions.heads import pick
from ...distributions.normal import draw, kl_to_standard, log_density_by_variance, standard_log_density

ROUNDS = 20  # steps of the chain that completes


@dataclass(frozen=True)
class SemiSupervisedNetworks:
    """The networks of a semi-supervised VAE: encoder, classifier, priors and decoder.

    Args:
        encoder, decoder: of `networks.adapters`, told of no label.
        head: Head of `heads`. classifier(z) -> logits (B, labels); stylist(z, y) -> mean, log variance of q(u | z,
            y); prior(u, y) -> those of p(z | u, y), with y weights of the labels, (*, labels), that broadcast
            against z and u.
    """

    encoder: nn.Module
    classifier: nn.Module
    stylist: nn.Module
    prior: nn.Module
    decoder: nn.Module
    head: nn.Module


class SemiSupervisedVAE(Family):
    """A variational autoencoder that learns labels from few labelled items.

    Args:
        spec: Spec of the items.
        given: One category, the label, NaN where an item has none.
        networks: Its networks.
        latents, styles: Numbers in z and in u.
        draws: K of the bound in an evaluation.
        alpha: Weight of log q(y | z), averaged over the labelled items of a batch.
        labelled_weight: Share of labelled items in a batch.
    """

    kind = "lower bound"
    parallel = "gather"  # one term is a mean over labelled items
    method = "encoded and decoded in turns, the known part put back each time"

    def __init__(
        self, spec: Spec, given: Spec, networks: SemiSupervisedNetworks, latents: int, styles: int, draws: int,
        alpha: float, labelled_weight: float,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.encoder, self.classifier, self.stylist = networks.encoder, networks.classifier, networks.stylist
        self.prior, self.decoder, self.head = networks.prior, networks.decoder, networks.head
        self.latents, self.styles, self.draws = latents, styles, draws
        self.alpha, self.labelled = alpha, labelled_weight
        shares = torch.tensor(label_of(given).marginal.probs)
        self.register_buffer("log_shares", (shares / shares.sum()).log(), False)  # log p(y), of the labelled items

    @property
    def labels(self) -> int:
        return len(self.log_shares)

    def stages(self) -> list[Stage]:
        player = Player("model", list(self.parameters()), self.loss)
        return [Stage("fit", [player], labelled=self.labelled)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, rng, label = batch.x, batch.rng, batch.given[:, 0]
        mean, log_var = self.encoder(x, None, empty_condition(x))
        z = draw(mean, log_var, rng)
        log_q = self.classifier(z).float().log_softmax(1)
        log_pz, right = self._bound(z, log_q, label, rng)
        entropy = 0.5 * (log_var + 1 + log(2 * pi)).sum(1)  # -E log q(z | x)
        log_px = self._log_px(x, z)
        batch_share = share()
        labelled_share = batch_share.sum((~label.isnan()).sum().float()).clamp(min=1) / batch_share.count
        surprise = -right.sum() / labelled_share  # nats of the classifier at the labels
        bound = (log_px + log_pz + entropy).mean()
        logs = {"reconstruction": -log_px.mean(), "bound": bound, "label": surprise}
        return self.alpha * surprise - bound, {name: value.detach() for name, value in logs.items()}

    def _bound(self, z: Tensor, log_q: Tensor, label: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """A bound on log p(z, y), or on log p(z) where the label is NaN; and log q(y | z) at the label, 0 without
        one: (B,) each. log_q: (B, labels)."""
        joint, is_labelled = self._joint(z, rng), ~label.isnan()
        y = label.nan_to_num().long()[:, None]
        at = lambda by_label: by_label.gather(1, y)[:, 0]
        summed = (log_q.exp() * (joint - log_q)).sum(1)
        return torch.where(is_labelled, at(joint), summed), torch.where(is_labelled, at(log_q), 0.0)

    def _joint(self, z: Tensor, rng: Draws) -> Tensor:
        """joint(z, y) of every label, by one draw of u each: (B, labels)."""
        mean, log_var = self.stylist(z[:, None], self._all_labels)
        log_pz = log_density_by_variance(z[:, None], *self.prior(draw(mean, log_var, rng), self._all_labels))
        return log_pz - kl_to_standard(mean, log_var).sum(-1) + self.log_shares

    def predict(self, x: Tensor) -> Tensor:
        """Predicts the label probabilities (B, labels) of q(y | z) at the mean of q(z | x)."""
        return self.classifier(self._code(x)).float().softmax(1)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        sampled_labels = pick(self.log_shares.expand(n, -1), rng)
        y = torch.where(given[:, 0].isnan(), sampled_labels, given[:, 0].nan_to_num().long())
        z = draw(*self.prior(rng.normal(n, self.styles), self._weights(y)), rng)
        return self.head.sample(self._params(z), rng)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, Tensor]:
        """Estimates the importance-weighted bound of log p(x | label) where there is a label, else of log p(x)."""
        mean, log_var = self.encoder(x, None, empty_condition(x))
        is_labelled, y = ~given.isnan(), given.nan_to_num().long()
        log_w = []
        for _ in range(draws or self.draws):
            z = draw(mean, log_var, rng)
            q = self.stylist(z[:, None], self._all_labels)
            u = draw(*q, rng)
            ratio = standard_log_density(u).sum(-1) - log_density_by_variance(u, *q)
            log_pz = log_density_by_variance(z[:, None], *self.prior(u, self._all_labels)) + ratio
            marginal_log_prob = (log_pz + self.log_shares).logsumexp(1)
            chosen_log_prob = torch.where(is_labelled, log_pz.gather(1, y), marginal_log_prob[:, None])[:, 0]
            log_w.append(self._log_px(x, z) + chosen_log_prob - log_density_by_variance(z, mean, log_var))
        return log_average(torch.stack(log_w).double())

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the label weights, 1 at the given label, else q(y | z), and the style at the likeliest label: (B,
        labels + styles)."""
        z = self._code(x)
        y = torch.where(given.isnan(), self.classifier(z).float().softmax(1), self._weights(given[:, 0]))
        style, _ = self.stylist(z, self._weights(y.argmax(1)))
        return torch.cat([y, style], 1)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Returns the middle of p(x | style, label), with the given label, else the label weights in z."""
        y, style = z.split([self.labels, self.styles], 1)
        y = y.clamp(min=1e-6)
        y = torch.where(given.isnan(), y / y.sum(1, keepdim=True), self._weights(given[:, 0]))
        return self.head.point_estimate(self._params(self.prior(style, y)[0]))

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        completions = torch.where(known, x.float(), self.sample(len(x), given, rng))
        for _ in range(ROUNDS):
            z = draw(*self.encoder(completions, None, empty_condition(x)), rng)
            completions = torch.where(known, x.float(), self.head.sample(self._params(z), rng, present=True))
        return completions

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Warns of labels that the classifier never predicts, though they are among the labelled items.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        share = self.predict(x).mean(0)
        unused = [k for k in range(self.labels) if share[k] < 0.1 * float(self.log_shares[k].exp())]
        if not unused:
            return []
        return [f"label number {', '.join(map(str, unused))} is hardly ever predicted: its items joined another's"]

    def _code(self, x: Tensor) -> Tensor:
        return self.encoder(x, None, empty_condition(x))[0]

    def _params(self, z: Tensor) -> Tensor:
        values = z.new_zeros(len(z), *self.spec.shape)
        return self.decoder(z, values, None, empty_condition(z)).float()

    def _log_px(self, x: Tensor, z: Tensor) -> Tensor:
        return self.head.log_prob(self._params(z), x.float()).flatten(1).sum(1)

    def _weights(self, y: Tensor) -> Tensor:
        """One-hot of labels (B,), of the first where there is none."""
        return F.one_hot(y.nan_to_num().long(), self.labels).float()

    @property
    def _all_labels(self) -> Tensor:
        """Each label for sure: (labels, labels)."""
        return torch.eye(self.labels, device=self.log_shares.device)


def label_of(given: Spec) -> Category:
    """Returns the only condition, a label. Raises DataError where it is no category, or not the only one."""
    if len(given.leaves) != 1 or not isinstance(given.columns[0], Category) or given.columns[0].shape:
        condition_names = ", ".join(given.names) or "nothing"
        raise DataError(
            f"semi-supervised learning needs labels, of some items at least, as the one given category, and given is "
            f"{condition_names}: bring labels, None where there is none"
        )
    return given.columns[0]


def empty_condition(x: Tensor) -> Tensor:
    """Returns conditions (B, 0) for networks that read no label."""
    return x.new_zeros(len(x), 0, dtype=torch.float32)
