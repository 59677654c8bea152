"""Networks of frames to come: a cell against torch's, and what becomes of each frame."""

import torch

from genwright.core.draws import Draws
from genwright.motion.networks.next_frames import ConvLSTM, FramePredictor, StackedBlocks


def test_at_one_pixel_a_convolutional_lstm_is_torchs_that_reads_and_then_writes():
    """Its kernel then has its middle alone. Torch has the gates i, f, new, o, and no 1 beside f."""
    torch.manual_seed(0)
    network, codes, width = ConvLSTM(3, 4, 5, 2), Draws("codes").normal(2, 4, 4, 1, 1), (4, 5)

    def torchs(cells):
        order = torch.tensor([0, 1, 3, 2])[:, None] * 5 + torch.arange(5)
        lstm = torch.nn.LSTM(4, 5, num_layers=2, batch_first=True)
        for k, cell in enumerate(cells):
            weight, bias = cell.weight[order.flatten(), :, 1, 1], cell.bias[order.flatten()].clone()
            bias[5:10] += 1.0
            for name, value in (("weight_ih", weight[:, : width[k]]), ("weight_hh", weight[:, width[k] :]),
                                ("bias_ih", bias), ("bias_hh", torch.zeros(20))):  # fmt: skip
                getattr(lstm, f"{name}_l{k}").data.copy_(value)
        return lstm

    with torch.no_grad():
        _, state = torchs(network.readers)(codes[..., 0, 0])
        writer, code, wanted = torchs(network.writers), codes[:, -1:, :, 0, 0], []
        for _ in range(3):
            out, state = writer(code, state)
            code = out @ network.last.weight[:, :, 0, 0].T + network.last.bias
            wanted.append(code)
        assert torch.allclose(network(codes)[..., 0, 0], torch.cat(wanted, 1), atol=1e-5)


def test_blocks_read_all_codes_and_write_each_coming_one():
    network, codes = StackedBlocks(3, 2, 4, 8, 0), Draws("codes").normal(2, 3, 4, 2, 2)
    h = torch.einsum("oc,bchw->bohw", network.first.weight[:, :, 0, 0], codes.reshape(2, 12, 2, 2))
    h = torch.einsum("oc,bchw->bohw", network.last.weight[:, :, 0, 0], h + network.first.bias[:, None, None])
    wanted = (h + network.last.bias[:, None, None]).reshape(2, 2, 4, 2, 2)
    assert torch.allclose(network(codes), wanted, atol=1e-5)


def test_what_stands_still_is_copied_from_the_last_code():
    """Codes are the pixels of a frame; the decoder adds what the middle says to what it reads beside it."""
    seen = []
    network = FramePredictor(3, 2, 2, 8, torch.nn.Identity(), 1)
    del network.middle, network.decode
    network.encode = torch.nn.Identity()
    network.middle = lambda codes: seen.append(codes) or torch.full_like(codes[:, :2], 0.5)
    network.decode = lambda both: both[:, :8] + both[:, 8:]
    frames = Draws("frames").normal(2, 3, 2, 4, 5)
    assert torch.allclose(network(frames), 0.5 + frames[:, -1:].expand(-1, 2, -1, -1, -1))
    assert seen[0].shape == (2, 3, 8, 2, 3) and seen[0][:, :, 1::2, :, 2].eq(-1.0).all()  # padded with black


def test_frames_are_black_before_training():
    assert FramePredictor(3, 4, 1, 8, StackedBlocks(3, 4, 8, 16, 1), 1)(torch.rand(2, 3, 1, 6, 6)).eq(-1.0).all()
