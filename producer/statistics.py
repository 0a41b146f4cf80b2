"""What only the producer can measure, as the JSON document that Stats carries to the collector's report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from common import limits
from producer.fleet import Fleet
from producer.leases import LeaseTable
from producer.stream import Stream

EVERY_S: Final = 1.0


def document(
    streams: Mapping[str, Stream], fleet: Fleet, leases: LeaseTable, refused: Mapping[str, int]
) -> bytes | None:
    """Write the document; None where so many streams and workers make it longer than STATS_MAX_BYTES."""
    fields = {
        "streams": {name: _stream(stream) for name, stream in streams.items()},
        "redispatched": leases.redispatched,
        "hedged": leases.hedged,
        "faults": fleet.faults,
        "transport": dict(fleet.transport),
        "refused": dict(refused),
        "source_notes": [stream.ending[1] for stream in streams.values() if stream.ending and stream.ending[1]],
    }
    encoded = json.dumps(fields, separators=(",", ":")).encode()
    return encoded if len(encoded) <= limits.STATS_MAX_BYTES else None


def _stream(stream: Stream) -> dict[str, object]:
    return {
        "latency_ms": stream.latency.summary_ms(),
        "stages_ms": {stage: durations.summary_ms() for stage, durations in stream.stages.items()},
    }
