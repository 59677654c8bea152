"""Weights with a right digest whose tensors no training can have made: each is refused in one sentence, when the run is
opened."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from genwright.core.errors import RunError
from genwright.core.files import write_whole
from genwright.core.folder import WEIGHTS
from genwright.run.open import load_model
from genwright.training.weights import pack, unpack

HERE = Path(__file__).parent / "format-5"


def at(place: int, value: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """The same with one other number."""

    def changed(tensor: torch.Tensor) -> torch.Tensor:
        tensor = tensor.clone()
        tensor.view(-1)[place] = value
        return tensor

    return changed


def shorter(tensor: torch.Tensor) -> torch.Tensor:
    return tensor[:-1].clone()


def wider(tensor: torch.Tensor) -> torch.Tensor:
    return torch.cat([tensor, tensor[:, :1]], 1)


FORM = "does not fit this model: it has the wrong shape or dtype for {}"
CASES = [
    ("properties-forest", "forests.0.left", at(0, 0.0), None),  # one tree less deep is a tree
    ("properties-forest", "forests.0.left", torch.Tensor.long, FORM),
    ("properties-forest", "forests.0.left", at(1, 1), "holds trees with nodes that point outside the tree, or back"),
    ("properties-forest", "forests.0.right", at(0, 10**6), "point outside the tree"),
    ("properties-forest", "forests.0.feature", at(0, 10**6), "ask for a feature that is not there"),
    ("properties-forest", "forests.0.roots", at(0, -1), "trees without a root"),
    ("properties-forest", "forests.0.value", wider, FORM),
    ("properties-forest", "forests.0.value", shorter, "point outside the tree"),
    ("properties-nearest", "answers", shorter, "answers of other molecules"),
    ("properties-nearest", "weight", at(0, -1.0), "weights below 0"),
    ("properties-nearest", "fingerprints", wider, FORM),
    ("properties-linear", "weight", shorter, FORM),
    ("properties-mean", "answer", torch.Tensor.double, FORM),
    ("properties-dmpnn", "numbers", shorter, "fingerprints and numbers of different training molecules"),
    ("tables-trees", "left", torch.Tensor.float, FORM),
    ("tables-trees", "right", at(0, 0), "point outside the tree, or back"),
    ("tables-trees", "first", at(-1, 10**6), "leaves without training values"),
    ("tables-trees", "donors", lambda donors: donors + 0.5, "that column"),
    ("tables-bootstrap", "items", wider, "holds items that training cannot have had"),
    ("images-bootstrap", "items", lambda items: items.int() + 10**6, "items that training cannot have had"),
    ("sequences-bootstrap", "values", shorter, "items that training cannot have had"),
    ("graph-sets-bootstrap", "ptr", at(1, 10**6), "sets that training cannot have had"),
    ("graph-sets-bootstrap", "joined", at(0, -1), "pairs of members that are not in one set"),
    ("graph-sets-bootstrap", "kinds", at(0, 9), "pairs of a kind that is not there"),
    ("graph-sets-stochastic-block-model", "share", shorter, "blocks of other graphs"),
    ("tables-copula", "models.0.cov", at(1, 1e3), "covariances of other Gaussians"),
    ("tables-copula", "models.0.mean", wider, FORM),
    ("tables-mixture", "models.1.log_weight", shorter, "Gaussians of another number"),
    ("sequences-n-gram", "keys_1", lambda keys: keys.flip(0), "counts of 1 symbols and the next that nobody can"),
    ("molecules-n-gram", "counts_0", at(0, -5), "counts of 0 symbols and the next that nobody can"),
    ("molecules-valence", "counted", shorter, "counts that cannot be read"),
]


@pytest.mark.parametrize(
    ("run", "name", "change", "words"), CASES, ids=[f"{run}-{name}-{k}" for k, (run, name, *_) in enumerate(CASES)]
)
def test_tensors_that_no_training_made_are_refused(run, name, change, words, tmp_path):
    folder = shutil.copytree(HERE / run, tmp_path / run)
    tensors, record = unpack(folder / WEIGHTS)
    write_whole(folder / WEIGHTS, pack(tensors | {name: change(tensors[name]).contiguous()}, record))
    if words is None:
        assert load_model(folder)
        return
    with pytest.raises(RunError, match=re.escape(words.format(name))) as refused:
        load_model(folder)
    assert str(folder / WEIGHTS) in str(refused.value)
