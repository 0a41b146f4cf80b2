"""Takes the pictures that a stream's producer sends, and turns away what does not belong there.

Guarantees that a picture is kept only in its turn, for a frame of the stream's window, and only in the form that was
agreed on: a slot of the segment that is shared, or a JPEG file whose head has the size of the stream's pictures. One
that comes in its turn and is something else is given up and counted, so that no picture holds up a stream for ever.
What this file does not know: sessions, and where pictures are kept.
"""

from __future__ import annotations

from collector.actions import Keep
from collector.streams import Stream
from collector.tally import Tally
from common.jpeg import jpeg_size
from common.messages import Picture, ShmOfferFields
from common.picture import picture_bytes, picture_size


def holds_pictures(stream: Stream, offer: ShmOfferFields) -> bool:
    """Whether each slot of an offered segment has the bytes of one picture of the stream."""
    header = stream.record.header
    return offer[4] == picture_bytes(header.width, header.height)


def take_picture(stream: Stream, tally: Tally, piece: Picture, payload: memoryview | None, share: int) -> Keep | None:
    """Take a picture, or a piece of it, if it is the next one; everything else is ignored.

    Args:
        stream: of its epoch and producer; it may want no pictures.
        tally: counts what is turned away.
        piece: what came.
        payload: its bytes; they are copied.
        share: bytes that the stream may hold, or else one picture, where all frames below it are written.

    Returns:
        What is to be kept, if the picture is whole.
    """
    intake = stream.pictures
    in_pieces = piece.slot < 0 and piece.size > 0
    if piece.seq != intake.next or (in_pieces and piece.offset != intake.offset):
        return None
    if piece.seq >= stream.buffer.reach:
        tally.discard("beyond_window")
        return None
    if in_pieces:
        return _take_piece(stream, tally, piece, memoryview(b"") if payload is None else payload, share)
    if piece.slot < 0:  # nobody has it any more
        intake.skip()
        return None
    return _take_slot(stream, tally, piece)


def _take_slot(stream: Stream, tally: Tally, piece: Picture) -> Keep | None:
    intake = stream.pictures
    known = piece.slot < intake.slots
    if not known:
        tally.discard("picture")
    if intake.slots:  # while none are shared, the producer has yet to hear of it, and sends the picture itself
        intake.skip()
    return Keep(stream.name, piece.seq, piece.width, piece.height, piece.slot, None) if known else None


def _take_piece(stream: Stream, tally: Tally, piece: Picture, payload: memoryview, share: int) -> Keep | None:
    intake = stream.pictures
    if not intake.fits(piece, payload.nbytes):
        tally.discard("picture")
        intake.skip()
        return None
    if intake.held + payload.nbytes > share and piece.seq > stream.written:
        return None  # it is sent again, when there may be room
    data = intake.add(piece, payload)
    if data is None:
        return None
    header = stream.record.header
    if jpeg_size(data) != picture_size(header.width, header.height):
        tally.discard("picture")
        return None
    return Keep(stream.name, piece.seq, piece.width, piece.height, -1, data)
