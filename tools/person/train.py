"""Train `vinofleet-person` on clips that a teacher has labelled and on synthetic streets.

    python -m tools.person.train OUT.pt --teacher person-detection-0202.xml --clip one.avi:0-0.7 --clip two.mp4:0-0.7

Each clip is used from one share of its length to another; the rest is for `evaluate.py`. Weights are an average over
the training (Polyak and Juditsky 1992); a checkpoint lies beside OUT.pt after each tenth.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import time
from pathlib import Path
from typing import Final

import cv2
import torch

from tools.person.clips import read_clip
from tools.person.dataset import Pictures, Pool, paint_streets
from tools.person.loss import loss
from tools.person.network import PersonNet
from tools.person.parts import part
from tools.person.targets import PRIORS

BATCH: Final = 16
RATE: Final = 2e-3
WARM_UP_STEPS: Final = 200
WEIGHT_DECAY: Final = 1e-3
AVERAGE: Final = 0.998
"""How much of the average is kept at each step; less at the start."""
GRADIENT_MAX: Final = 10.0
TELL_STEPS: Final = 100


def main() -> None:
    """Read the arguments and train."""
    arguments = _arguments()
    torch.manual_seed(arguments.seed)
    cv2.setNumThreads(0)  # its threads do not survive the loader's fork, which then waits for them
    clips = [read_clip(wanted, arguments.teacher, arguments.cache) for wanted in arguments.clip]
    pool = Pool(clips, paint_streets(arguments.streets, arguments.seed), arguments.street_share)
    print(f"{[len(clip.people) for clip in clips]} frames, {len(pool.streets)} streets", file=sys.stderr)
    print(f"{[len(people) for people in pool.people]} people cut out", file=sys.stderr)
    net = PersonNet()
    if arguments.start:
        net.load_state_dict(torch.load(arguments.start, weights_only=True))
    torch.save(_trained(net, pool, arguments).state_dict(), arguments.out)
    arguments.out.with_suffix(".json").write_text(json.dumps({"arguments": sys.argv[1:]}, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--teacher", type=Path, required=True, help="person-detection-0202.xml")
    parser.add_argument("--clip", type=part, action="append", required=True, help="PATH:START-END, shares of it")
    parser.add_argument("--streets", type=int, default=150, help="how many are painted")
    parser.add_argument("--street-share", type=float, default=0.3, help="of the pictures")
    parser.add_argument("--pictures", type=int, default=80_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--cache", type=Path, default=Path("build/person"))
    return parser.parse_args()


def _rate(step: int, steps: int) -> float:
    """Return the share of RATE at a step: up from nothing, down along a cosine."""
    return min(1.0, (step + 1) / WARM_UP_STEPS) * (0.01 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2)


def _trained(net: PersonNet, pool: Pool, arguments: argparse.Namespace) -> PersonNet:
    """Return the average over a training of the network, which is trained in place."""
    steps = arguments.pictures // BATCH
    net = net.to(memory_format=torch.channels_last).train()
    average = copy.deepcopy(net)
    optimizer = _optimizer(net)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
    pictures = Pictures(pool, steps * BATCH, arguments.seed)
    loader = torch.utils.data.DataLoader(pictures, BATCH, num_workers=1, prefetch_factor=8)
    progress = _Progress(steps)
    for step, (pixels, wanted) in enumerate(loader):
        progress.tell(step, _stepped(net, optimizer, pixels, wanted))
        schedule.step()
        _follow(average, net, min(AVERAGE, (1 + step) / (10 + step)))
        if (step + 1) % max(1, steps // 10) == 0:
            torch.save(average.state_dict(), arguments.out.with_suffix(f".{(step + 1) * 10 // steps}.pt"))
    return average


def _optimizer(net: PersonNet) -> torch.optim.Optimizer:
    """Return what moves the weights: those of convolutions decay, biases and scales do not."""
    decayed = [weight for weight in net.parameters() if weight.ndim > 1]
    others = [weight for weight in net.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, RATE)


def _stepped(
    net: PersonNet, optimizer: torch.optim.Optimizer, pixels: torch.Tensor, wanted: torch.Tensor
) -> torch.Tensor:
    """Learn from a batch (see `Pictures`); return the loss of its scores and that of its boxes, [2]."""
    logits, offsets = net(pixels.float().contiguous(memory_format=torch.channels_last))
    score_loss, box_loss = loss(logits, offsets, wanted, torch.from_numpy(PRIORS))
    optimizer.zero_grad()
    (score_loss + box_loss).backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), GRADIENT_MAX)
    optimizer.step()
    return torch.stack([score_loss, box_loss]).detach()


class _Progress:
    """Tells the mean losses of each TELL_STEPS steps."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._began_s = time.perf_counter()
        self._sums = torch.zeros(2)

    def tell(self, step: int, losses: torch.Tensor) -> None:
        self._sums += losses
        if (step + 1) % TELL_STEPS == 0:
            speed = (step + 1) * BATCH / (time.perf_counter() - self._began_s)
            means = ", ".join(f"{value:.4f}" for value in (self._sums / TELL_STEPS).tolist())
            print(f"{step + 1} of {self._steps}: losses {means}; {speed:.0f} pictures/s", file=sys.stderr, flush=True)
            self._sums.zero_()


@torch.no_grad()
def _follow(average: PersonNet, net: PersonNet, kept: float) -> None:
    for mean, value in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, 1 - kept)
        else:
            mean.copy_(value)


if __name__ == "__main__":
    main()
