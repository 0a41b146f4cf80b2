"""A street with people in it, known exactly: who is where in each frame, and how much of them is seen. Pure.

Everything is a function of scene and frame number: frame n is the same wherever and whenever it is asked for.

What this file does not know: how it is drawn (`producer.street`), detections.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from common.street_body import Figure, figure
from common.street_look import look
from common.street_scene import Scene, view
from common.street_sight import extent, silhouette
from common.street_walks import Stand, stands

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Person", "Scene", "people", "placed", "truth"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a frame.

    Attributes:
        stand: who, where and in which pose.
        figure: the body; `x_px + scale * x` is where its x is in the picture, likewise y.
        scale: pixels of the body's height.
        x_px, y_px: the ground below the hips.
        box: x1, y1, x2, y2 around what is drawn of the body and what it carries, inside the frame, in pixels; without
            its shadow. Also around what others hide.
        visible: share of the body's area that is inside the frame and hidden by nobody, 0..1.
    """

    stand: Stand
    figure: Figure
    scale: float
    x_px: float
    y_px: float
    box: Box
    visible: float


def people(scene: Scene, number: int) -> list[Person]:
    """Who is at least partly inside a frame, far to near."""
    found: list[Person] = []
    for person in reversed(placed(scene, number)):
        cut = _cut(scene, person)
        if cut is not None:
            found.append(_seen(scene, cut, found))
    return found[::-1]


def truth(scene: Scene, number: int) -> NDArray[np.float32]:
    """Boxes of a frame: float32 [N, 5], rows x1 y1 x2 y2 visible (see `Person`), far to near."""
    rows = [(*person.box, person.visible) for person in people(scene, number)]
    return np.array(rows, np.float32).reshape(-1, 5)


def placed(scene: Scene, number: int) -> list[Person]:
    """All that drawing needs: as `people`, also who only just misses the frame, and boxes and shares are rough."""
    found = (_placed(scene, stand) for stand in stands(scene, number))
    return [person for person in found if person.box[0] < person.box[2] and person.box[1] < person.box[3]]


def _placed(scene: Scene, stand: Stand) -> Person:
    seen = view(scene)
    body = figure(stand.look, stand.heading, stand.step, round(seen.slope, 3))
    scale = seen.scale(stand.z_m) * look(stand.look).height_m
    x, y = seen.pixel(stand.x_m, stand.z_m)
    x1, y1, x2, y2 = body.box
    box = (
        max(x + scale * x1, 0.0),
        max(y + scale * y1, 0.0),
        min(x + scale * x2, float(scene.width)),
        min(y + scale * y2, float(scene.height)),
    )
    return Person(stand, body, scale, x, y, box, 1.0)


def _cut(scene: Scene, person: Person) -> Person | None:
    """The same person, with the box of what the frame shows; None where it shows nothing."""
    if _whole(scene, person):
        return person
    box = extent(person.figure, person.scale, (person.x_px, person.y_px), (scene.width, scene.height))
    return None if box is None else replace(person, box=box)


def _seen(scene: Scene, person: Person, nearer: list[Person]) -> Person:
    """The same person, with `visible`."""
    over = [other for other in nearer if _meet(person.box, other.box)]
    if not over and _whole(scene, person):
        return person
    points = silhouette(person.figure).points * person.scale + (person.x_px, person.y_px)
    seen = ((points >= 0) & (points < (scene.width, scene.height))).all(axis=1)
    for other in over:
        seen &= ~silhouette(other.figure).holds((points - (other.x_px, other.y_px)) / other.scale)
    return replace(person, visible=float(seen.mean()))


def _whole(scene: Scene, person: Person) -> bool:
    x1, y1, x2, y2 = person.box
    return x1 > 0 and x2 < scene.width and y1 > 0 and y2 < scene.height


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
