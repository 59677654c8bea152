"""What a trained model makes of items: `genwright log-prob`, `encode`, `compress`, `decompress`, `plot`; and
what a predictor makes of them: `predict`, `search`, `misfits`.
"""

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..core.errors import DataError, GivenError
from ..core.manifest import load_place
from ..core.safe_text import visible
from ..zoo import registry
from .arguments import (
    about,
    count_items,
    in_rows,
    is_predictor,
    matches_texts,
    notes_on,
    of_items_that_fit,
    open_model,
    place,
    read_asked,
    read_for,
    require_no_graph,
    say,
    table_place,
)
from .options import Device, Images, Run, SheetOptions, Source, ToReadOptions, read_pairs
from .parser import OPTIONS, Keywords, Shown

if TYPE_CHECKING:
    from ..kinds.formats.raw import Read
    from ..run.model import Model

DRAWS = Keywords("run.model:Model.log_prob", {OPTIONS: "draws"}, shown={"draws": Shown("NUMBER", least=1)})
FIGURE = Keywords("studies.plot:plot", {OPTIONS: "node method seed"}, shown={"method": Shown("t-SNE|PCA")})
ASKED = Keywords(
    "run.predictor:Predictor.predict",
    {OPTIONS: "among new where samples"},
    shown={
        "among": Shown("TEXT"),
        "new": Shown(least=1),
        "where": Shown("PLACE=NAME"),
        "samples": Shown(least=1),
    },
)
OUT_PAGE = "Output .html, a page with the images, or a table such as .csv. Default: lines on stdout."
Page = Annotated[Path | None, Shown(help=OUT_PAGE)]


def log_prob(
    run: Run,
    data: Source,
    *,
    out: Path | None = None,
    each: Annotated[str | None, Shown("row")] = None,
    options: Annotated[dict, DRAWS],
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Log-likelihood of each item, in nats. For an .npz with a `known` mask: of the unknown part given the known part.

    Example: genwright log-prob runs/mine new.csv --out lp.csv

    Args:
        out: Output table, one row per item: id, nats, se, kind, of. Default: a new log_prob.csv. An existing file is
            overwritten, with a message.
        each: Series: one line per row, to find unusual moments.
    """
    import pandas as pd

    from ..core.files import write_whole
    from ..kinds.formats.tables.write_table import table_parts

    out, over = table_place(out, "log_prob.csv", "a likelihood")
    model = open_model(run, "log_prob", device)
    read = read_for(model, data, sheet)
    if each is not None:
        return _score_rows(model, data, read, each, out, over)
    lp, fits = of_items_that_fit(
        model,
        data,
        read.items,
        read.places,
        "likelihood",
        lambda items: model.log_prob(items, known=read.known, **options),
    )
    carried = getattr(read.items, "given", {})
    columns = {model.domain.id_name: list(read.places)}
    columns |= {name: carried[name] for name in ("name", "smiles") if name in carried}
    columns["nats"] = in_rows(lp.nats, fits)
    if lp.se is not None:
        columns["se"] = in_rows(lp.se, fits)
    write_whole(out, table_parts(pd.DataFrame(columns | {"kind": lp.kind, "of": lp.of}), out))
    what = count_items(len(lp), "item") + " given what is known" * (read.known is not None)
    print(visible(f"{what}, mean {lp.mean()} nats ({lp.kind} of the {lp.of}): {out}{over}"))
    if impossible := int((lp.nats == -inf).sum()):
        say([f"{count_items(impossible, 'item')} cannot come from this model, so the mean is not finite"])
    if lp.noise:
        print(f"{lp.noise} (within the ± above): more --draws make it smaller")


def _score_rows(model: "Model", data: str, read: "Read", each: str, out: Path, over: str) -> None:
    """Write the log-likelihood of every row of series. Raises GivenError for another part of items than rows."""
    import numpy as np
    import pandas as pd

    from ..core.files import write_whole
    from ..kinds.formats.tables.write_table import table_parts

    if each != "row":
        raise GivenError(f"--each {each} is unknown: use --each row, or leave it out for whole items")
    rows, fits = of_items_that_fit(model, data, read.items, read.places, "likelihood", model.log_prob_rows)
    names = [name for name, fit in zip(read.places, fits) if fit]
    sizes = np.array([len(one) for one in rows])
    table = pd.DataFrame({model.domain.id_name: np.repeat(np.array(names, object), sizes)})
    table["row"] = np.concatenate([np.arange(1, size + 1) for size in sizes])
    table["nats"] = np.concatenate(rows)
    write_whole(out, table_parts(table, out))
    print(visible(f"{count_items(len(table), 'row')} of {len(rows):,} series: {out}{over}"))


def encode(
    run: Run,
    data: Source,
    *,
    out: Path | None = None,
    options: ToReadOptions,
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Encode items as latents or embeddings.

    Generative models have latents; predictors have embeddings of nodes, graphs or molecules.

    Images and texts: a folder of images (the run keeps its index for `genwright search`), or a .txt of texts.

    Example: genwright encode runs/mine cora --out codes.npz

    Args:
        out: Output .npz: codes, one row per item, and id. Default: a new codes.npz. An existing file is overwritten,
            with a message. For counts, an .h5ad holds the items with their codes in obsm.
    """
    import numpy as np

    from ..core.files import npz_bytes, write_whole
    from ..run.image_index import index_path, indexed

    model = open_model(run, "encode", device)
    with_items = out is not None and out.suffix.lower() == model.domain.with_latents != ""
    out, over = place(out, "codes.npz", "" if with_items else "codes")
    with about(data):
        if matches_texts(model) and Path(data).is_dir():
            index = indexed(model, data, index_path(run, data))
            codes, names = index.vectors, list(index.names)
        else:
            items, names = read_asked(model, data, options, sheet)
            if is_predictor(model):
                codes = np.asarray(model.encode(items))
            else:
                codes = in_rows(*of_items_that_fit(model, data, items, names, "code", model.encode))
    if with_items:
        model.domain.write_latents(items, codes, out)
    else:
        arrays = {"codes": codes} | ({} if names is None else {"id": np.array(names).astype(str)})
        write_whole(out, npz_bytes(arrays, pack=False))
    print(visible(f"{count_items(len(codes), 'code')} of {int(np.prod(codes.shape[1:])):,} numbers: {out}{over}"))


def compress(
    run: Run,
    data: Source,
    *,
    out: Path | None = None,
    given: Annotated[bool, Shown(flags=("--given/--no-given",))] = True,
) -> None:
    """Compress items losslessly with the model. Only the same run can decompress them.

    Example: genwright compress runs/mine new.csv --out new.gw

    Args:
        out: Output .gw file. Default: a new items.gw.
        given: Keep the labels of items, and condition the code on them.
    """
    from ..core.files import write_whole
    from ..kinds.load import read_items

    model = open_model(run, "compress", "cpu")
    out, over = place(out, "items.gw")
    with about(data):
        read = read_items(data, model.domain, model.config["data"]["options"])
        if notes := notes_on(read):
            raise DataError(
                f"{'; '.join(notes)}, so decompress would not give back what is there: change that in a copy, and "
                "compress the copy"
            )
        if read.known is not None:
            raise DataError("some items have unknown parts, and compress takes whole items: complete them first")
    with about(data, read.places):
        write_whole(out, model.compress_blocks(read.items, None if given else {}, progress=True))
    size, count = out.stat().st_size, len(read.items)
    print(visible(f"{count_items(count, 'item')} in {size:,} bytes, {8 * size / count:,.1f} bits each: {out}{over}"))


def decompress(run: Run, file: Path, *, out: Path | None = None) -> None:
    """Restore the items of a compressed file.

    Example: genwright decompress runs/mine new.gw --out new.csv

    Args:
        file: File that genwright compress wrote with the same run.
        out: Output file, as for sample. Default: a new items.csv or the like.
    """
    from ..core.limits import read_plain

    model = open_model(run, "compress", "cpu")
    out, over = place(out, f"items{model.domain.suffix}")
    with about(str(file)):
        items = model.decompress(bytes(read_plain(file)), progress=True)
    print(visible(f"{count_items(len(items), 'item')}: {model.domain.write(items, out)}{over}"))


def plot(
    run: Run,
    data: Source,
    *,
    what: Annotated[str, Shown("|".join(registry.FIGURES))],
    out: Path | None = None,
    figure: Annotated[dict, FIGURE],
    options: ToReadOptions,
    sheet: SheetOptions,
    device: Device = "auto",
) -> None:
    """Draw one figure of a model, with a sentence about it.

    Example: genwright plot runs/mine digits --what progressive --out chain.svg

    On a graph: genwright plot runs/cora-gat cora --what attention --node 17

    Args:
        what: The figure.
        out: A .png or .svg file (named after the figure). An existing file is overwritten, with a message.
    """
    from ..run.open import load_model
    from ..studies.plot import figure_of
    from ..studies.plot import plot as draw

    model = load_model(run, device)
    figure_of(model, what)
    out, over = place(out, f"{what}.png")
    with about(data):
        items, _ = read_asked(model, data, options, sheet)
    seen = draw(model, items, what, out, **figure)
    print(f"{visible(seen)}\n{visible(f'{out}{over}')}")


def predict(
    run: Run,
    data: Source,
    *,
    out: Path | None = None,
    asked: Annotated[dict, ASKED],
    options: ToReadOptions,
    sheet: SheetOptions,
    descriptors: Annotated[Path | None, Shown("FILE")] = None,
    device: Device = "auto",
) -> None:
    """Predict labels or numbers.

    DATA: molecules, images, protein sequences, or a graph (the training graph or another one).

    Items keep the order of DATA; files are sorted by name. To predict labels of images, train a semi-supervised-vae.

    Example: genwright predict runs/mine edges.csv --nodes nodes.csv --out predictions.csv

    Molecules: genwright predict runs/assay library.smi.gz

    Images: genwright predict runs/few photos/unlabelled

    Images and texts: genwright predict runs/match photos --among "a star" --among "a ring"

    Links: genwright predict runs/friends edges.csv --new 20

    Triples: genwright predict runs/facts facts.tsv --new 20 --where head=anna --where relation=knows

    Structures of proteins: genwright predict runs/fold seqs.fasta --out folded/

    Several of each: genwright predict runs/fold3 seqs.fasta --samples 5 --out folded/

    Args:
        out: Output table, one row per item: label and probabilities, or a number. Default: a new predictions.csv. An
            existing file is overwritten, with a message. Structures: a new folder of PDB files and folded.csv, or .cif.
        descriptors: Table of descriptors, if training had one.
    """
    from ..core.files import write_whole
    from ..kinds.formats.tables.write_table import table_parts

    model = open_model(run, "predict", device)
    folder = model.domain.answers_folder if is_predictor(model) else ""
    if folder and out is not None and out.suffix.lower() not in ("", ".cif"):
        raise DataError(
            f"cannot write structures to {out}: name a folder, such as {out.with_suffix('')}, or a .cif file"
        )
    out, over = place(out, folder) if folder else table_place(out, "predictions.csv", "predictions")
    if "where" in asked:
        asked["where"] = read_pairs(asked["where"], "--where head=anna")
    new, samples = asked.get("new"), asked.get("samples")
    _require_use(model, run, asked.get("among"), new, samples)
    if predicts_file := registry.TASKS[model.config["kind"], model.config["task"]].predict_file:
        require_no_graph(options, run)
        with about(data):
            done = load_place(predicts_file)(model, data, out, descriptors, **sheet)
        say(done.notes)
        print(visible(f"{done.count:,} predicted: {done.paths[0]}{over}; columns explained in {done.paths[1]}"))
        _say_share(model.config)
        return
    if descriptors is not None:
        raise DataError(f"{run} does not predict properties of molecules: leave descriptors out")
    with about(data):
        items, names = read_asked(model, data, options, sheet)
        if is_predictor(model):
            table = model.predict(items, **asked)
            table = table.set_axis(names) if matches_texts(model) else table
        else:
            table, fits = of_items_that_fit(model, data, items, names, "prediction", model.predict)
            table = table.set_axis(fits.nonzero()[0]).reindex(range(len(fits))).set_axis(names)
    if folder:
        files = [f"{name}_{rank}" for name, rank in zip(table["name"], table["rank"])] if samples else ()
        print("\n".join(map(visible, _write_structures(model, table["folded"].tolist(), out, files))))
        _say_share(model.config)
        return
    write_whole(out, table_parts(table, out, index_label="id"))
    if new:
        print("\n".join(map(visible, table.to_string(index=False).split("\n"))))
    print(visible(f"{len(table):,} predicted: {out}{over}"))
    _say_share(model.config)


def _say_share(config: dict) -> None:
    from ..run.final_model import used_share
    from ..run.run_record import RunRecord

    if used := used_share(RunRecord(config)):
        say([f"the model trained on {used}: fit it with --all-rows to use all"])


def _write_structures(model: object, structures: list, out: Path, names: list[str] | tuple[str, ...]) -> list[str]:
    """Write predicted structures: sentences on where they are, and on their confidence."""
    written = model.domain.write(structures, out, names)
    return [f"{len(structures):,} predicted: {written}", model.domain.caution(structures)]


def _require_use(model: object, run: Path, among: list[str] | None, new: int | None, samples: int | None) -> None:
    """Raises DataError for an option that the predictions of the model have no use for."""
    if among and not matches_texts(model):
        raise DataError(f"{run} does not match images with texts: leave among out")
    if new is not None and not hasattr(model.family, "likeliest"):
        raise DataError(f"{run} predicts neither links nor triples: leave --new out")
    if samples is not None and not hasattr(model.family, "ranked"):
        raise DataError(f"{run} samples no structures: leave --samples out, or fit alphafold3")


def search(
    run: Run,
    data: Images,
    text: str,
    *,
    options: Annotated[dict, Keywords("run.predictor:Predictor.search", {OPTIONS: "n"})],
    out: Page = None,
    device: Device = "auto",
) -> None:
    """Find the images that a text describes best.

    RUN must match images with texts (`genwright fit DATA --task match`).

    The run keeps an index of a folder, so later searches encode only images whose file changed.

    Example: genwright search runs/match photos "a red star" -n 12 --out found.html

    Args:
        text: Text that the images should match.
    """
    from .matching import find_images, require_page, show

    require_page(out)
    model = open_model(run, "search", device)
    with about(data):
        show(find_images(model, run, data, text, **options), out, text)


def misfits(
    run: Run,
    data: Annotated[str, Shown(help="Images with captions (docs/images.md).")],
    *,
    options: Annotated[dict, Keywords("run.predictor:Predictor.misfits", {OPTIONS: "n"})],
    out: Page = None,
    device: Device = "auto",
) -> None:
    """List the images whose captions fit worst.

    Each comes with the caption of another image that fits better.

    Example: genwright misfits runs/match photos -n 50 --out misfits.html
    """
    from .matching import require_page, show, unfit

    require_page(out)
    model = open_model(run, "misfits", device)
    with about(data):
        show(unfit(model, data, **options), out, f"Captions of {data} that fit worst")
