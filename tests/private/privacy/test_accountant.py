"""The accountant against a library's, and its two directions against each other."""

from math import inf

import pytest

from genwright.core.errors import DataError
from genwright.private.privacy.accountant import (
    Budget,
    delta_of,
    exponential_rate,
    gaussian_variance,
    require_budget,
    rho_of,
)

# (rho, delta): epsilon of Gaussian noise with deviation 1 / sqrt(2 rho), by RdpAccountant of dp-accounting 0.6.0
LIBRARY = {
    (0.01, 1e-5): 0.545726, (0.01, 1e-9): 0.810185, (0.0305566, 1e-5): 1.000069, (0.0305566, 1e-9): 1.452443,
    (0.22425, 1e-5): 3.000008, (0.22425, 1e-9): 4.183882, (1.7827, 1e-5): 10.007043, (1.7827, 1e-9): 13.262032,
}  # fmt: skip


@pytest.mark.parametrize(("cost", "epsilon"), LIBRARY.items())
def test_epsilon_is_that_of_a_library_whose_orders_are_a_grid(cost, epsilon):
    rho, delta = cost
    assert rho_of(Budget(epsilon, delta)) == pytest.approx(rho, rel=5e-3)
    assert delta_of(rho, epsilon) <= delta * 1.001


@pytest.mark.parametrize("budget", [Budget(0.1, 1e-6), Budget(1, 1e-5), Budget(20, 1e-10)])
def test_the_budget_is_kept_and_used(budget):
    rho = rho_of(budget)
    assert delta_of(rho, budget.epsilon) <= budget.delta < delta_of(rho * 1.001, budget.epsilon)


def test_more_epsilon_needs_less_noise():
    rhos = [rho_of(Budget(epsilon, 1e-5)) for epsilon in (0.1, 1, 3, 10, inf)]
    assert rhos == sorted(rhos) and rhos[-1] == inf and gaussian_variance(inf, 2) == 0
    assert gaussian_variance(0.5, 2.0) == pytest.approx(2.0) and exponential_rate(0.5, 1.0) == pytest.approx(1.0)


@pytest.mark.parametrize("budget", [Budget(0, 1e-5), Budget(-1, 1e-5), Budget(float("nan"), 1e-5), Budget(1, 0),
                                    Budget(1, 1), Budget(100, 1e-5), Budget(1, 1e-30)])  # fmt: skip
def test_what_promises_nothing_is_refused(budget):
    with pytest.raises(DataError):
        require_budget(budget)
