"""Several targets, any of which may be unknown or bounded: the loss against one item at a time, and its gradient."""

import pytest
import torch
import torch.nn.functional as F

from genwright.core.answers import (
    EXACT,
    LOWER_BOUND,
    UNKNOWN,
    UPPER_BOUND,
    Answers,
    Target,
    columns,
    join,
    loss,
    probabilities,
)
from genwright.core.draws import Draws

TARGETS = (Target("colour", ("red", "green", "blue")), Target("mass"), Target("live", ("no", "yes")))
STATES = torch.tensor([EXACT, UNKNOWN, LOWER_BOUND, UPPER_BOUND], dtype=torch.int8)


def made(n: int = 24, weighted: bool = False) -> tuple[torch.Tensor, Answers]:
    """Scores (n, 6) and answers; each second class is unknown, numbers go through all that can be known of them."""
    rng = Draws("answers")
    y = torch.stack([rng.integers(3, (n,)).float(), rng.normal(n), rng.integers(2, (n,)).float()], 1)
    known = torch.full((n, 3), EXACT, dtype=torch.int8)
    known[::2, 0] = UNKNOWN
    known[:, 1] = STATES[torch.arange(n) % 4]
    y[known == UNKNOWN] = 0.0
    return rng.normal(n, 6).requires_grad_(), Answers(y, known, rng.uniform(n) if weighted else None)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_is_the_mean_of_what_is_known(weighted):
    found, answers = made(weighted=weighted)
    total, count = 0.0, 0
    for i, (y, known) in enumerate(zip(answers.y, answers.known.tolist())):
        w = 1.0 if answers.weight is None else answers.weight[i]
        for t, part in ((0, found[i, :3]), (2, found[i, 4:])):
            if known[t] != UNKNOWN:
                total, count = total - w * part.log_softmax(0)[int(y[t])], count + 1
        if known[1] != UNKNOWN:
            away = found[i, 3] - y[1]
            kept = known[1] == LOWER_BOUND and away > 0 or known[1] == UPPER_BOUND and away < 0
            total, count = total + (0.0 if kept else w * away**2), count + 1
    torch.testing.assert_close(loss(found, answers, TARGETS), total / count)


def test_the_unknown_and_a_bound_that_is_kept_have_no_gradient():
    found, answers = made()
    loss(found, answers, TARGETS).backward()
    for part, known in zip(columns(found.grad, TARGETS), answers.known.T):
        assert not part[known == UNKNOWN].any() and part[known == EXACT].all()
    away, known = found.detach()[:, 3] - answers.y[:, 1], answers.known[:, 1]
    bounds = ((known == LOWER_BOUND) & (away > 0)) | ((known == UPPER_BOUND) & (away < 0))
    assert bounds.any() and not found.grad[bounds, 3].any()


def test_what_is_unknown_of_one_target_changes_no_gradient_of_another():
    """But for the number of answers that the mean is over."""
    found, answers = made()
    less = Answers(answers.y, answers.known.clone())
    less.known[:, 2] = UNKNOWN
    grads = []
    for each in (answers, less):
        (grad,) = torch.autograd.grad(loss(found, each, TARGETS), found)
        grads.append(grad[:, :4] * (each.known != UNKNOWN).sum())
    torch.testing.assert_close(*grads)


def test_one_target_that_is_known_everywhere_has_the_usual_loss():
    found = Draws("one").normal(10, 3)
    y, number = Draws("y").integers(3, (10, 1)), Draws("number").normal(10, 1)
    assert loss(found, Answers.exact(y.float()), TARGETS[:1]) == pytest.approx(float(F.cross_entropy(found, y[:, 0])))
    value = loss(found[:, :1], Answers.exact(number), TARGETS[1:2])
    assert value == pytest.approx(float(F.mse_loss(found[:, :1], number)))


def test_a_batch_without_an_answer_costs_nothing():
    found, answers = made(4)
    nothing = Answers(answers.y, torch.zeros_like(answers.known))
    value = loss(found, nothing, TARGETS)
    value.backward()
    assert value == 0 and not found.grad.any()


def test_probabilities_are_of_classes_and_numbers_stay():
    found, _ = made()
    colour, mass, live = columns(probabilities(found, TARGETS), TARGETS)
    assert torch.equal(mass, found[:, 3:4])
    for part, scores in ((colour, found[:, :3]), (live, found[:, 4:])):
        torch.testing.assert_close(part, scores.softmax(1))


@pytest.mark.parametrize("weighted", [False, True])
def test_parts_joined_are_the_whole(weighted):
    _, answers = made(weighted=weighted)
    again = join([answers[:5], answers[torch.arange(5, 24)]])
    assert len(again) == 24 and again.nbytes == answers.nbytes
    for name, value in vars(answers).items():
        assert value is None or torch.equal(getattr(again, name), value), name
