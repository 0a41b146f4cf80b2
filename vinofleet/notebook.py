"""`from vinofleet.notebook import show`: the live, annotated picture in a notebook's cell.

Guarantees that the picture is drawn anew at most `rate` times a second, however fast the fleet is, that it shows the
rate also where nothing was found, and that the stop button ends the fleet and nothing else.
What this file does not know: how pictures get here (`vinofleet.api`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, Unpack

from common.errors import UsageError
from vinofleet.api.options import PathLike, RunKeywords, SourceLike
from vinofleet.api.results import results

if TYPE_CHECKING:
    from collections.abc import Callable

    from vinofleet.api.values import Result

JPEG_QUALITY: Final = 80
_ELSEWHERE: Final = "run it in a notebook, or use `vinofleet run --show`"


class _Handle(Protocol):
    def update(self, image: object) -> None:
        """Replace what is shown."""


class _Cell:
    """The pictures of a cell, one of each stream."""

    def __init__(self, display: Callable[..., _Handle], image: Callable[..., object], width: int | None) -> None:
        self._display = display
        self._image = image
        self._width = width
        self._handles: dict[str, _Handle] = {}

    def show(self, result: Result) -> None:
        import cv2  # noqa: PLC0415 - whoever has a picture has loaded it

        assert result.picture is not None  # an annotated one always is
        _, jpeg = cv2.imencode(".jpg", result.picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        image = self._image(data=jpeg.tobytes(), format="jpeg", width=self._width)
        if result.stream in self._handles:
            self._handles[result.stream].update(image)
        else:
            self._handles[result.stream] = self._display(image, display_id=True)


def show(
    source: SourceLike | Sequence[SourceLike],
    *,
    model: PathLike,
    workers: int = 1,
    rate: float = 10.0,
    width: int | None = None,
    **options: Unpack[RunKeywords],
) -> dict[str, Any]:
    """Run a fleet, and show what it finds below this cell: boxes, labels and frames a second.

    Every frame is processed; of those that come within 1 / `rate` seconds one is shown. The last one stays.

    Args:
        source: a video, or several; as SOURCE of `vinofleet run`, a camera also as its number. Each has a picture.
        model: a file, or the name of a model.
        workers: worker processes.
        rate: pictures a second at most, of each stream.
        width: of the picture in the cell, in pixels; its own by default.
        options: those of `vinofleet run`.

    Returns:
        The report of the run, as `vinofleet schema report` describes it; also of one that the stop button ended.

    Raises:
        UsageError: there is no notebook, or an option cannot be meant so.
        VinofleetError: as `vinofleet run` would end.
    """
    cell = _cell(width)
    if rate <= 0:
        raise UsageError(f"rate={rate} shows nothing", "give pictures a second")
    run = results(source, model=model, workers=workers, annotated=True, **options)
    last: dict[str, Result] = {}
    due: dict[str, float] = {}
    try:
        for result in run:
            last[result.stream] = result
            now = time.monotonic()
            if now >= due.get(result.stream, 0.0):
                due[result.stream] = now + 1 / rate
                cell.show(last.pop(result.stream))
    except KeyboardInterrupt:
        print("stopped")  # noqa: T201 - it is said to who pressed the button
    for result in last.values():
        cell.show(result)
    frames, fps = run.report["frames"], run.report["fps"] or 0.0
    print(f"{fps:.1f} FPS, " + ", ".join(f"{count} {name}" for name, count in frames.items()))  # noqa: T201 - as above
    return run.report


def _cell(width: int | None) -> _Cell:
    try:
        from IPython.core.getipython import get_ipython  # noqa: PLC0415 - a notebook has it, others need not
        from IPython.display import Image, display  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("show() draws into a notebook, and IPython is not installed", _ELSEWHERE) from error
    if get_ipython() is None:
        raise UsageError("show() draws into a notebook, and this is none", _ELSEWHERE)
    return _Cell(display, Image, width)
