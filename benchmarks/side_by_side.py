"""Speed where other libraries, or a loop by hand, were ahead: both sides in one run, in turns, one thread, processor
time, medians. docs/speed.md has the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, in_turns, medians, moses_lines
from growth import loop_of, machine_limits, made_table, products
from peers import loops, pyg
from peers.ours import our_step
from speed import CASES, STEP, TIMES, graph_of, ratio
from tables import make_table, work_in_turns
from torch.utils.flop_counter import TorchDispatchMode

import genwright
from genwright.kinds.sequences.domain import Sequences
from genwright.training.machine import choose_by_rule, has_bfloat16
from genwright.zoo import autoregressive, registry

BESIDE = dict(system="beside", **STEP)
LSTM_ROWS, TRANSFORMER_ROWS = (64, 256), (16, 64)
BY_HAND, LAYER = "by_hand", "nn_LSTM"
LEAST = {BY_HAND: 1.0, LAYER: 1.4}
LSTM_SAMPLES = plans(
    {
        (rows, side): (f"an LSTM samples {rows} lines: speed over {what}", TIMES, f">= {LEAST[side]} times",
                       {"sides": ("ours", side)})
        for rows in LSTM_ROWS
        for side, what in ((BY_HAND, "a careful loop, in bfloat16 where the core has it"),
                           (LAYER, "a plain loop around nn.LSTM, float32"))
    },
    data="moses", **BESIDE,
)  # fmt: skip
FEW = 256  # molecules of training, where only the speed of the network counts
LENGTH, SIZE = 256, (192, 3, 4)  # symbols; width, heads, depth
TRANSFORMER_SAMPLES = plans(
    {rows: (f"a transformer samples {rows} sequences of {LENGTH}: speed over a careful loop with a fixed cache", TIMES,
            ">= 1.3 times", {"sides": ("ours", "by_hand")}) for rows in TRANSFORMER_ROWS},
    data="made symbols", **BESIDE,
)  # fmt: skip
SAMPLED, COLUMNS, NARROW = 10_000, (30, 100, 300), 256
ARGN = plans(
    {
        "adult": (f"autoregressive samples {SAMPLED:,} rows of Adult: speed over TabularARGN", TIMES, ">= 1 times",
                  {"data": "adult", "sides": ("ours", "argn")}),
        "columns": (f"autoregressive samples {NARROW} rows of {COLUMNS[0]} to {COLUMNS[-1]} columns: exponent",
                    "slope of log seconds", "<= 1.1", {"data": "made data"}),
    },
    **BESIDE,
)  # fmt: skip
LIMITS: dict[str, Plan] = plans(
    {
        "table": ("a training step of autoregressive, Adult: share of this core's limit for matrix products",
                  "operations a second over those of a large product", ">= 0.35"),
        **{model: (f"an epoch of {model}, 2.3 M edges: share of the stream of memory",
                   "bytes that operations read and write a second, over those of a copy", "shown")
           for model in ("gcn", "sage")},
    },
    data="adult; a made graph", **BESIDE,
)  # fmt: skip
FILES = {"csv": ("a CSV file", "pandas", 0.5), "parquet": ("a Parquet file", "polars", 0.4)}
TABLE_FILES = plans(
    {name: (f"load_data of {what} of 10^6 rows, 8 columns: speed over {peer}", "ratio of medians of processor time",
            f">= {least} times", {"sides": ("ours", peer)}) for name, (what, peer, least) in FILES.items()},
    data="made table", **BESIDE,
)  # fmt: skip
PREDICT = Plan(
    "beside", "the D-MPNN predicts from texts: speed over chemprop 2.3.1", "Lipophilicity (MoleculeNet)", metric=TIMES,
    least=2.0, unit="times", sides=("chemprop", "ours"), **STEP,
)  # fmt: skip


@benchmark(plans=("LSTM_SAMPLES",), tiny={"rounds": 1, "sizes": (64,)})
def lstm_samples(run: Run, rounds: int = 5, sizes: tuple[int, ...] = LSTM_ROWS) -> Result:
    """An LSTM of molecules samples lines, beside two loops by hand over the same weights.

    The network is that of our preset `lstm`, with MOSES' symbols, untrained. Each side draws until all lines have
    ended, drops those that have, and its time is divided by the places that it drew. The careful loop has all gates of
    a layer as one product; the plain one calls nn.LSTM a place, and torch.multinomial.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    domain = Sequences.fit(moses_lines(n=20_000))
    family = autoregressive.build(domain.spec, loops.NONE, autoregressive.LINES["lstm"]).family.eval()
    network = family.network
    rows, details, limits = [], {}, machine_limits(rounds, ("float32",))
    for count in sizes:
        sides = {"ours": loops.ours(family, count), BY_HAND: loops.lstm_by_hand(network, count)}
        taken = in_turns(sides | {LAYER: loops.lstm_layer(network, count)}, rounds)
        took = medians(taken)
        for side in LEAST:
            times = {"ours": took["ours"], side: took[side]}
            rows.append(LSTM_SAMPLES[count, side].row(ratio(taken, side, "ours"), digits=2, **times))
        done = 2 * count * sum(weight.numel() for weight in network.lstm.parameters() if weight.dim() == 2)
        details[f"{count} lines"] = loop_of(done, took["ours"], limits, "float32")
    return rows, {"loops": details, "bfloat16": has_bfloat16()}


@benchmark(plans=("TRANSFORMER_SAMPLES",), tiny={"rounds": 1, "sizes": (16,), "length": 8})
def transformer_samples(
    run: Run, rounds: int = 5, sizes: tuple[int, ...] = TRANSFORMER_ROWS, length: int = LENGTH
) -> Result:
    """A causal transformer samples sequences, beside nanoGPT's network of its size with a cache of fixed size."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows, details, limits = [], {}, machine_limits(rounds, ("float32",))
    family = loops.our_transformer(length, *SIZE)
    weights = sum(weight.numel() for layer in family.network.layers for weight in layer.parameters())
    for count in sizes:
        sides = {"ours": loops.ours(family, count), "by_hand": loops.CachedPeer(count, length, *SIZE).eval()}
        taken = in_turns(sides, rounds)
        took = medians(taken)
        rows.append(TRANSFORMER_SAMPLES[count].row(ratio(taken, "by_hand", "ours"), digits=2, **took))
        details[f"{count} sequences"] = loop_of(2 * count * weights, took["ours"], limits, "float32")
    return rows, {"loops": details}


@benchmark(peer="mostlyai", plans=("ARGN",), tiny={"rounds": 1, "many": 300, "columns": (3, 6)})
def argn_rows(run: Run, rounds: int = 5, many: int = SAMPLED, columns: tuple[int, ...] = COLUMNS) -> Result:
    """Rows of Adult that `autoregressive` samples, beside TabularARGN of MOSTLY AI's engine; and the exponent of our
    time in columns.

    Each side returns a frame of rows by its public call. Both networks have their default size for this table, and
    hardly any training. TabularARGN draws columns in any order, as ours does.
    """
    from peers.mostlyai import row_sampler

    torch.set_num_threads(1)
    data = genwright.load_data("adult")
    model = run.fit(data, "autoregressive", preset="large", items=512)
    with run.fresh() as place:
        sides = {"ours": partial(sample_rows, model, many), "argn": row_sampler(data.train[:5_000], many, place)}
        taken = in_turns(sides, rounds)
    wide = {n: partial(sample_rows, model_of_columns(run, n), NARROW) for n in columns}
    seconds = medians(in_turns(wide, rounds))
    slope = np.polyfit(np.log(columns), np.log(list(seconds.values())), 1)[0]
    of_adult = ARGN["adult"].row(ratio(taken, "argn", "ours"), digits=2, **medians(taken))
    return [of_adult, ARGN["columns"].row(float(slope), digits=2)], {"seconds by columns": seconds, "rows": many}


def sample_rows(model: genwright.Model, rows: int) -> None:
    model.sample(rows, seed=0)


def model_of_columns(run: Run, columns: int) -> genwright.Model:
    return run.fit(genwright.load_data(made_table(300, columns)), "autoregressive", preset="small", items=64)


@benchmark(plans=("LIMITS",), tiny={"rounds": 1, "models": ("gcn",)})
def step_limits(run: Run, rounds: int = 9, models: tuple[str, ...] = ("gcn", "sage")) -> Result:
    """How near training steps come to the limits of this core.

    A table's step: matrix products of its forward and backward pass, in the dtype that training chooses, beside one
    large product in that dtype. A graph's epoch: bytes that its operations read and write, beside a copy in memory.
    Rows that are gathered count once an edge; what a cache keeps counts too, so a share may exceed 1.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("adult")
    how = registry.row(*registry.place("tables"), "autoregressive").construction
    recipe, items = how.build(data.domain.spec, data.domain.given, how.presets["large"]), data.tensors("train")
    _, bf16 = choose_by_rule(recipe, 0, items, 1)
    step = our_step(recipe, items, how.presets["large"].batch, bf16=bf16)
    calls = {"table": without_count(step)}
    calls |= {model: pyg.ours(*graph_of("large"), model, CASES[f"{model} 2.3 M edges"][2]) for model in models}
    took = medians(in_turns(calls, rounds, untimed=2))
    done = {"table": products(calls["table"], 0)} | {model: bytes_of(calls[model]) for model in models}
    of = {"table": "bfloat16" if bf16 else "float32"} | dict.fromkeys(models, "copy")
    limits = machine_limits(rounds, tuple(set(of.values())))
    found = {name: loop_of(done[name], took[name], limits, of[name]) for name in calls}
    return [LIMITS[name].row(loop["share"], digits=3) for name, loop in found.items()], {"loops": found}


def without_count(call: Callable[[], object]) -> Callable[[], None]:
    def step() -> None:
        call()

    return step


class BytesMoved(TorchDispatchMode):
    """Counts the bytes that operations read and write; views move none."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, call, types, args=(), kwargs=None):
        out = call(*args, **(kwargs or {}))
        if not call.is_view:
            results = out if isinstance(out, tuple | list) else [out]
            read = [value for value in args if isinstance(value, torch.Tensor)]
            self.total += sum(self.bytes_of(value) for value in (*read, *results) if isinstance(value, torch.Tensor))
            if "embedding_bag" in str(call):  # a row of the table for each index
                table, index = args[:2]
                self.total += index.numel() * table[0].nbytes - table.nbytes
        return out

    @staticmethod
    def bytes_of(value: torch.Tensor) -> int:
        return value.numel() * value.element_size()


def bytes_of(call: Callable[[], None]) -> int:
    with BytesMoved() as counted:
        call()
    return counted.total


@benchmark(peer="polars", plans=("TABLE_FILES",), tiny={"turns": 1, "only": ("csv",)})
def table_files(run: Run, turns: int = 5, only: tuple[str, ...] = tuple(FILES)) -> Result:
    """How fast `load_data` reads a CSV file beside pandas, and a Parquet file beside polars.

    Each reading is a process of its own, in turns. Ours also says what kind each column is, splits rows, and fits its
    forms to the training rows; the others give a frame of the file.
    """
    rows, details = [], {}
    with run.fresh() as folder:
        make_table("csv", folder)
        pd.read_csv(folder / "csv.csv").to_parquet(folder / "csv.parquet")
        for name in only:
            peer, ours = FILES[name][1], ("file", f"csv.{name}")
            sides = {"ours": ours, peer: (peer,)}
            measured = work_in_turns(folder, sides, turns)
            taken = {side: [turn["seconds"] for turn in each] for side, each in measured.items()}
            took = medians(taken)
            rows.append(TABLE_FILES[name].row(ratio(taken, peer, "ours"), digits=3, **took))
            details[name] = taken
    return rows, {"seconds": details}


@benchmark(peer="chemprop", plans=("PREDICT",), tiny={"rounds": 1, "molecules": 64})
def predict_speed(run: Run, rounds: int = 5, molecules: int = 1_024) -> Result:
    """The D-MPNN reads texts of molecules and predicts a number of each, beside chemprop's.

    Both are three messages of 300 over bonds, without descriptors, and one layer of 300, hardly trained. Both read
    every text anew, without a trainer.
    """
    from peers import chemprop

    torch.set_num_threads(1)
    smiles, y = chemprop.measured()
    frame = pd.DataFrame({"smiles": smiles, "exp": y[:, 0].numpy()})[:FEW]
    model = run.fit(genwright.load_data(frame, target="exp"), "dmpnn", preset="plain", epochs=1)
    asked = smiles[:molecules]

    def predict() -> None:
        assert len(model.predict(asked)) == len(asked)

    taken = in_turns({"chemprop": chemprop.from_texts(asked), "ours": predict}, rounds)
    row = PREDICT.row(ratio(taken, "chemprop", "ours"), digits=2, **medians(taken))
    return [row], {"seconds": taken, "molecules": molecules}
