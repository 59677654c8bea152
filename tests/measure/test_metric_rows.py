"""Metrics by what they tell."""

from genwright.measure.metric import NAMES, Role, with_role


def test_metrics_are_found_by_their_role():
    assert with_role(Role.COPIES, ["frechet", "copies"]) == ["copies"] == list(NAMES[Role.COPIES])
    assert with_role(Role.ATTACK, ["frechet"]) == []
