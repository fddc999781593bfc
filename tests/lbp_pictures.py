"""Pictures and neighbourhoods for the tests of local binary patterns."""

from __future__ import annotations

import torch
from skimage.color import rgb2gray
from skimage.data import astronaut
from skimage.util import img_as_ubyte

METHODS = {
    "circle": "default",
    "uniform": "nri_uniform",
    "rotation_invariant": "ror",
    "uniform_rotation_invariant": "uniform",
}
NEIGHBOURHOODS = [(8, 1.0), (8, 2.0), (16, 2.0), (4, 1.0), (24, 3.0), (8, 1.5), (3, 1.0), (17, 2.5)]
PATCH = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]], dtype=torch.uint8)


def noise(*shape: int, seed: int = 0, top: int = 256, dtype: torch.dtype = torch.uint8) -> torch.Tensor:
    return torch.randint(0, top, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.int64).to(dtype)


def pictures() -> dict[str, torch.Tensor]:
    """Flat, striped, tied and textured pictures, and small ones that are nearly all border."""
    rows, columns = torch.meshgrid(torch.arange(23), torch.arange(31), indexing="ij")
    photo = torch.from_numpy(img_as_ubyte(rgb2gray(astronaut())))
    return {
        "noise": noise(23, 31),
        "few levels": noise(23, 31, top=3),
        "16 bit": noise(23, 31, top=2**16, dtype=torch.uint16),
        "signed": noise(23, 31).to(torch.int16) - 128,
        "flat": torch.full((23, 31), 117, dtype=torch.uint8),
        "black": torch.zeros(23, 31, dtype=torch.uint8),
        "black in 64 bits": torch.zeros(23, 31, dtype=torch.int64),
        "rows": (rows % 3 * 40).to(torch.uint8),
        "columns": (columns % 2 * 255).to(torch.uint8),
        "slope": (rows * 3 + columns * 2).to(torch.uint8),
        "checks": ((rows // 2 + columns // 2) % 2 * 9).to(torch.uint8),
        "photo": photo[80:144, 190:254],
        "one pixel": noise(1, 1),
        "one row": noise(1, 40),
        "one column": noise(40, 1),
    }
