"""How predictions are judged: quality focal loss for the scores, generalised IoU for the boxes.

Quality focal loss (Li et al. 2020, https://arxiv.org/abs/2006.04388): the score that is wanted is the teacher's, times
the IoU that the box has reached, so that the best placed of several answers for one person is also the surest.
Generalised IoU: Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

BOX_WEIGHT: Final = 2.0
OFFSET_MAX: Final = 4.0
"""Of the logarithm of a side in sides of the prior, so that an early mistake does not become infinite."""


def corners(offsets: Tensor, priors: Tensor) -> Tensor:
    """Return x1, y1, x2, y2 in pixels, [...,P,4], as DetectionOutput decodes CENTER_SIZE with variances of 1."""
    centre = priors[:, :2] + offsets[..., :2] * priors[:, 2:]
    half = priors[:, 2:] * offsets[..., 2:].clamp(max=OFFSET_MAX).exp() / 2
    return torch.cat([centre - half, centre + half], -1)


def overlaps(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Return IoU and generalised IoU of each pair of boxes, [K,4] and [K,4]."""
    sides = (torch.minimum(one[:, 2:], other[:, 2:]) - torch.maximum(one[:, :2], other[:, :2])).clamp(min=0)
    hull = torch.maximum(one[:, 2:], other[:, 2:]) - torch.minimum(one[:, :2], other[:, :2])
    shared, around = sides.prod(1), hull.prod(1)
    union = (one[:, 2:] - one[:, :2]).prod(1) + (other[:, 2:] - other[:, :2]).prod(1) - shared
    iou = shared / union.clamp(min=1e-6)
    return iou, iou - (around - union) / around.clamp(min=1e-6)


def loss(logits: Tensor, offsets: Tensor, wanted: Tensor, priors: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss of the scores and that of the boxes, of a batch.

    Args:
        logits: [N,P].
        offsets: [N,P,4].
        wanted: [N,P,5], see `targets`.
        priors: [P,4].
    """
    scores = wanted[..., 0].clone()
    chosen = scores > 0
    weights = scores[chosen]
    total = weights.sum().clamp(min=1.0)
    iou, giou = overlaps(corners(offsets, priors)[chosen], wanted[..., 1:][chosen])
    scores[chosen] *= iou.detach().clamp(min=0)
    asked = scores >= 0
    scores = scores.clamp(min=0)
    distance = (logits.sigmoid() - scores).abs() ** 2
    entropy = functional.binary_cross_entropy_with_logits(logits, scores, reduction="none")
    return (entropy * distance)[asked].sum() / total, BOX_WEIGHT * ((1 - giou) * weights).sum() / total
