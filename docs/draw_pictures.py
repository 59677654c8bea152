"""Pictures of the docs. Each function yields (file, what saves it there); its arguments are those of the command line.

`losses`, `relaxation` and `convolution` draw what they compute, `latents` trains two models of MNIST, and the others
draw from run folders.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from textwrap import fill

import matplotlib

matplotlib.use("Agg")
import numpy as np
import torch
import torch.nn.functional as F
from drawing import recorded
from matplotlib import pyplot as plt
from PIL import Image
from torch import Tensor

import genwright
from genwright.core.draws import Draws
from genwright.families.latent.discrete_vae import draw_one_hot, draw_relaxed
from genwright.measure.plots.figures import REAL, SAMPLE
from genwright.measure.plots.picture_sheets import sheet, to_rgb
from genwright.run.previews import png_of_figure
from genwright.zoo import registry

Pictures = Iterator[tuple[str, Callable[[Path], object]]]


def saved(figure) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        figure.savefig(path)
        plt.close(figure)

    return save


def sheet_of(blocks: list, labels: list[str]) -> Callable[[Path], str]:
    return lambda path: sheet(blocks, labels, path)


def panels(rows: int, columns: int, size: tuple[float, float], dpi: int):
    return plt.subplots(rows, columns, figsize=size, layout="constrained", dpi=dpi)


def open_frame(axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)


# ---------------------------------------------------------------------- adversarial.md


def losses() -> Pictures:
    """What each generator pays for a sample, against the discriminator's score of it: the losses of a pair whose real
    item scores 0, less their value at score 0."""
    from genwright.families.adversarial.gan import LOSSES

    dashes = (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 4))  # told apart without colour too
    scores, real = torch.linspace(-5, 5, 201), torch.zeros(1)
    loss = lambda rule, score: float(rule.generator(real, score[None]))
    figure, axes = panels(1, 1, (6.4, 4), 150)
    for (name, rule), style in zip(LOSSES.items(), ("-", "--", "-.", ":", *dashes), strict=True):
        axes.plot(scores, [loss(rule, s) - loss(rule, real[0]) for s in scores], ls=style, lw=1.8, label=name)
    says = dict(
        xlabel="D(G(z)), high where the sample passes for real", ylabel="the generator's loss, 0 at D(G(z)) = 0"
    )
    axes.set(**says, ylim=(-5, 6))
    axes.axvline(0, color="0.8", lw=0.8, zorder=0)
    axes.legend(frameon=False, fontsize=9)
    open_frame(axes)
    yield "gan-losses.png", saved(figure)


def adversarial(plain: str, style: str, count: int = 8) -> Pictures:
    """plain: a run of the preset large, whose units `bench.py gan_units` has ranked. style: one of the preset style,
    of the same labelled pictures."""
    from genwright.families.adversarial.gan import diff_augment

    model, styled = genwright.load_model(plain), genwright.load_model(style)
    some = genwright.load_data(model.config["data"]["source"]).test[:count]
    shares = lambda of, x: of.domain.encode(x)[0].float() / (of.spec.leaf.levels - 1)  # (n, C, H, W) in [0, 1]
    rgb = lambda of, x: to_rgb(shares(of, x))

    seen = [to_rgb((diff_augment(2 * shares(model, some) - 1, Draws("shown", k)) + 1) / 2) for k in range(4)]
    blocks = [
        ("pictures", [[one] for one in rgb(model, some)]),
        ("as the players see them", [*map(list, zip(*seen))]),
    ]
    yield "gan-augmentation.png", sheet_of(blocks, [""] * count)

    psis = (1.0, 0.7, 0.5, 0.3, 0.1)
    drawn = [rgb(styled, styled.sample(2 * count, seed=1, guidance=1 / psi)) for psi in psis]
    yield "gan-truncation.png", sheet_of([("", drawn)], [f"psi {psi:g}" for psi in psis])
    yield "gan-mixing.png", sheet_of(mixed(styled, 8, count), [""] * (count + 1))
    yield "gan-brush.png", sheet_of(brushes(model, count), [str(name) for name in model.domain.labels])

    names = model.domain.labels  # test pictures, what inversion finds of them, and their codes decoded as other classes
    asked = {"G(code)": list(model.domain.values(some, "label"))} | {f"as {name}": name for name in names[:4]}
    z = model.encode(some)
    drawn = (model.decode(z, given={"label": label}) for label in asked.values())
    lines = [rgb(model, x) for x in (some, *drawn)]
    yield "gan-editing.png", sheet_of([("", lines)], ["pictures", *asked])


@torch.no_grad()
def mixed(model, label: int, n: int) -> list:
    """Coarse layers of the rows, fine ones of the columns, all of one class."""
    family, given = model.family, torch.full((n, 1), float(label))
    coarse, fine = Draws("mixed").normal(2, n, family.latents)
    rgb = lambda found: to_rgb(found / (model.spec.leaf.levels - 1))
    top, left = rgb(family.decode(fine, given)), rgb(family.decode(coarse, given))
    rows = [rgb(family.mix(coarse[i : i + 1].expand(n, -1), fine, given, 2)) for i in range(n)]
    return [("coarse", [[np.full_like(top[0], 255)], *([one] for one in left)]), ("fine, and mixed", [top, *rows])]


@torch.no_grad()
def brushes(model, count: int) -> list:
    """Samples of other classes with the units of one class switched on in the middle, class by class."""
    from genwright.networks.units import levels, paint_units, replace_output

    found, family, names = recorded("gan_units")["details"]["classes"], model.family, map(str, model.domain.labels)
    names, layer = list(names), family.generator.blocks[1]
    z = Draws("brush").normal(2000, family.latents)
    given = torch.arange(len(z))[:, None] % len(names) * 1.0
    nothing = torch.zeros(len(z), *family.spec.shape)
    draw = lambda some: (family.generator(z[some], nothing[some], nothing[some].bool(), given[some]) + 1) / 2
    with replace_output(layer) as seen:
        draw(slice(None))
    to, (height, width) = levels(seen[0]), seen[0].shape[2:]
    middle = torch.zeros(height, width, dtype=torch.bool)
    middle[height // 4 : -(height // 4), width // 4 : -(width // 4)] = True
    before, after = [], []
    for k, name in enumerate(names):
        some = [i for i in range(2 * count) if i % len(names) != k][:count]
        before.append(to_rgb(draw(some)))
        with replace_output(layer, lambda h: paint_units(h, found[name]["units"], middle, to)):
            after.append(to_rgb(draw(some)))
    return [("samples", before), ("the class's units switched on", after)]


# ---------------------------------------------------------------------- latents.md


def analogies(run: str, count: int = 6, scale: int = 2, gap: int = 6, grey: int = 160) -> Pictures:
    """The style of some test digits under every label, by a semi-supervised VAE of MNIST."""
    model, few = genwright.load_model(run), genwright.load_data("mnist-100-labels").test[np.arange(count)]
    code = model.encode(few, given={})
    columns = [np.asarray(few), *(model.decode(code, given={"label": label}) for label in model.domain.labels)]
    page = mosaic(np.stack(columns, 1)[..., 0].reshape(-1, *few.shape[1:3]), count)
    page = np.insert(page, [few.shape[2]] * gap, grey, axis=1)
    size = scale * page.shape[1], scale * page.shape[0]
    yield "analogies.png", Image.fromarray(page).resize(size, Image.Resampling.NEAREST).save


def attributes(shown: str = "runs/attributes/shown.npz") -> Pictures:
    """Test items and their edits at growing strength, as `bench.py attributes` left them."""
    edits = np.load(shown)
    rows = [to_rgb(torch.from_numpy(item)[:, None]) for name in edits.files for item in edits[name]]
    labels = [label for name in edits.files for label in (name, *[""] * (len(edits[name]) - 1))]
    blocks = [("picture", [row[:1] for row in rows]), ("its code, and edits", [row[1:] for row in rows])]
    yield "attributes.png", sheet_of(blocks, labels)


def mosaic(pictures: np.ndarray, rows: int) -> np.ndarray:
    """(rows * columns, H, W) -> one picture, row by row."""
    n, height, width = pictures.shape
    return pictures.reshape(rows, n // rows, height, width).swapaxes(1, 2).reshape(rows * height, -1)


def scatter(axes, codes: np.ndarray, labels: np.ndarray, title: str) -> None:
    for label in np.unique(labels):
        mine = labels == label
        axes.scatter(*codes[mine].T, s=3, color=plt.cm.tab10(int(label)), label=str(label), linewidths=0)
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=7)


def name_digits(figure, axes) -> None:
    """A legend of the colours of a scatter, below all panels."""
    colours = axes.get_legend_handles_labels()
    figure.legend(*colours, loc="outside lower center", ncols=10, frameon=False, fontsize=9, markerscale=4)


def latents(items: str = "120000", count: int = 2_000, side: int = 20) -> Pictures:
    """What a code of two numbers looks like, and what its size buys: an autoencoder and a VAE of the same layers and
    code size, trained half a minute each in runs/latents-*, from which a second call draws at once.

    count: test pictures. side: decoded pictures on a side of the grid.
    """
    layers = {"latents": 2, "channels": 512, "depth": 3, "lr": 1e-3}
    numbers = {"autoencoder": layers, "vae": {**layers, "observation": "normal", "sd": 0.8, "kl_warmup": 0}}
    data = genwright.load_data("mnist", given=[])
    test, labels = data.test[:count], np.asarray(genwright.load_data("mnist").test.given["label"][:count]).astype(str)
    fit = lambda name: genwright.fit(
        data, name, items=int(items), out=f"runs/latents-{name}", progress=False, preset="dense",
        hyperparameters=numbers[name],
    )  # fmt: skip
    models = {"autoencoder": fit("autoencoder"), "VAE": fit("vae")}

    figure, axes = panels(2, 2, (8, 8), 120)  # codes above, the decoded rectangle around them below
    for (name, model), (above, below) in zip(models.items(), axes.T):
        codes = model.encode(test)
        scatter(above, codes, labels, f"{name}: codes of test digits")
        (left, low), (right, high), title = *np.quantile(codes, [0.01, 0.99], axis=0), "that range"
        if name == "VAE":
            left, low, right, high, title = -2.5, -2.5, 2.5, 2.5, "where draws of N(0, I) are"
            above.add_patch(plt.Circle((0, 0), 2, fill=False, ls="--", color="0.4"))
        grid = np.stack(np.meshgrid(np.linspace(left, right, side), np.linspace(high, low, side)), -1)
        pictures = np.asarray(model.decode(grid.reshape(-1, 2).astype(np.float32)))[..., 0]
        below.imshow(mosaic(pictures, side), cmap="gray_r", extent=(left, right, low, high), aspect="auto")
        below.set_title(f"decoded: {title}", fontsize=10)
        below.tick_params(labelsize=7)
    name_digits(figure, axes[0, 1])
    yield "latents-spaces.png", saved(figure)

    figure, axes = panels(2, 1, (7, 3.2), 120)  # from a 1 to a 7, from a 4 to an 8, by each model
    one = lambda label: test[labels == label][:1]
    for (name, model), at in zip(models.items(), axes):
        rows = [np.asarray(model.interpolate(one(a), one(b), steps=14))[..., 0] for a, b in ("17", "48")]
        at.imshow(mosaic(np.concatenate(rows), 2), cmap="gray_r")
        at.set_title(name, fontsize=10)
        at.axis("off")
    yield "latents-ways.png", saved(figure)
    yield from sizes()


def sizes() -> Pictures:
    """PCA's codes and the deep autoencoder's, and the error of both against the size of the code."""
    details = recorded("autoencoders")["details"]
    figure, axes = panels(1, 3, (11, 3.6), 120)
    shown = {
        "pca": ("PCA, two numbers", "pca_codes", "PCA", "s--"),
        "deep": ("autoencoder, two numbers", "codes", "autoencoder", "o-"),
    }
    for at, (name, (title, codes, label, style)) in zip(axes, shown.items()):
        scatter(at, np.array(details[codes]), np.array(details["labels"]), f"{title}: error {details[name]['2']:.0f}")
        points = sorted((int(size), value) for size, value in details[name].items() if size in details["deep"])
        axes[2].plot(*zip(*points), style, label=label, lw=1.8)
    axes[2].set(xscale="log", xlabel="numbers in a code", ylabel="squared error of a test image")
    axes[2].set_xticks([size for size, _ in points], [str(size) for size, _ in points])
    axes[2].minorticks_off()
    axes[2].legend(frameon=False, fontsize=9)
    open_frame(axes[2])
    name_digits(figure, axes[0])
    yield "latents-sizes.png", saved(figure)


# ---------------------------------------------------------------------- latents-discrete.md


@torch.no_grad()
def codes(
    priors_run: str, levels_run: str, name: str = "fashion-mnist", count: int = 12, many: int = 2_000
) -> Pictures:
    """Runs of vq-vae and vq-vae-2. count: pictures in a row. many: those that a level's entries are averaged over."""
    data = genwright.load_data(name)
    test, top = data.tensors("test")[:count], data.domain.spec.leaf.levels - 1
    x, train = test.x.float(), data.tensors("train").x[:many].float()
    yield "codes-priors.png", strips(by_prior(genwright.load_model(priors_run).family, x, test.given), top)
    yield "codes-levels.png", strips(by_level(genwright.load_model(levels_run).family.codec, x, train), top)


def strips(rows: dict[str, Tensor], top: int) -> Callable[[Path], None]:
    """One row of pictures (n, C, H, W) in 0 .. top, with its name, under another."""
    figure, axes = panels(len(rows), 1, (9, 0.85 * len(rows)), 150)
    for axis, (name, x) in zip(axes, rows.items()):
        axis.imshow(torch.cat(list(x), 2).movedim(0, -1).squeeze(-1) / top, cmap="gray", vmin=0, vmax=1)
        axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    return saved(figure)


def by_prior(family, x: Tensor, given: Tensor) -> dict[str, Tensor]:
    """Test pictures, drawn again from their codes, and drawn from codes by the learned and by the uniform prior."""
    from genwright.families.baselines.bootstrap_and_independent import Uniform

    codec = family.codec
    again = codec.head.sample(codec.params(codec.entries(codec.encode(x))), Draws("again"))
    learned = family.sample(len(x), given, Draws("learned"))
    for level, prior in enumerate(family.priors):
        family.priors[level] = Uniform(prior.spec, prior.given)
    uniform = family.sample(len(x), given, Draws("uniform"))
    return {"test": x, "from their codes": again, "learned prior": learned, "uniform prior": uniform}


def by_level(codec, x: Tensor, many: Tensor) -> dict[str, Tensor]:
    """Test pictures, decoded from the entries of all levels, and of one with the mean entries in the others' place."""
    own = codec.levels(codec.entries(codec.encode(x)))
    mean = [part.mean(0, keepdim=True) for part in codec.levels(codec.entries(codec.encode(many)))]
    decode = lambda parts: codec.head.mean(codec.params(torch.cat([part.flatten(1) for part in parts], 1)))
    rows = {"test": x, "all levels": decode(own)}
    for kept, name in enumerate(codec.latents.names):
        parts = [q if level == kept else mean[level].expand_as(q) for level, q in enumerate(own)]
        rows[f"{name} alone"] = decode(parts)
    return rows


VARIABLES, CATEGORIES, PIXELS, HIDDEN = 3, 4, 20, 32
TAUS = tuple(2.0**k for k in range(-4, 3))
SAMPLES = 200_000
RELAXED, THROUGH, SCORE, BASELINE = "Gumbel-softmax", "straight-through", "score function", "with a baseline"


class Small:
    """A fixed decoder of 20 pixels, a picture, and logits l of a code of 3 variables, 4 categories each."""

    def __init__(self, seed: int = 0):
        rng = Draws("relaxation", seed)
        self.first = 1.5 * rng.normal(VARIABLES * CATEGORIES, HIDDEN)
        self.last = rng.normal(HIDDEN, PIXELS) / HIDDEN**0.5
        self.x = (rng.uniform(PIXELS) < 0.5).float()
        self.logits = rng.normal(VARIABLES, CATEGORIES)

    def log_px(self, z: Tensor) -> Tensor:
        """z: (n, variables, categories), relaxed or not -> (n,)."""
        logits = (z.flatten(1) @ self.first).tanh() @ self.last
        return -F.binary_cross_entropy_with_logits(logits, self.x.expand_as(logits), reduction="none").sum(1)

    def exact(self) -> tuple[Tensor, Tensor]:
        """E_q log p(x | z) by a sum over all codes, and its gradient by l."""
        logits = self.logits.clone().requires_grad_()
        codes = torch.tensor(list(product(range(CATEGORIES), repeat=VARIABLES)))
        q = logits.softmax(-1)[torch.arange(VARIABLES), codes].prod(1)
        value = (q * self.log_px(F.one_hot(codes, CATEGORIES).float())).sum()
        return value.detach(), torch.autograd.grad(value, logits)[0]

    def estimates(self, how: str, tau: float, n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
        """n independent estimates of both: (n,) and (n, variables, categories)."""
        rng = Draws("estimates", how, seed)
        logits = self.logits.expand(n, -1, -1).clone().requires_grad_()
        if how in (RELAXED, THROUGH):
            each = self.log_px(draw_relaxed(logits, tau, rng, how == THROUGH))
            return each.detach(), torch.autograd.grad(each.sum(), logits)[0]
        z = draw_one_hot(logits.detach(), rng)
        each = self.log_px(z)
        against = self.exact()[0] if how == BASELINE else 0.0
        log_q = (z * logits.log_softmax(-1)).sum((1, 2))
        return each, torch.autograd.grad(((each - against) * log_q).sum(), logits)[0]


def relaxation() -> Pictures:
    """Bias and spread of the relaxed bound and of its gradient against the temperature, on a code so small that the
    bound and its gradient are known by counting all its values."""
    small = Small()
    value, slope = small.exact()
    measures = {
        "bias of the bound, nats": lambda bound, _: float(bound.mean() - value),
        "bias of the gradient, share of its length": lambda _, each: float(
            (each.mean(0) - slope).norm() / slope.norm()
        ),
        "spread of one gradient, share of its length": lambda _, each: float(each.var(0).sum().sqrt() / slope.norm()),
    }
    found = {how: [small.estimates(how, tau, SAMPLES) for tau in TAUS] for how in (RELAXED, THROUGH)}
    figure, axes = panels(1, 3, (10, 3.4), 150)
    for axis, (title, measure) in zip(axes, measures.items()):
        for how, style in ((RELAXED, "o-"), (THROUGH, "s--")):
            axis.plot(TAUS, [measure(*pair) for pair in found[how]], style, ms=4, label=how)
        if axis is axes[0]:
            axis.axhline(0, color="0.5", lw=0.8)
        if axis is axes[2]:
            for how, style in ((SCORE, ":"), (BASELINE, "-.")):
                axis.axhline(measure(*small.estimates(how, 1.0, SAMPLES)), color="0.3", ls=style, lw=1.2, label=how)
        axis.set_xscale("log", base=2)
        if axis is not axes[0]:
            axis.set_yscale("log")
        axis.set(xlabel="temperature", title=title)
        axis.title.set_fontsize(9)
        open_frame(axis)
    axes[2].legend(frameon=False, fontsize=8)
    yield "relaxation.png", saved(figure)


# ---------------------------------------------------------------------- convolution.md


def convolution() -> Pictures:
    """The last one needs the files of Cora."""
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    from genwright.core.graph import from_edges, undirected
    from genwright.graphs.networks.normalise import mean
    from genwright.graphs.networks.propagate import propagate

    cell = torch.arange(64).view(8, 8)
    source, target = (
        torch.cat([a.flatten(), b.flatten()]) for a, b in ((cell[:, :-1], cell[:-1]), (cell[:, 1:], cell[1:]))
    )
    a, x = mean(undirected(from_edges(source, target, 64))), torch.tensor(load_digits().images[0]).float().view(-1, 1)
    figure, axes = panels(1, 4, (8, 2.3), 130)
    for times, panel in ((0, axes[0]), (1, axes[1]), (2, axes[2]), (3, None), (4, axes[3])):
        if panel:
            panel.imshow(x.view(8, 8), cmap="gray_r", vmin=0, vmax=16)
            panel.set(title=f"{times} average{'s' * (times != 1)}", xticks=[], yticks=[])
        x = propagate(a, x)
    yield "convolution-grid.png", saved(figure)

    club = genwright.load_data("karate-club")
    figure, axes = panels(1, 2, (8, 3.6), 130)
    for panel, steps, title in zip(axes, ({"steps": 1}, {}), ("after one step", "trained on 20% of the labels")):
        model = genwright.fit(club, "gcn", seed=0, progress=False, **steps)
        spots(panel, PCA(2).fit_transform(model.encode(club)), club.y.numpy(), club.classes, title)
    axes[1].legend(frameon=False)
    yield "convolution-karate.png", saved(figure)

    data = genwright.load_data("cora")
    test = np.flatnonzero(data.parts == "test")
    figure, axes = panels(1, 2, (9, 4.2), 130)
    for panel, family, title in zip(axes, ("mlp", "gcn"), ("words alone (mlp)", "words and citations (gcn)")):
        found = genwright.fit(data, family, seed=0, progress=False).encode(data)[test]
        spots(panel, TSNE(2, random_state=0).fit_transform(found), data.y.numpy()[test], data.classes, title)
    axes[1].legend(frameon=False, fontsize=8, title="field")
    yield "convolution-cora.png", saved(figure)


def spots(axes, plane: np.ndarray, y: np.ndarray, classes: tuple[str, ...], title: str) -> None:
    """Each class has a colour and a shape."""
    colours = plt.colormaps["viridis"](np.linspace(0, 0.92, len(classes)))
    for k, name in enumerate(classes):
        axes.scatter(*plane[y == k].T, s=16, color=colours[k], marker="osD^vPX"[k], label=name, linewidths=0)
    axes.set(xticks=[], yticks=[], title=title)


# ---------------------------------------------------------------------- speed.md


def frontier() -> Pictures:
    """Quality against processor seconds of training, ours and a peer's, as `bench.py frontier` recorded it."""
    curves = recorded("frontier")["details"]["curves"]
    figure, axes = panels(1, len(curves), (12, 3.2), 150)
    for (name, curve), panel in zip(curves.items(), axes):
        figured = curve.pop("figure")
        for (side, points), style, whose in zip(curve.items(), ("o-", "s--"), ("genwright: ", ""), strict=True):
            spent, found = ([point[key] for point in points] for key in ("seconds", "figure"))
            panel.plot(spent, found, style, label=f"{whose}{side}")
        better = "high" if "AUC" in figured else "low"
        panel.set(title=name, xlabel="processor seconds", ylabel=f"{fill(figured, 24)}\n({better} is good)")
        panel.legend(frameon=False, fontsize=9)
        open_frame(panel)
    yield "speed-frontier.png", saved(figure)


# ---------------------------------------------------------------------- README.md, pages of families

TOY, TOY_POINTS = "pinwheel", 800  # a table of two columns whose law is known, and points of a picture
DRAWN = {  # data: options of them, training items of a family, samples of a picture, and the families
    TOY: (
        {}, 400_000, TOY_POINTS,
        "bootstrap copula energy flow flow-matching independent mixture pca score-matching trees".split(),
    ),
    "digits": (
        {}, 60_000, 16,
        "autoregressive class-gaussian diffusion discrete-vae gaussian hierarchical-vae integer-flow iwae".split(),
    ),
    "community-small": (
        {}, 20_000, 6,
        "barabasi-albert erdos-renyi gran graph-rnn graph-vae rewiring stochastic-block-model".split(),
    ),
    "lipophilicity": ({"given": []}, 60_000, 8, "brics n-gram valence".split()),
}  # fmt: skip
SCENE = "a large red star on a black ground"


def stars() -> Pictures:
    """README's first picture: what its first command writes, in a row and enlarged."""
    model = genwright.load_model("shipped:shapes")
    drawn = model.sample(8, given={"caption": SCENE}, guidance=2, top_p=0.9, seed=0)
    yield "stars.png", enlarged(np.concatenate([*drawn], axis=1))


def families(*names: str) -> Pictures:
    """Samples of families beside real items. names: of these families alone."""
    for source, (options, items, count, fitting) in DRAWN.items():
        wanted = [name for name in fitting if not names or name in names]
        data = genwright.load_data(source, **options) if wanted else None
        for name in wanted:
            model = genwright.fit(data, name, items=items, seed=0, progress=False)
            draw = drawn_points if source == TOY else drawn_items
            yield f"families/{name}.png", draw(model, data.test[:count], model.sample(count, seed=0))


def drawn_points(model, real, sampled) -> Callable[[Path], None]:
    """Two columns of numbers, as points."""
    figure, axes = panels(1, 2, (6, 3), 110)
    for panel, rows, title in zip(axes, (real, sampled), ("real", model.config["family"])):
        panel.scatter(*np.asarray(rows, float).T, s=5, color=REAL if title == "real" else SAMPLE, linewidths=0)
        panel.set(xlim=(-4, 4), ylim=(-4, 4), xticks=[], yticks=[], title=title, aspect="equal")
    return saved(figure)


def drawn_items(model, real, sampled) -> Callable[[Path], None]:
    """Items as the report draws them, real ones above samples."""
    suite, drawn = registry.suite_class(model), []
    for items in (real, sampled):
        picture = Image.open(io.BytesIO(png_of_figure(suite.drawing(model.domain, items)))).convert("RGBA")
        drawn.append(Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB"))
    figure, axes = panels(2, 1, (6.6, 6.6 * sum(one.height for one in drawn) / drawn[0].width + 0.6), 110)
    for panel, picture, title in zip(axes, drawn, ("real", model.config["family"])):
        panel.imshow(picture)
        panel.set(xticks=[], yticks=[], title=title)
        panel.spines[:].set_visible(False)
    return saved(figure)


def enlarged(pixels: np.ndarray, times: int = 3) -> Callable[[Path], None]:
    """pixels: (H, W, 3), 0 to 255."""
    image = Image.fromarray(pixels.astype(np.uint8))
    return image.resize((times * image.width, times * image.height), Image.Resampling.LANCZOS).save


PICTURES = {
    each.__name__: each
    for each in (
        losses,
        adversarial,
        analogies,
        attributes,
        latents,
        codes,
        relaxation,
        convolution,
        frontier,
        stars,
        families,
    )  # fmt: skip
}
