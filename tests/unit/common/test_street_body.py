"""Dressed bodies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from common.street_body import figure
from common.street_look import look
from common.street_walks import HEADINGS

EVERYBODY = [(seed, person, 0) for seed in range(10) for person in range(6)]


@pytest.mark.parametrize("keys", EVERYBODY)
def test_box_is_around_all_outlines(keys: tuple[int, int, int]) -> None:
    """A body is about 1 high, stands on the ground, is narrower than high, and its box holds every corner."""
    for heading, step in itertools.product(range(0, HEADINGS, 5), (0, 7, -3)):
        body = figure(keys, heading, step, 0.3)
        x1, y1, x2, y2 = body.box
        corners = np.concatenate(body.outlines)
        assert (corners.min(axis=0).tolist(), corners.max(axis=0).tolist()) == ([x1, y1], [x2, y2])
        assert 0.9 < y2 - y1 < 1.25
        assert -0.05 < y2 < 0.12
        assert 0.15 < x2 - x1 < 0.85


def test_same_body_is_the_same_object() -> None:
    """A body is made once, so that what is known of it can be kept by it."""
    assert figure((1, 2, 3), 4, 5, 0.3) is figure((1, 2, 3), 4, 5, 0.3)
    assert figure((1, 2, 3), 4, 5, 0.3) != figure((1, 2, 3), 4, 6, 0.3)


def test_outlines_are_polygons() -> None:
    """No part is empty or out of proportion."""
    for keys in EVERYBODY:
        for outline in figure(keys, 3, 2, 0.2).outlines:
            assert len(outline) >= 3
            assert np.isfinite(outline).all()
            assert outline.dtype == np.float32


def test_what_is_carried_is_part_of_the_body() -> None:
    """A backpack sticks out behind a person who is seen from the side."""
    backs: dict[str, list[float]] = {"backpack": [], "nothing": []}
    for keys in ((seed, 0, 0) for seed in range(60)):
        if look(keys).carried in backs and look(keys).top == "shirt" and look(keys).hair != "long":
            backs[look(keys).carried].append(figure(keys, 0, -1, 0.2).box[0])
    assert max(backs["backpack"]) < min(backs["nothing"])
