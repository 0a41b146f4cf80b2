"""Every bound of the protocol in one place, each with its unit and its reason.

A limit is enforced where bytes enter, before anything is allocated from a claim made by a peer.
"""

from __future__ import annotations

from typing import Final

HEADER_MAX_BYTES: Final = 4096
"""One msgpack header. Checked before unpacking: `unpackb` itself has no such bound."""

INTO_PRODUCER_MAX_BYTES: Final = 64 * 1024
"""MAXMSGSIZE of the producer's sockets: workers and collectors only ever send it headers."""

INTO_COLLECTOR_MAX_BYTES: Final = 1024 * 1024
"""MAXMSGSIZE of the collector's socket: a batch of detections or a statistics document."""

INTO_WORKER_MAX_BYTES: Final = 32 * 1024 * 1024
"""MAXMSGSIZE of the worker's sockets: the largest model input admitted (for one, 3840x2160 BGR)."""

INPUT_MAX_BYTES: Final = INTO_WORKER_MAX_BYTES - HEADER_MAX_BYTES
"""Pixels of one preprocessed frame."""

JOB_MAX_BYTES: Final = 256 * 1024
"""The canonical job document: room for a thousand long labels."""

STATS_MAX_BYTES: Final = 64 * 1024
"""One statistics document."""

STATS_NOTES_MAX: Final = 64
"""Reasons of streams in one statistics document."""

STATUS_MAX_BYTES: Final = 64 * 1024
"""One answer to whoever asks how a process is."""

STATUS_ROWS_MAX: Final = 128
"""Entries of each list in it: of its streams, workers, producers and outputs."""

STATUS_EVERY_S: Final = 0.25
"""An answer is made for all who ask within this time: what it costs does not depend on how often they ask."""

ASKERS_MAX: Final = 128
"""Connections that are answered within that time; the others ask again."""

MODEL_CHUNK_BYTES: Final = 256 * 1024
"""One piece of a model file on the wire."""

MODEL_FILE_MAX_BYTES: Final = 4 * 1024**3
"""One model file; a larger one is refused when the producer reads it."""

MODEL_FILES_MAX: Final = 16
"""Files that make up one model (an IR has two, an ONNX with external data a few)."""

PICTURE_MAX_BYTES: Final = 32 * 1024**2
"""One encoded original; room for 8K at a high quality."""

PICTURE_CHUNK_BYTES: Final = 256 * 1024
"""One piece of an original on the wire."""

PICTURE_AHEAD_BYTES: Final = 1024**2
"""Pieces of a producer's originals that were sent and not seen. Signs of life wait behind them on the same connection:
84 ms at 100 Mbit/s."""

NAME_MAX_CHARS: Final = 64
"""Stream and worker names: `[A-Za-z0-9][A-Za-z0-9._-]*`."""

TEXT_MAX_CHARS: Final = 300
"""A reason or a description for people."""

LABELS_MAX: Final = 10_000
"""Labels of one job."""

STREAMS_MAX: Final = 1024
"""Streams that one collector keeps open."""

SESSIONS_MAX: Final = 1024
"""Sessions that one bound socket keeps; the next hello is refused."""

CONNECTIONS_MAX: Final = 2048
"""Connections that one bound TCP socket keeps, of whom some have no session; half of what the system lets a process
open where that is less. Beyond it whoever has been quiet for longest goes."""

CREDITS_MAX: Final = 1024
"""Frames that one worker may ask for at a time."""

QUEUE_MESSAGES: Final = CREDITS_MAX + 64
"""Messages that a socket keeps for one peer in either direction: more than credits let there be."""

WINDOW_MAX_FRAMES: Final = 4096
"""Unsettled frames of one stream."""

BATCH_MAX: Final = 32
"""Items (frames, results, references, streams) of one message, so that its header stays under HEADER_MAX_BYTES."""

RANGES_MAX: Final = 64
"""Ranges of frames in one message, of all its streams: with BATCH_MAX of these its header stays under the same."""

DETECTIONS_MAX: Final = 1000
"""Detections of one frame: 32 x 1000 x 24 bytes stay below INTO_COLLECTOR_MAX_BYTES."""

PATIENCE_MAX_MS: Final = 1000
"""The longest that a worker or a collector may be allowed to keep news of frames to itself."""

SIDE_MAX_PIXELS: Final = 16_384
"""Width or height of an original frame or of a model input."""

SYNTHETIC_FPS_MAX: Final = 1000
"""Frames a second of a source that is drawn."""

WINDOW_DEFAULT_FRAMES: Final = 64
"""Unsettled frames of one producer unless it is told otherwise ..."""

WINDOW_DEFAULT_BYTES: Final = 512 * 1024**2
"""... or as many as fit in this much memory, whichever is less."""

HEARTBEAT_S: Final = 0.25
LOST_AFTER_S: Final = 1.0
"""A ready peer that is silent for this long is lost (measured: a stopped process shows within it)."""

LOADING_LOST_AFTER_S: Final = 10.0
"""A peer that compiles a model may hold its interpreter for longer than LOST_AFTER_S."""

HELLO_RETRY_S: Final = 0.25
HELLO_UNSENT_RETRY_S: Final = 0.02
"""A hello that could not even be sent, as nobody is connected yet, is tried again so soon: it costs one system call."""

PICTURE_RETRY_S: Final = 1.0
"""Pictures that are not seen for so long are sent again, from the first that is missing."""

LEASE_MIN_S: Final = 2.0
LEASE_OVER_P99: Final = 5.0
HEDGE_MIN_S: Final = 0.15
HEDGE_OVER_P99: Final = 3.0
HEDGE_BUDGET: Final = 0.02
"""Hedges per send, after the first one."""

STRIKES_MAX: Final = 3
"""Workers or engines that a frame may take with it, alone with it, before it is failed."""

DRAIN_S: Final = 1.5
"""How long an interrupted role waits for what is under way. A run is to be over 3 s after Ctrl-C, on a busy machine
too: as much is left for the rest to be written, and for processes to end."""

PICTURES_DEFAULT_BYTES: Final = 512 * 1024**2
"""Originals of unsettled frames, of all streams of one producer; fewer frames are in flight where they need more. A
collector keeps as many bytes of those that were sent to it."""
