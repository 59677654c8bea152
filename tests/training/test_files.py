# Tests training/weights.py
import json
import os
import pickle
from typing import ClassVar

import pytest
import torch
from torch import nn

from genwright.core.errors import RunError
from genwright.core.files import write_whole
from genwright.training import weights
from genwright.training.checkpoints import Store
from genwright.training.weights import assign, pack, state_of, unpack

TENSORS = {
    "a": torch.randn(3, 4),
    "b": torch.tensor(7),
    "c": torch.zeros(0, 0),
    "d": torch.randn(4).bfloat16(),
    "e": torch.ones(2) > 0,
}


@pytest.fixture
def packed(tmp_path):
    return write_whole(tmp_path / "x.safetensors", pack(TENSORS, {"items": 5, "loss": float("inf")}))


def test_tensors_and_record_come_back(packed):
    tensors, record = unpack(packed)
    assert record == {"items": 5, "loss": float("inf")} and set(tensors) == set(TENSORS)
    assert all(torch.equal(tensors[k], t) and tensors[k].dtype == t.dtype for k, t in TENSORS.items())


def test_damage_is_found(packed):
    whole = packed.read_bytes()
    for cut in (0, 5, 40, len(whole) // 2, len(whole) - 1):
        packed.write_bytes(whole[:cut])
        with pytest.raises(RunError, match="x.safetensors"):
            unpack(packed)
    for at in range(8, len(whole), 7):  # any flipped bit, header or tensors
        packed.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(RunError):
            unpack(packed)
    with pytest.raises(RunError):
        unpack(packed.parent / "none.safetensors")


def test_a_pickle_is_never_opened(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    path = tmp_path / "weights.safetensors"
    for write in (lambda: path.write_bytes(pickle.dumps(Evil())), lambda: torch.save({"x": Evil()}, path)):
        write()
        with pytest.raises(RunError):
            unpack(path)
    assert not (tmp_path / "harm").exists()


def test_a_header_that_begins_like_a_pickle(tmp_path):
    """The first bytes of a safetensors file are the length of its header: 640 reads \\x80\\x02."""
    for pad in range(700):
        data = pack({"a": torch.zeros(1)}, {"pad": "x" * pad})
        if data.startswith(weights.PICKLES):
            break
    assert data.startswith(weights.PICKLES)
    assert unpack(write_whole(tmp_path / "x", data))[1] == {"pad": "x" * pad}


class Kept(nn.Module):
    """Tied weights, a buffer that data make long, one that waits as None, one that is not saved."""

    grows: ClassVar[dict[str, int]] = {"rows": 0}

    def __init__(self, rows=None):
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)
        self.b.weight = self.a.weight
        self.register_buffer("rows", torch.zeros(0, 2) if rows is None else rows)
        self.register_buffer("mean", None if rows is None else rows.mean(0))
        self.register_buffer("grid", torch.arange(3), persistent=False)


def test_buffers_grow_where_they_may_and_parameters_do_not():
    one, other = Kept(torch.randn(5, 2)), Kept()
    state = {name: t.detach().clone() for name, t in state_of(one).items()}
    assert set(state) == {"a.weight", "a.bias", "b.bias", "rows", "mean"}
    assign(other, state, "here")
    assert all(torch.equal(t, state[name]) for name, t in state_of(other).items())
    before = other.a.weight.clone()
    for bad, words in (
        ({**state, "a.weight": torch.zeros(3, 2)}, "a.weight"),
        ({**state, "rows": torch.zeros(5, 3)}, "rows"),
        ({**state, "rows": state["rows"].double()}, "rows"),
        ({k: t for k, t in state.items() if k != "a.bias"}, "a.bias"),
        ({**state, "c.weight": torch.zeros(1)}, "c.weight"),
    ):
        with pytest.raises(RunError, match=words):
            assign(other, bad, "here")
    assert torch.equal(other.a.weight, before)


def ours(record) -> bool:
    return True


def checkpoint(store, k):
    store.write_metric({"items": k})
    store.save(lambda: ({"w": torch.full((2,), float(k))}, {"items": k}))
    store.write_metric({"items": k + 0.5})


def test_the_newest_whole_checkpoint_wins(tmp_path):
    with Store(tmp_path) as store:
        for k in range(4):
            checkpoint(store, k)
        assert [path.stem for path in store.checkpoints()] == ["000004", "000003"]
    newest = store.checkpoints()[0]
    newest.write_bytes(newest.read_bytes()[:-3])
    (tmp_path / "checkpoints" / ".000005.safetensors.part").write_bytes(b"half")
    with Store(tmp_path) as store:
        tensors, record = store.load_newest(ours)
        assert record == {"items": 2} and tensors["w"].tolist() == [2, 2]
        lines = [json.loads(line)["items"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
        assert lines == [0, 0.5, 1, 1.5, 2]  # what was written after it is forgotten
        checkpoint(store, 9)
        assert store.load_newest(ours)[1] == {"items": 9}


def test_two_runs_in_one_folder(tmp_path):
    with Store(tmp_path):
        with pytest.raises(RunError):
            Store(tmp_path).__enter__()
    with Store(tmp_path):
        pass


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    other = tmp_path / "other"
    other.write_text("a person's")
    (tmp_path / ".lock").symlink_to(other)
    with pytest.raises(RunError, match=".lock"):
        Store(tmp_path).__enter__()
    assert other.read_text() == "a person's"
