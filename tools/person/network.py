"""The network of `vinofleet-person`: a small single-shot detector of one class, in PyTorch.

A residual trunk with strides 8, 16 and 32, joined from coarse to fine, and for each cell of the three grids one
prediction: a logit, and where the box lies relative to the cell's prior. 384 x 224 pixels, 0.36 GFLOPs (counting a
multiplication and an addition as two).

What this file does not know: how predictions become boxes and how they are judged (`export`, `loss`).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN: Final = 114.0
SCALE: Final = 1 / 58.0
"""Brings pixels of 0..255 to about zero mean and unit variance; part of the exported graph."""


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch normalisation and ReLU."""
    padding = kernel // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.03),
        nn.ReLU(inplace=True),
    )


class Bottleneck(nn.Module):
    """Half the channels by 1x1, all of them again by 3x3, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(channels, channels // 2, 1), convolution(channels // 2, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return x + self.body(x)


def stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    """Return half the resolution by a strided convolution, then `blocks` bottlenecks."""
    return nn.Sequential(convolution(inputs, outputs, 3, 2), *(Bottleneck(outputs) for _ in range(blocks)))


class PersonNet(nn.Module):
    """From f32 [N,3,224,384], BGR 0..255, to logits [N,P] and offsets [N,P,4] for the P priors of `geometry`."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(convolution(3, 16, 3, 2), stage(16, 24, 1))
        self.fine = stage(24, 48, 2)
        self.middle = stage(48, 80, 3)
        self.coarse = stage(80, 112, 2)
        self.lateral = nn.ModuleList([nn.Conv2d(48, 40, 1), nn.Conv2d(80, 48, 1), nn.Conv2d(112, 48, 1)])
        self.narrow = nn.Conv2d(48, 40, 1)
        self.smooth = nn.ModuleList([convolution(40, 40, 3), convolution(48, 48, 3), convolution(48, 48, 3)])
        self.heads = nn.ModuleList([nn.Conv2d(40, 5, 1), nn.Conv2d(48, 5, 1), nn.Conv2d(48, 5, 1)])
        for head in self.heads:
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            nn.init.constant_(head.bias[:1], -4.0)  # at first, nobody is there

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        fine = self.fine(self.stem((image - MEAN) * SCALE))
        middle = self.middle(fine)
        coarse = self.lateral[2](self.coarse(middle))
        middle = self.lateral[1](middle) + functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
        up = functional.interpolate(self.narrow(middle), scale_factor=2.0, mode="nearest")
        fine = self.lateral[0](fine) + up
        levels = [
            head(smooth(x)).flatten(2)
            for x, smooth, head in zip((fine, middle, coarse), self.smooth, self.heads, strict=True)
        ]
        joined = torch.cat(levels, 2).permute(0, 2, 1)
        return joined[..., 0], joined[..., 1:]
