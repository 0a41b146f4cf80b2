"""Who somebody is."""

from __future__ import annotations

from collections import Counter

from common.street_look import look

MANY = [look((seed, person, 0)) for seed in range(30) for person in range(10)]


def test_people_differ_and_stay_themselves() -> None:
    """The same keys are the same person; hardly two of three hundred look alike."""
    assert look((1, 2, 3)) == look((1, 2, 3))
    assert len(set(MANY)) == len(MANY)


def test_all_kinds_are_there() -> None:
    """Tops, bottoms, hair and what is carried: none is missing among three hundred, none is nearly all."""
    for kinds, least in (("top", 5), ("bottom", 3), ("hair", 6), ("carried", 4), ("skin", 7)):
        counted = Counter(getattr(who, kinds) for who in MANY)
        assert len(counted) >= least
        assert min(counted.values()) >= 2
        assert max(counted.values()) < 250


def test_colours_and_sizes_are_possible() -> None:
    """Colours are bytes, heights those of grown-ups."""
    for who in MANY:
        colours = (who.skin, who.hair_colour, who.top_colour, who.bottom_colour, who.bag_colour, who.under_colour)
        assert all(0 <= part <= 255 for colour in colours for part in colour)
        assert 1.5 < who.height_m < 2.0
