import torch

torch.set_num_threads(1)  # the fits are small, and several run side by side
