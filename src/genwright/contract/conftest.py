import torch

from genwright.training import loop

torch.set_num_threads(1)  # the fits are small, and several run side by side
loop.PROBE_SECONDS = 0.0  # longer than such a fit itself
