"""Perceptrons by their equations."""

import pytest
import torch
import torch.nn.functional as F

from genwright.core.draws import Draws
from genwright.networks.mlp import ConditionedBlock, FourierFeatures, LabelledNormal, ResidualMLP, Waves, split_normal


def normal(*shape: int) -> torch.Tensor:
    return Draws("mlp", *shape).normal(*shape)


def shaken(module: torch.nn.Module) -> torch.nn.Module:
    """With weights of which none is zero."""
    torch.manual_seed(0)
    for part in module.parameters():
        torch.nn.init.normal_(part, 0.0, 0.5)
    return module.eval()


def test_a_mean_and_a_log_variance_within_bounds_are_halves_of_an_output():
    output = torch.tensor([[1.0, -20.0, 30.0, 2.0]], dtype=torch.float16)
    mean, log_var = split_normal(output)
    assert mean.tolist() == [[1.0, -20.0]] and log_var.tolist() == [[4.0, 2.0]] and log_var.dtype == torch.float32
    assert split_normal(output.T, 0, (-1.0, 1.0))[1].tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("condition", [0, 2])
def test_a_layer_adds_to_what_it_reads_and_is_the_identity_at_first(condition):
    h, c = normal(3, 4), normal(3, 2) if condition else None
    assert torch.equal(ConditionedBlock(4, condition, 0.0)(h, c), h)
    block = shaken(ConditionedBlock(4, condition, 0.0))
    inner = block.inner.weight @ block.norm(h)[1] + block.inner.bias
    inner = inner + block.condition.weight @ c[1] if condition else inner
    wanted = h[1] + block.outer.weight @ (inner * inner.sigmoid()) + block.outer.bias
    assert torch.allclose(block(h, c)[1], wanted, atol=1e-5)


def test_blocks_stand_between_two_linear_layers():
    x, c = normal(3, 5), normal(3, 2)
    assert not ResidualMLP(5, 2, 4, 1, 2, zero=True)(x, c).any()
    network = shaken(ResidualMLP(5, 2, 4, 2, 2))
    h = network.blocks[1](network.blocks[0](x @ network.first.weight.T + network.first.bias, c), c)
    wanted = F.silu(F.layer_norm(h, (4,), network.norm.weight, network.norm.bias))
    assert torch.allclose(network(x, c), wanted @ network.last.weight.T + network.last.bias, atol=1e-5)


def test_waves_double_their_frequency_and_features_of_time_end_at_the_highest():
    z, t = torch.tensor([[0.3, -1.0]]), torch.tensor([0.25])
    phases = torch.tensor([[0.3, 0.6, 1.2, -1.0, -2.0, -4.0]])
    assert torch.allclose(Waves(3)(z), torch.cat([phases.sin(), phases.cos()], 1))
    phases = 0.25 * torch.tensor([[1.0, 10.0, 100.0, 1000.0]])
    assert torch.allclose(FourierFeatures(8)(t), torch.cat([phases.sin(), phases.cos()], 1), atol=1e-4)


def test_a_labelled_normal_adds_up_what_x_and_y_say_of_axes_that_broadcast():
    network, x, y = shaken(LabelledNormal(3, 2, 2, 4)), normal(5, 1, 3), torch.eye(2)
    mean, log_var = network(x, y)
    assert mean.shape == log_var.shape == (5, 2, 2)
    h = network.first(x[3, 0]) + network.label.weight[:, 1]
    found = network.last(F.silu(network.norm(network.block(h, None))))
    assert torch.allclose(mean[3, 1], found[:2], atol=1e-5)
    assert torch.allclose(log_var[3, 1], found[2:].clamp(-10, 4), atol=1e-5)
