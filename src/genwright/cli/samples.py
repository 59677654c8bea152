"""New items from a trained model: `genwright sample` and `complete`, which also grows scaffolds of molecules."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..core.errors import DataError, GivenError
from ..core.manifest import load_place
from ..core.safe_text import visible
from ..core.sample_options import LIKE_IMAGES, METHOD, RERANK, START
from ..zoo import registry
from .arguments import (
    about,
    count_items,
    notes_on,
    numbered_by,
    open_model,
    place,
    places,
    read_for,
    read_holes,
    read_target,
    say,
)
from .options import (
    CompletingOptions,
    Device,
    Given,
    Run,
    SamplingOptions,
    Seed,
    SheetOptions,
    sampling_options,
)
from .parser import OPTIONS, Keywords, Shown

if TYPE_CHECKING:
    from ..core.type_names import UserItems
    from ..kinds.domain import Domain
    from ..run.model import Model

USUAL = 64  # samples, where neither a number nor items to start from say how many
SAMPLES_PER_PROMPT = 8  # samples of each prompt of a file, where nobody says how many


FILTERS = Keywords("run.sampling:Sampling.sample", {OPTIONS: "keep_rules unique novel"}, shown={"novel": Shown("DATA")})
BEST_GUESS = Keywords("run.model:Model.complete", {OPTIONS: "estimate"}, shown={"estimate": Shown("mean")})


def sample(
    run: Run,
    *,
    n: int | None = None,
    given: Given = None,
    prompt: Annotated[str | None, Shown("TEXT")] = None,
    expand: bool = False,
    out: Annotated[Path | None, Shown(read=read_target)] = None,
    table: Annotated[str | None, Shown("NAME", rare=True)] = None,
    append: Annotated[bool, Shown(rare=True)] = False,
    ids: bool = False,
    filters: Annotated[dict, FILTERS],
    seed: Seed = None,
    device: Device = "auto",
    chosen: SamplingOptions,
) -> None:
    """Sample new items from a trained model.

    Example: genwright sample runs/mine -n 64 --given label=3 --out new.png

    Args:
        n: Number of items (64; one per item of --start, --like or given images; 8 per line of @FILE).
        prompt: Text: begin every sample with TEXT, which the model continues.
        expand: Images: make the given caption long, as those of training are (dall-e, words-and-images).
        out: Output file or folder, such as new.png or new.csv (docs/command-line.md). Default: a new name such as
            samples.csv; - is standard output. An existing file is overwritten, with a message.
        table: Table to write, if --out is the address of a database.
        append: Add rows to a table that is there.
        ids: Tables: also write columns that were not modelled: made-up IDs, others empty.
    """
    from ..core.seeds import fresh_seed
    from ..run.conditions import split_typed
    from ..run.open import load_model

    if isinstance(out, str) != bool(table) or (append and not table):
        raise GivenError("--table names what is written to a database: use it with --out postgresql://me@host/db")
    model, seed = open_model(run, "sample", device), fresh_seed() if seed is None else seed
    domain, usual = model.domain, USUAL
    for name in filter(chosen.__contains__, (START.name, LIKE_IMAGES.name)):
        chosen[name], usual = _read_start(chosen[name], model, name)
    if RERANK.name in chosen:
        chosen[RERANK.name] = load_model(chosen[RERANK.name], device)
    options = sampling_options(chosen, model.sample_options, domain.given.names)
    if ids and not domain.has_ids:
        raise DataError(f"--ids is for tables, and {run} was trained on other data: leave it out")
    typed = split_typed(domain, given)
    images, prompts = _read_images(typed, domain), _read_prompts(typed, domain)
    if expand:
        prompts = _expand_captions(model, typed, prompts)
    each = SAMPLES_PER_PROMPT if n is None else n
    if prompts:
        prompts = {name: [line for line in lines for _ in range(each)] for name, lines in prompts.items()}
        n = max(map(len, prompts.values()))
    n = max(map(len, images.values()), default=usual) if n is None else n
    condition = {**typed, **images, **prompts} or None
    if prompt is None:
        if "novel" in filters:
            filters["novel"] = read_for(model, filters["novel"]).items
        drawn = model.sample(n, condition, seed=seed, options=options, progress=True, valid=domain.grows, **filters)
    elif filters:
        raise GivenError("--prompt continues one text: leave --keep-rules, --unique and --novel out")
    else:
        begun = [_begin_text(prompt, domain)] * n
        drawn = model.complete(begun, given=condition, seed=seed, options=options, progress=True)
    say(getattr(drawn, "attrs", {}).get("kept", ()))
    is_new = not filters.keys().isdisjoint(("unique", "novel"))
    drawn, count = domain.with_ids(drawn, seed) if ids else drawn, len(drawn) if is_new or domain.grows else n
    by_prompt = each if prompts and len(drawn) == n else 0
    text = f"{count:,} sampled with seed {seed}: {_write_samples(model, drawn, out, table, append, by_prompt)}"
    print(visible(text))
    if effort := model.effort(options):
        print(f"each in {effort}")
    if method := getattr(drawn, "method", None) if prompt is None else None:
        print(visible(method))


def _write_samples(
    model: "Model", drawn: "UserItems", out: Path | str | None, table: str | None, append: bool, each: int
) -> str:
    """Write samples, and return what was written. table, append: of a database. each: samples of a prompt, a row of a
    sheet; 0 without prompts."""
    if isinstance(out, str):
        from ..kinds.formats.tables.databases import write_database

        return write_database(model.domain.as_table(drawn), out, table, append)
    out, over = place(out, f"samples{model.domain.viewed}")
    if each and out.suffix.lower() == ".png":
        drawn = model.domain.stack([drawn[k::each] for k in range(each)])
    written = f"{model.domain.write(drawn, out)}{over}"
    _say_what_is_beside(model, drawn, out)
    return written


def complete(
    run: Run,
    data: Annotated[str, Shown("FILE")],
    *,
    out: Path | None = None,
    guess: Annotated[dict, BEST_GUESS],
    given: Given = None,
    samples: Annotated[int, Shown("K", least=1)] = 1,
    best_of: Annotated[int | None, Shown("N", least=1)] = None,
    known: Annotated[Path | None, Shown("PNG")] = None,
    first: Annotated[int | None, Shown("K", least=1)] = None,
    ahead: Annotated[int | None, Shown("K", least=1)] = None,
    seed: Seed = None,
    device: Device = "auto",
    sheet: SheetOptions,
    chosen: CompletingOptions,
) -> None:
    """Fill the missing parts of items. Known parts stay as they are.

    Example: genwright complete runs/mine holes.csv --out filled.csv --estimate mean

    Scaffolds: genwright complete runs/mols scaffolds.smi --given logp=2.5 --samples 20 --out grown.csv

    Args:
        data: The items to complete. Tables: leave cells empty. Images: a PNG, transparent where to fill. Text:
            _ for an unknown character, * at the end to continue. Other data: docs/command-line.md.
        out: Output file, as for sample. Default: a new filled.csv or the like.
        samples: Completions of each item, in files filled-1.csv to filled-K.csv.
        best_of: Scaffolds: draw N completions of each, and keep the --samples nearest to --given (30, or 4 for
            each sample).
        known: If FILE is one image: a mask of its size, white to keep and black to fill.
        first: Clips: keep the first K frames, and predict those that come.
        ahead: Series: forecast the next K rows, --samples times each, in one table.
    """
    from ..core.seeds import fresh_seed
    from ..kinds.formats.tables.write_table import suffix_of
    from ..run.conditions import split_typed

    model, seed = open_model(run, "complete", device), fresh_seed() if seed is None else seed
    domain, suffix = model.domain, model.domain.suffix
    if suffix == ".npz":
        suffix = suffix_of(Path(data)) or (".npz" if data.lower().endswith(".npy") else domain.viewed)
    estimate = guess.get("estimate")
    if estimate and samples > 1:
        raise GivenError(f"--estimate {estimate} gives one best guess: leave --samples out")
    grows = domain.grows and not estimate
    if best_of and not grows:
        raise GivenError("--best-of chooses among completions of scaffolds: leave it out")
    one_table = ahead is not None or (grows and out is not None and out.suffix.lower() == ".csv")
    outputs = places(out, f"{'filled' if ahead is None else 'forecast'}{suffix}", 1 if one_table else samples)
    whole = {} if ahead is None else {"windows": 0}  # a recording is not cut into windows
    items, parts, where, _, names, _ = read_holes(model, data, sheet | whole, known)
    if ahead is not None:
        items = domain.look_ahead(items, ahead)
    if first is not None:
        parts = domain.known_frames(first)
    typed = split_typed(domain, given)
    typed |= _read_images(typed, domain) | _read_prompts(typed, domain)
    options = sampling_options(chosen, model.complete_options, domain.given.names)
    with about(data, where):
        if grows:
            grow = load_place(registry.TASKS[domain.kind, domain.task].grow)
            return print(visible(grow(model, items, typed, samples, seed, options, outputs, best_of)))
        filled = model.complete(
            items, parts, draws=samples, given=typed or None, seed=seed, options=options, progress=True, **guess
        )
        filled = [filled] if samples == 1 else [filled[k] for k in range(samples)]
        if ahead is not None:
            return print(visible(_write_forecast(domain, filled, ahead, seed, outputs[0])))
        if model.spec.is_set and not model.spec.leaf.ordered:  # something is missing of every one
            holes, of = len(items), f"{count_items(len(items), 'set')} completed"
        else:
            holes = domain.holes(items, parts)
            of = f"{count_items(holes, 'missing value')} in {count_items(len(filled[0]), 'item')} filled"
    chooses = any(option.name == METHOD.name for option in model.complete_options)
    how = f"; {model.family.describe_method(**options.chosen)}" if chooses else ""
    kind = filled[0].attrs["kind"] if hasattr(filled[0], "attrs") else filled[0].kind
    what = f"{of} with seed {seed} ({kind}{how})" if holes else f"nothing is missing in {data}, written as it is"
    written = [f"{domain.write(part, path, names)}{over}" for part, (path, over) in zip(filled, outputs)]
    print(visible(f"{what}: {', '.join(written)}"))
    for part, (path, _) in zip(filled, outputs):
        _say_what_is_beside(model, part, path)


def _write_forecast(domain: "Domain", filled: list, ahead: int, seed: int, output: tuple[Path, str]) -> str:
    """Write forecasts, and their quantiles where there are several; a sentence on both."""
    path, over = output
    written = f"{domain.write(domain.forecast_table(filled, ahead), path)}{over}"
    if len(filled) > 1:
        quantiles = numbered_by(path, "quantiles")
        written += f", and quantiles of each row in {domain.write(domain.quantile_table(filled, ahead), quantiles)}"
    what = f"{count_items(ahead, 'row')} ahead of {len(filled[0]):,} series, {count_items(len(filled), 'sample')} each"
    return f"{what}, with seed {seed} ({filled[0].kind}): {written}"


def _read_images(given: dict[str, str], domain: "Domain") -> dict[str, object]:
    """{name: images} of the files and folders that were typed for given images."""
    from ..kinds.images.domain import GivenImage
    from ..kinds.load import read_items

    images = {}
    for field in domain.fields or ():
        if isinstance(field, GivenImage) and field.name in given:
            with about(given[field.name]):
                read = read_items(given[field.name], field.pictures)
            say(notes_on(read))
            images[field.name] = read.items
    return images


def _read_prompts(given: dict[str, object], domain: "Domain") -> dict[str, list[str]]:
    """{variable: texts} of what was typed as @FILE, a text a line, where a text is given."""
    from ..kinds.formats.sequences.text_lines import read_lines

    texts = [name for name, leaf in domain.given.leaves if leaf.axis == "sequence"]
    return {name: read_lines(given[name][1:]).kept for name in texts if str(given.get(name)).startswith("@")}


def _expand_captions(model: "Model", given: dict[str, object], prompts: dict[str, list[str]]) -> dict[str, list[str]]:
    """The prompts of files, with long captions for short ones, which are printed. given: what was typed; its caption
    is replaced there."""
    if "caption" not in given:
        raise GivenError("--expand makes a caption long: add --given caption=TEXT, or caption=@FILE")
    table = model.expand(prompts.get("caption", given["caption"]))
    for row in table.itertuples():
        print(visible(f"{row.prompt}: {row.caption}"))
    given["caption"] = table["caption"][0]
    return {name: table["caption"].tolist() if name == "caption" else lines for name, lines in prompts.items()}


def _read_start(source: str, model: "Model", name: str) -> "tuple[UserItems, int]":
    """Items that draws resemble, in the form of the model, and how many they are. name: of the option."""
    items, domain = read_for(model, source).items, model.domain
    with about(source):
        items = domain.as_start(items, name)
        return items, len(domain.encode(domain.bare(items))[0])


def _begin_text(prompt: str, domain: "Domain") -> str:
    """A text that goes on, as `complete` reads it."""
    if domain.rest is None:
        raise DataError("--prompt is for models of text: leave it out")
    if not domain.rest:
        raise DataError("every mark for an open end is a character of this text: leave --prompt out")
    return f"{prompt}{domain.rest}"


def _say_what_is_beside(model: "Model", items: "UserItems", path: Path) -> None:
    """Print a sentence about what `path` lacks of the items, if it lacks anything."""
    if beside := model.domain.describe_set_aside(items, path):
        say([beside])
