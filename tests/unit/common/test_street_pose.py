"""Joints."""

from __future__ import annotations

import math
from dataclasses import astuple, replace

import pytest

from common.street_look import look
from common.street_pose import pose
from common.street_walks import STEPS

WHO = replace(look((1, 2, 3)), on_phone=False)
PHASES = [*range(STEPS), *range(-STEPS, 0)]


@pytest.mark.parametrize("step", PHASES)
def test_bones_keep_their_length(step: int) -> None:
    """Whatever the phase, thigh, shin, upper arm and forearm are as long as they are."""
    joints = pose(WHO, step)
    for side in (-1, 1):
        hip, knee, ankle, _ = astuple(joints.legs[side])
        shoulder, elbow, wrist = astuple(joints.arms[side])
        lengths = [math.dist(*ends) for ends in ((hip, knee), (knee, ankle), (shoulder, elbow), (elbow, wrist))]
        assert lengths == pytest.approx([0.245, 0.235, 0.165, 0.145], abs=0.004)


@pytest.mark.parametrize("step", PHASES)
def test_a_foot_stands_on_the_ground(step: int) -> None:
    """Lowered by `drop`, the lower foot is on the ground, and the body by no more than a few hundredths."""
    joints = pose(WHO, step)
    lowest = min(min(leg.ankle[2] - 0.034, leg.toe[2] - 0.014) for leg in joints.legs.values())
    assert lowest - joints.drop == pytest.approx(0)
    assert -0.03 < joints.drop < 0.08


def test_a_walk_is_two_equal_steps() -> None:
    """Half a walk later the other leg is where this one was, and so is the other arm."""
    for step in range(STEPS // 2):
        now, later = pose(WHO, step), pose(WHO, step + STEPS // 2)
        assert now.legs[1].knee[0] == pytest.approx(later.legs[-1].knee[0])
        assert now.arms[1].wrist[0] == pytest.approx(later.arms[-1].wrist[0])


def test_arms_swing_against_legs() -> None:
    """When the left leg is farthest forward, the left arm is behind the right one."""
    joints = max((pose(WHO, step) for step in range(STEPS)), key=lambda joints: joints.legs[1].knee[0])
    assert joints.arms[1].wrist[0] < joints.arms[-1].wrist[0]


def test_a_phone_is_held_up() -> None:
    """Who is on the phone has one hand higher than its elbow, walking or standing."""
    for step in (0, 5, -3):
        arm = pose(replace(WHO, on_phone=True), step).arms[1]
        assert arm.wrist[2] > arm.elbow[2]
