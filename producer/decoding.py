"""Packets in, frames out, and a count of everything that went wrong on the way.

Guarantees: frames come in presentation order; damage never raises. A packet that cannot be decoded is counted and
skipped, an error of the container ends the stream, and what was decoded is kept in both cases.

What this file does not know: which file it is, timestamps' sanity, pixels.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import av

from common import limits

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from av import VideoFrame
    from av.packet import Packet
    from av.video.stream import VideoStream

    from producer.container import OpenedVideo
    from producer.tally import Tally


def decode(opened: OpenedVideo, tally: Tally) -> Generator[tuple[VideoFrame, int], None, None]:
    """Every frame with the microseconds that it took to read and decode.

    Args:
        opened: the container and track, at its start.
        tally: is kept up to date; `stopped` says when the iteration ended before the file did.
    """
    clock = time.perf_counter_ns
    started = clock()
    for frames in _batches(opened, tally):
        for frame in frames:
            if max(frame.width, frame.height) > limits.SIDE_MAX_PIXELS:
                tally.stopped = f"a frame of {frame.width}x{frame.height} pixels is too large"
                return
            tally.decoded += 1
            tally.damaged += frame.is_corrupt
            elapsed_us = (clock() - started) // 1000
            yield frame, elapsed_us
            started = clock()


def _batches(opened: OpenedVideo, tally: Tally) -> Iterator[list[VideoFrame]]:
    """What each packet gives: usually one frame, none while the decoder reorders, several at the end."""
    for packet in _packets(opened, tally):
        if packet.size:
            tally.hidden += packet.is_discard
            tally.damaged += packet.is_corrupt
            yield _decode(opened.stream, packet, tally)
        elif packet.dts is not None:
            # An empty AVI chunk: show the last frame again. To the decoder it would mean the end of the stream.
            tally.hidden += 1
    yield _decode(opened.stream, None, tally)


def _packets(opened: OpenedVideo, tally: Tally) -> Iterator[Packet[VideoStream]]:
    try:
        yield from opened.container.demux(opened.stream)
    except (av.FFmpegError, OSError) as error:
        tally.stopped = f"reading stopped ({error.strerror or error})"


def _decode(stream: VideoStream, packet: Packet[VideoStream] | None, tally: Tally) -> list[VideoFrame]:
    try:
        return stream.codec_context.decode(packet)
    except (av.FFmpegError, OSError):
        tally.undecodable += 1
        return []
