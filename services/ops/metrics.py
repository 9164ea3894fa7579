"""What the console counts, as Prometheus reads it (text format 0.0.4): lag, dead letters, its own memory's bound."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.chassis.bus import DEAD
from services.chassis.bus_admin import Stream

GAUGES: Final = {
    "codingahead_bus_lag": "Messages that wait for a handler.",
    "codingahead_bus_in_hand": "Messages that a handler has and has not acknowledged.",
    "codingahead_bus_stream_bytes": "Bytes that a stream holds.",
    "codingahead_bus_dead_letters": "Messages that handlers gave up, and nobody has replayed.",
    "codingahead_console_spans": "Spans that the console holds in memory.",
}


def exposed(streams: Sequence[Stream], spans: int) -> str:
    """All gauges with their values now."""
    rows: dict[str, list[str]] = {name: [] for name in GAUGES}
    for stream in streams:
        rows["codingahead_bus_stream_bytes"].append(f'{{stream="{stream.name}"}} {stream.bytes}')
        for consumer in stream.consumers:
            labels = f'{{stream="{stream.name}",consumer="{consumer.name}"}}'
            rows["codingahead_bus_lag"].append(f"{labels} {consumer.lag}")
            rows["codingahead_bus_in_hand"].append(f"{labels} {consumer.in_hand}")
    dead = sum(stream.messages for stream in streams if stream.name == DEAD)
    rows["codingahead_bus_dead_letters"].append(f" {dead}")
    rows["codingahead_console_spans"].append(f" {spans}")
    return "\n".join(_lines(rows)) + "\n"


def _lines(rows: dict[str, list[str]]) -> Iterator[str]:
    for name, said in GAUGES.items():
        yield f"# HELP {name} {said}"
        yield f"# TYPE {name} gauge"
        yield from (name + row for row in rows[name])
