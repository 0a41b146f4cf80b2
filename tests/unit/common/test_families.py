"""Which models are recognised, and how the others are refused."""

from __future__ import annotations

import pytest

from common.errors import ModelError
from common.families import Detections, ImageInput, Port, detections, image_input


def _port(*shape: int, name: str = "x", element_type: str = "f32") -> Port:
    return Port(name, shape, element_type)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 3, 48, 64), ImageInput("x", 64, 48, "NCHW")),
        ((1, 48, 64, 3), ImageInput("x", 64, 48, "NHWC")),
        ((-1, 3, 48, 64), ImageInput("x", 64, 48, "NCHW")),
        ((1, 3, 48, 3), ImageInput("x", 3, 48, "NCHW")),
    ],
)
def test_an_image_is_recognised_by_the_place_of_its_planes(shape: tuple[int, ...], expected: ImageInput) -> None:
    """Width, height and layout come from the shape; the batch may be open."""
    assert image_input([_port(*shape)]) == expected


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((1, 1, 48, 64), r"'x' f32\[1,1,48,64\] is no image"),
        ((4, 3, 48, 64), r"'x' f32\[4,3,48,64\] is no image"),
        ((1, 7), r"'x' f32\[1,7\] is no image"),
        ((), r"'x' f32\[\] is no image"),
        ((1, 3, -1, -1), r"'x' f32\[1,3,\?,\?\] leaves its size open"),
        ((1, 3, 48, 20000), r"'x' f32\[1,3,48,20000\] is outside 1\.\.16384"),
    ],
)
def test_another_input_is_refused_by_what_it_is(shape: tuple[int, ...], found: str) -> None:
    """The refusal names the tensor, its type and its shape."""
    with pytest.raises(ModelError, match=found):
        image_input([_port(*shape)])


def test_several_inputs_are_refused_by_name() -> None:
    """A model that wants image_info as well is not fed half of its inputs."""
    with pytest.raises(ModelError, match=r"2 inputs \('image' f32\[1,3,8,8\], 'image_info' f32\[1,3\]\)"):
        image_input([_port(1, 3, 8, 8, name="image"), _port(1, 3, name="image_info")])


@pytest.mark.parametrize("shape", [(1, 1, 200, 7), (-1, 1, -1, 7), (1, 1, -1, 7)])
def test_ssd_is_recognised_among_other_outputs(shape: tuple[int, ...]) -> None:
    """One output of detections is enough; what else there is does not matter."""
    assert detections([_port(1, 4), _port(*shape, name="out")]) == Detections("ssd", "out")


@pytest.mark.parametrize(
    ("ports", "found"),
    [
        ([_port(1, 3549, 85, name="output")], r"output 'output' f32\[1,3549,85\] is no \[1,1,N,7\] SSD output"),
        ([_port(1, 1, 9, 7, element_type="i32")], r"'x' i32\[1,1,9,7\] is no"),
        ([_port(2, 1, 9, 7)], r"'x' f32\[2,1,9,7\] is no"),
        ([_port(5, name="a"), _port(6, name="b")], r"outputs 'a' f32\[5\], 'b' f32\[6\] are no"),
        ([], "outputs none are no"),
        ([_port(1, 1, 9, 7), _port(1, 1, 5, 7)], "2 outputs of detections"),
    ],
)
def test_other_outputs_are_refused_by_what_they_are(ports: list[Port], found: str) -> None:
    """A person sees which output was found and which was wanted."""
    with pytest.raises(ModelError, match=found):
        detections(ports)
