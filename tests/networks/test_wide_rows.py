"""Networks over the columns of a row grow with the number of columns, not with its square."""

import pytest
from leaves import real

from genwright.core.spec import Spec
from genwright.networks.coupling import Spline
from genwright.networks.flow_stacks import row_flow
from genwright.networks.made import MADE

NONE = Spec(())


def made(columns):
    return MADE(Spec(tuple((str(k), real(range(9), bins=4)) for k in range(columns))), NONE, units=16, depth=2)


@pytest.mark.parametrize("network", [made, lambda columns: row_flow(columns, 2, Spline(8), 64, 1)])
def test_twice_the_columns_have_twice_the_weights(network):
    few, many = (sum(p.numel() for p in network(columns).parameters()) for columns in (100, 200))
    assert many < 2.1 * few
