"""Who is in a frame, and what is seen of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import street
from common.street import Scene, people, truth

SCENES = st.builds(
    Scene,
    st.integers(1, 60),
    st.integers(48, 4096),
    st.integers(48, 4096),
    st.sampled_from([Fraction(25), Fraction(1000), Fraction(30000, 1001), Fraction(1, 1000), Fraction(1, 10**9 - 1)]),
    st.integers(0, 10**9 - 1),
)


def scene(seed: int = 1, count: int = 12) -> Scene:
    """A street."""
    return Scene(count, 1280, 720, Fraction(25), seed)


@pytest.mark.slow
@given(SCENES, st.integers(0, 2**32 - 1))
def test_any_frame_of_any_scene_is_in_bounds(wanted: Scene, number: int) -> None:
    """Boxes are inside the frame and not empty, shares are shares, and nobody is there twice."""
    found = truth(wanted, number)
    assert found.dtype == np.float32
    assert found.shape[1] == 5
    assert len(found) <= wanted.people
    assert (found[:, :2] >= 0).all()
    assert (found[:, :2] < found[:, 2:4]).all()
    assert (found[:, 2:4] <= (wanted.width, wanted.height)).all()
    assert ((found[:, 4] >= 0) & (found[:, 4] <= 1)).all()


def test_truth_is_of_people() -> None:
    """The truth's rows are the people's boxes and shares, far to near."""
    found = people(scene(), 40)
    rows = np.array([(*person.box, person.visible) for person in found], np.float32)
    assert (truth(scene(), 40) == rows).all()
    assert [person.stand.z_m for person in found] == sorted((person.stand.z_m for person in found), reverse=True)


@pytest.mark.parametrize("number", [0, 40, 41])
def test_frames_need_no_other_frame(number: int) -> None:
    """Asked for alone or after others, a frame is the same."""
    alone = truth(scene(3), number)
    for before in range(number):
        truth(scene(3), before)
    assert (truth(scene(3), number) == alone).all()


def test_nearest_is_hidden_by_nobody() -> None:
    """Whoever is nearest and not cut by the frame is seen whole; in a crowd somebody is hidden."""
    for seed in range(10):
        found = people(scene(seed, 40), 100)
        x1, y1, x2, y2 = found[-1].box
        if x1 > 0 and y1 > 0 and x2 < 1280 and y2 < 720:
            assert found[-1].visible == 1
        assert min(person.visible for person in found) < 0.5


def test_people_are_of_people_size() -> None:
    """Whoever is seen whole is higher than wide, and from 60 pixels high to all of the frame."""
    for seed in range(10):
        for person in people(scene(seed), 60):
            x1, y1, x2, y2 = person.box
            if x1 > 0 and y1 > 0 and x2 < 1280 and y2 < 720:
                assert y2 - y1 > 1.2 * (x2 - x1)
                assert y2 - y1 > 60


def test_who_shows_nothing_is_not_in_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the frame's corner holds only the empty corner of somebody's box, beside the head, nobody is there."""
    person = people(scene(), 40)[-1]
    x1, y1, _, _ = person.figure.box
    for inside, count in ((1.0, 0), (0.9 * person.scale, 1)):
        moved = replace(
            person, x_px=1280 - person.scale * x1 - inside, y_px=720 - person.scale * y1 - inside, box=(0, 0, 1280, 720)
        )
        monkeypatch.setattr(street, "placed", lambda _scene, _number, moved=moved: [moved])
        assert len(truth(scene(), 0)) == count


def test_a_scene_is_the_same_at_every_size() -> None:
    """At half the size all boxes are half as large."""
    small, large = (truth(Scene(12, 640 * k, 360 * k, Fraction(25), 5), 33) for k in (1, 2))
    assert small[:, :4] * 2 == pytest.approx(large[:, :4], abs=0.05)
    assert small[:, 4] == pytest.approx(large[:, 4], abs=0.01)


def test_truth_does_not_change_between_versions() -> None:
    """Two versions of vinofleet compare with the same truth: whoever changes these numbers changes the protocol."""
    assert truth(Scene(2, 640, 360, Fraction(25), 1), 10) == pytest.approx(np.array(FIXED, np.float32), abs=0.01)


FIXED = [[201.554, 156.293, 244.269, 238.858, 0.877], [227.338, 176.347, 265.295, 291.842, 1.0]]
