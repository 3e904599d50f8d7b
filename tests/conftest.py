"""One thread within each of torch's operations, as the app runs: on busy cores more of them wait for each other."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
