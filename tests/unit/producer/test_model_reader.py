"""Pieces of a model's files, read on a thread."""

from __future__ import annotations

import hashlib
from pathlib import Path
from queue import SimpleQueue

from common import limits
from producer.model_reader import ModelPiece, ModelReader, read_piece

DEADLINE_S = 30.0
CONTENT = bytes(range(256)) * (limits.MODEL_CHUNK_BYTES // 256) + b"rest"


def test_pieces_come_in_the_order_asked_for(tmp_path: Path) -> None:
    """By digest; a file that nobody knows is None."""
    path = tmp_path / "model.bin"
    path.write_bytes(CONTENT)
    digest = hashlib.sha256(CONTENT).digest()
    pieces: SimpleQueue[ModelPiece] = SimpleQueue()
    reader = ModelReader({digest.hex(): path}, pieces.put)
    reader.read(1, digest, limits.MODEL_CHUNK_BYTES)
    reader.read(2, bytes(32), 0)
    assert pieces.get(timeout=DEADLINE_S) == ModelPiece(1, digest, limits.MODEL_CHUNK_BYTES, b"rest")
    assert pieces.get(timeout=DEADLINE_S) == ModelPiece(2, bytes(32), 0, None)
    reader.close()


def test_a_piece_is_at_most_one_message_long(tmp_path: Path) -> None:
    """Past the end, and where the file has vanished, there is none."""
    path = tmp_path / "model.bin"
    path.write_bytes(CONTENT)
    assert read_piece(path, 0) == CONTENT[: limits.MODEL_CHUNK_BYTES]
    assert read_piece(path, len(CONTENT)) is None
    path.unlink()
    assert read_piece(path, 0) is None
