"""Heads."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from common.street_head import hair_behind, head
from common.street_look import Hair, Look, look
from common.street_shapes import Sight

WHO = replace(look((1, 2, 3)), beard=False)
RIGHT, AWAY, NEARER = 0.0, math.pi / 2, -math.pi / 2
STYLES: tuple[Hair, ...] = ("short", "long", "bun", "bald", "cap", "hood")


def count(who: Look, angle: float) -> int:
    """How many parts are drawn."""
    sight = Sight(angle, 0.2, 0.0)
    return len([*hair_behind(who, sight), *head(who, sight)])


def test_a_face_is_seen_from_the_front() -> None:
    """From the front there are two eyes and a mouth, from the side one eye fewer, from behind none of it."""
    bald = replace(WHO, hair="bald")
    assert count(bald, NEARER) - count(bald, AWAY) == 3
    assert count(replace(bald, beard=True), NEARER) == count(bald, NEARER) + 1
    assert count(replace(bald, beard=True), AWAY) == count(bald, AWAY)


@pytest.mark.parametrize("angle", [RIGHT, AWAY, NEARER, 1.0, -2.5])
@pytest.mark.parametrize("hair", STYLES)
def test_heads_are_where_heads_are(hair: Hair, angle: float) -> None:
    """Whatever is on it, a head is at the top of the body, no wider than shoulders are, and about 1 high."""
    sight = Sight(angle, 0.0, 0.0)
    parts = [*hair_behind(replace(WHO, hair=hair), sight), *head(replace(WHO, hair=hair), sight)]
    corners = np.concatenate([outline for part in parts for outline in part.outlines])
    assert -1.02 < corners[:, 1].min() < -0.98
    assert corners[:, 1].max() < -0.77
    assert np.abs(corners[:, 0]).max() < 0.13


def test_hair_from_behind_covers_more() -> None:
    """Short hair reaches farther down behind than in front."""

    def lowest(angle: float) -> float:
        parts = head(replace(WHO, hair="short"), Sight(angle, 0.0, 0.0))
        (piece,) = [part for part in parts if part.colour == WHO.hair_colour]
        return float(piece.outlines[0][:, 1].max())

    assert lowest(AWAY) > lowest(NEARER) + 0.02
