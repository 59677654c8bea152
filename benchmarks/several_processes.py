"""One model on several processes: the same bits, any size, kills, throughput.

    GENWRIGHT_DATA=FOLDER python benchmarks/several_processes.py --folder FOLDER [--part bits|sizes|kills|throughput]

Each part keeps what it has measured in FOLDER and goes on from there. Only a call with all parts measured writes the
record. Throughput needs two cores that have nothing else to do; the load before it is on record.

bits        two processes on the contract's small data, twice by --processes, once by torchrun, and a replay. That the
            processes agree at each checkpoint is checked by training itself, which otherwise stops.
sizes       the same batch on 1, 2 and 4 processes, five seeds: how far the mean test likelihood moves with the number
            of processes, in standard deviations of a seed; and the gradient of the first step
kills       a rank, the launcher or all are killed, or a rank stands still; half of it beside a busy process. The same
            command must end with the bits of a run that nobody disturbed.
throughput  items a second of two processes of one thread, against one process of one and of two threads
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, stdev

import torch
from bars import Plan, kept, record

import genwright
from genwright.contract.small_data import small_data
from genwright.recipes import registry
from genwright.run.folder import read_config
from genwright.training.files import digest, unpack

SAME = {  # family -> label of its data
    "autoregressive": "sequences",
    "vae": "images",
    "gan": "images",
    "vq-vae": "images",
    "equivariant-diffusion": "points",
    "gin": "graphs",
    "dmpnn": "properties",
}
LAUNCHES = ("--processes", "--processes again", "torchrun", "replay")
SEEDS, SIZES = (0, 1, 2, 3, 4), (1, 2, 4)
KILLS, KILLED_ITEMS = 60, 16_000
HANG = 10 + 15  # seconds: --timeout, and what processes need to end
SPEED_SECONDS = 60
NETWORKS = {"U-Net": ("digits", "diffusion", "small"), "LSTM": ("sequences", "autoregressive", "lstm")}
PLANS = {
    "bits": Plan(
        "L4", "several processes: families whose launches, replay and torchrun differ in a bit", "small data", "train",
        (0,), "640 items", "families", most=0,
    ),
    "sizes": Plan(
        "L4", "several processes: how far 2 and 4 move the mean of five seeds, in deviations of a seed", "digits",
        "test", SEEDS, "20,000 items", "deviations", most=1.0, over_seeds="largest",
    ),
    "gradient": Plan(
        "L4", "several processes: relative change of the first step's gradient", "small data", "train", (0,), "1 step",
        "share", most=1e-6,
    ),
    "hangs": Plan(
        "L4", "several processes: kills after which a process did not end in time", "digits", "train", (0,),
        f"{KILLED_ITEMS:,} items", "kills", most=0,
    ),
    "other bits": Plan(
        "L4", "several processes: kills after which the run ended with other bits, or left half a file", "digits",
        "train", (0,), f"{KILLED_ITEMS:,} items", "kills", most=0,
    ),
    **{
        network: Plan(
            "L4", f"several processes: speed of a {network}, two processes / one, a thread each", data, "train", (0,),
            f"{SPEED_SECONDS} seconds", "ratio", minutes=SPEED_SECONDS / 60, least=1.6,
            sides=("one thread", "two threads", "two processes"),
        )
        for network, (data, *_) in NETWORKS.items()
    },
}  # fmt: skip


# ---------------------------------------------------------------------- one process of a launch


def train(label: str, family: str, out: str, *options: str) -> None:
    """Fit on data that have no name; each process runs this. options: KEY=VALUE of `fit`."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    settings = {"checkpoint_seconds": 0.5, "timeout": 60}
    for key, value in (option.split("=") for option in options):
        if key == "dropout":
            settings["hyperparameters"] = {key: float(value)}
            continue
        settings[key] = value if key in ("replay", "preset") else float(value) if "." in value else int(value)
    data = genwright.load_data("digits") if label == "digits" else small_data(label)
    if registry.predicts(registry.place(label)[1] if label != "digits" else registry.GENERATE):
        settings["task"] = label
    genwright.fit(data, family, out=out, progress=False, **settings)


def launch(count: int, words: list[str], torchrun: bool = False, threads: int = 1) -> None:
    """Run `train` in `count` processes, to its end."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, "--train", *words]
    if torchrun:
        run = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count), *command[1:]]
        subprocess.run([sys.executable, *run], check=True, env=environment)
        return
    port = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(random.SystemRandom().randrange(30_000, 40_000))}
    ranks = (
        [{"RANK": str(r), "LOCAL_RANK": str(r), "WORLD_SIZE": str(count)} for r in range(count)] if count > 1 else [{}]
    )
    started = [subprocess.Popen(command, env=environment | port | rank) for rank in ranks]
    if any(one.wait() for one in started):
        sys.exit(f"{words} failed")


def key(run: Path) -> str:
    """A digest of the weights, whatever else their file says."""
    return digest(unpack(run / "weights.safetensors")[0], "")


# ---------------------------------------------------------------------- parts


def bits(folder: Path, family: str) -> dict:
    label, keys = SAME[family], {}
    for name in LAUNCHES:
        out = folder / f"{family}-{name.strip('-').replace(' ', '-')}"
        words = [label, family, str(out), "restart=1", "preset=tiny", "items=640"]
        if name == "replay":
            words = [label, family, str(out), "restart=1", f"replay={folder / f'{family}-processes'}"]
        launch(2, words, torchrun=name == "torchrun")
        keys[name] = key(out)
    return keys


def sizes(folder: Path, size: int, seed: int) -> dict:
    out = folder / f"size-{size}-{seed}"
    launch(size, ["digits", "vae", str(out), f"seed={seed}", "preset=tiny", "items=20000"])
    data = genwright.load_data("digits")
    return {"nats": float(genwright.load_model(out).log_prob(data.test, seed=0).nats.mean())}


def first_gradient(folder: Path) -> dict:
    """How far the first step's gradients, which AdamW's first moments hold, differ between one process and two. Each
    process draws its own numbers, so this is of a family that draws none."""
    moments = []
    for size in (1, 2):
        out = folder / f"gradient-{size}"
        launch(size, ["properties", "dmpnn", str(out), "steps=1", "preset=tiny", "dropout=0.0"])
        moments.append(torch.cat([t.flatten() for name, t in first_moments(out)]))
    return {"difference": float((moments[0] - moments[1]).norm() / moments[0].norm())}


def first_moments(run: Path) -> list:
    (path,) = (run / "checkpoints").glob("*.safetensors")
    return sorted((name, t) for name, t in unpack(path)[0].items() if "/first/" in name)


def fit_digits(out: Path) -> subprocess.Popen:
    words = ["fit", "digits", "--family", "gan", "--preset", "tiny", "--items", str(KILLED_ITEMS), "--out", str(out)]
    words += ["--processes", "2", "--checkpoint-seconds", "1", "--timeout", "10", "--quiet"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "genwright", *words], env=environment, stderr=subprocess.DEVNULL)


def kill(folder: Path, number: int, whole: str) -> dict:
    """Disturb a run at a random moment, and run the same command to its end."""
    rng, out = random.Random(number), folder / f"kill-{number}"
    what = ("rank 0", "rank 1", "launcher", "all", "terminate", "stop")[number % 6]
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if number % 2 else None
    launcher = fit_digits(out)
    while launcher.poll() is None and not list(out.glob("checkpoints/*.safetensors")):
        time.sleep(0.05)
    time.sleep(rng.uniform(0, 5))
    ranks = children(launcher.pid)
    if what in ("rank 0", "rank 1") and len(ranks) == 2:
        os.kill(ranks[int(what[-1])], signal.SIGKILL)
    elif what == "stop" and len(ranks) == 2:
        os.kill(ranks[1], signal.SIGSTOP)
    elif what == "terminate":
        launcher.terminate()
    elif what in ("launcher", "all"):
        for pid in [launcher.pid, *(ranks if what == "all" else [])]:
            os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + HANG
    while (launcher.poll() is None or any(map(alive, ranks))) and time.monotonic() < end:
        time.sleep(0.1)
    left = [pid for pid in [launcher.pid, *ranks] if alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    launcher.wait()
    if busy:
        busy.kill()
        busy.wait()
    fit_digits(out).wait()
    parts = [str(path) for path in out.rglob("*.part")]
    ended = (out / "weights.safetensors").exists()
    return {"what": what, "hung": bool(left), "same": ended and key(out) == whole and not parts}


def children(pid: int) -> list[int]:
    try:
        return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def alive(pid: int) -> bool:
    """Whether a process runs or is stopped. A zombie, whose exit code nobody has read, does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def undisturbed(folder: Path) -> dict:
    if fit_digits(folder / "whole").wait():
        sys.exit("the run that nobody disturbed failed")
    return {"key": key(folder / "whole")}


def speed(folder: Path, network: str, side: str) -> dict:
    """Items a second, of training alone."""
    label, family, preset = NETWORKS[network]
    processes, threads = {"one thread": (1, 1), "two threads": (1, 2), "two processes": (2, 1)}[side]
    out = folder / f"speed-{network}-{side.replace(' ', '-')}"
    budget = [f"minutes={SPEED_SECONDS / 60}", "checkpoint_seconds=60"]  # none is written on the way
    launch(processes, [label, family, str(out), *budget, f"preset={preset}"], threads=threads)
    found = read_config(out)
    return {"speed": found["outcome"]["items_per_second"], "parameters": found["outcome"]["parameters"]}


# ---------------------------------------------------------------------- all


def measure(folder: Path, part: str | None) -> dict:
    """The measurements of the chosen parts, by name."""
    found: dict = {}
    of = lambda name: part in (None, name)
    if of("bits"):
        found["bits"] = {family: kept(folder, f"bits-{family}", lambda f=family: bits(folder, f)) for family in SAME}
    if of("sizes"):
        one = lambda size, seed: kept(folder, f"size-{size}-{seed}", lambda: sizes(folder, size, seed))
        found["sizes"] = {size: [one(size, seed)["nats"] for seed in SEEDS] for size in SIZES}
        found["gradient"] = kept(folder, "gradient", lambda: first_gradient(folder))
    if of("kills"):
        whole = kept(folder, "whole-key", lambda: undisturbed(folder))["key"]
        found["kills"] = [kept(folder, f"kill-{n}-found", lambda n=n: kill(folder, n, whole)) for n in range(KILLS)]
    if of("throughput"):
        sides = PLANS["U-Net"].sides
        one = lambda network, side: kept(folder, f"speed-{network}-{side}", lambda: speed(folder, network, side))
        found["throughput"] = {network: {side: one(network, side) for side in sides} for network in NETWORKS}
    return found


def rows(found: dict) -> list[dict]:
    alone = found["sizes"][1]
    moved = max(abs(mean(found["sizes"][size]) - mean(alone)) / stdev(alone) for size in SIZES[1:])
    table = [
        PLANS["bits"].row(sum(len(set(keys.values())) > 1 for keys in found["bits"].values())),
        PLANS["sizes"].row(moved),
        PLANS["gradient"].row(found["gradient"]["difference"], digits=9),
        PLANS["hangs"].row(sum(one["hung"] for one in found["kills"])),
        PLANS["other bits"].row(sum(not one["same"] for one in found["kills"])),
    ]
    for network, sides in found["throughput"].items():
        speeds = {side: one["speed"] for side, one in sides.items()}
        table.append(PLANS[network].row(speeds["two processes"] / speeds["one thread"], **speeds))
    return table


def main() -> None:
    if sys.argv[1:2] == ["--train"]:
        return train(*sys.argv[2:])
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--folder", type=Path, required=True, help="keeps what was measured")
    options.add_argument("--part", choices=("bits", "sizes", "kills", "throughput"), help="measure this part alone")
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    found = measure(given.folder, given.part)
    if given.part is None:
        record("several_processes", rows(found), found)


if __name__ == "__main__":
    main()
