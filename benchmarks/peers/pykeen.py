"""PyKEEN's DistMult and RotatE on triples of words, trained for so many seconds of the processor."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

WIDTH, BATCH, NEGATIVES, LR = 64, 512, 64, 0.01
SETTINGS = ("its defaults", "64 negatives", "all entities, cross-entropy")
LOSSES = {  # of the last two settings: for 64 negatives by model, and for all entities
    "distmult": dict(loss="softplus"),
    "rotate": dict(loss="nssa", loss_kwargs=dict(margin=9.0, adversarial_temperature=1.0)),
}
MOST_EPOCHS = 5_000


def published(name: str) -> Path:
    """The folder of a small set of triples that PyKEEN ships, with train.txt, valid.txt and test.txt."""
    import pykeen.datasets

    return Path(pykeen.datasets.__file__).parent / name


def filtered_mrr(
    parts: dict[str, np.ndarray], model: str, setting: str, seconds: float, seed: int, part: str = "test"
) -> dict[str, float]:
    """MRR by PyKEEN's evaluator (filtered, ties in the middle, both ends), and the seconds that training took.

    parts: {train, valid, test: (n, 3) words}.
    """
    import torch
    from pykeen.evaluation import RankBasedEvaluator
    from pykeen.models import DistMult, RotatE
    from pykeen.training import LCWATrainingLoop, SLCWATrainingLoop
    from pykeen.triples import TriplesFactory

    train = TriplesFactory.from_labeled_triples(parts["train"])
    maps = dict(entity_to_id=train.entity_to_id, relation_to_id=train.relation_to_id)
    held = {name: TriplesFactory.from_labeled_triples(parts[name], **maps) for name in ("valid", "test")}
    number = SETTINGS.index(setting)

    def trained(epochs: int) -> tuple[object, float]:
        settings = dict(triples_factory=train, embedding_dim=WIDTH, random_seed=seed)
        if number:
            settings |= LOSSES[model] if number == 1 else dict(loss="crossentropy")
        if number and model == "distmult":  # vectors of length 1 learn little in so many seconds
            settings |= dict(entity_constrainer=None, regularizer=None)
        network = {"distmult": DistMult, "rotate": RotatE}[model](**settings)
        optimizer = torch.optim.Adam(network.parameters(), lr=LR if number else 1e-3)
        how = dict(model=network, triples_factory=train, optimizer=optimizer)
        if number == 2:
            loop = LCWATrainingLoop(**how)
        else:
            loop = SLCWATrainingLoop(**how, negative_sampler_kwargs=dict(num_negs_per_pos=NEGATIVES if number else 1))
        start = time.process_time()
        loop.train(triples_factory=train, num_epochs=epochs, batch_size=BATCH if number else 256, use_tqdm=False)
        return network, time.process_time() - start

    first, second = trained(1)[1], trained(3)[1]
    epoch = max((second - first) / 2, 1e-3)
    network, taken = trained(int(np.clip((seconds - (first - epoch)) / epoch, 1, MOST_EPOCHS)))
    others = [train.mapped_triples, *(held[name].mapped_triples for name in held if name != part)]
    found = RankBasedEvaluator(filtered=True).evaluate(
        network, held[part].mapped_triples, additional_filter_triples=others, use_tqdm=False
    )
    return {"mrr": float(found.get_metric("both.realistic.inverse_harmonic_mean_rank")), "seconds": taken}
