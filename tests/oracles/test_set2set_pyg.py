# Tests graphs/networks/readout.py
"""Set2Set against PyTorch Geometric's, with the same LSTM."""

import torch
from late_peers import Peer

from genwright.core.graph import pooling
from genwright.graphs.networks.readout import Set2Set

aggr = Peer("torch_geometric.nn.aggr")


def test_set2set_is_that_of_pyg():
    torch.manual_seed(0)
    theirs, ours = aggr.Set2Set(4, processing_steps=3), Set2Set(4)
    # Both read [q, r] and the state q; PyG's LSTM of one layer and one step is our cell.
    ours.cell.load_state_dict({name.removesuffix("_l0"): t for name, t in theirs.lstm.state_dict().items()})
    members = torch.tensor([0, 3, 4, 9])
    h, of = torch.randn(9, 4), torch.repeat_interleave(torch.arange(3), members.diff())
    torch.testing.assert_close(ours(h, pooling(members)), theirs(h, of))
