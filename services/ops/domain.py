"""Spans and traces as the console keeps them: in memory, the newest, within a bound."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

MOST_TRACES: Final = 2_000
MOST_SPANS: Final = 400  # of one trace
MOST_IN_ALL: Final = 60_000  # spans, some 60 MB: what bounds the console's memory
MOST_ATTRIBUTES: Final = 16  # of one span
LOOKED_AT: Final = 500  # of the oldest traces, for one that went well
LONGEST: Final = 200  # characters of a name or a value


@dataclass(frozen=True, slots=True)
class Span:
    """A span; times are Unix nanoseconds."""

    trace_id: str
    id: str
    parent_id: str
    service: str
    name: str
    start: int
    end: int
    failed: bool
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Trace:
    """Spans of one trace, as far as they have come."""

    id: str
    spans: dict[str, Span] = field(default_factory=dict)
    failed: bool = False  # whether any of it did

    @property
    def start(self) -> int:
        """When the first began."""
        return min(span.start for span in self.spans.values())

    @property
    def milliseconds(self) -> float:
        """From the first beginning to the last end."""
        return (max(span.end for span in self.spans.values()) - self.start) / 1e6

    @property
    def root(self) -> Span:
        """The span that stands at its beginning: the first whose parent is not here."""
        heads = [span for span in self.spans.values() if span.parent_id not in self.spans]
        return min(heads or self.spans.values(), key=lambda span: span.start)

    @property
    def services(self) -> list[str]:
        """The services it ran through."""
        return list(dict.fromkeys(span.service for span in sorted(self.spans.values(), key=lambda span: span.start)))


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a waterfall: `left` and `width` are parts of the whole, from 0 to 1."""

    span: Span
    depth: int
    left: float
    width: float


class Traces:
    """The newest traces. A trace goes when newer ones or their spans need its place; one that failed goes last."""

    def __init__(self, most: int = MOST_TRACES, most_spans: int = MOST_IN_ALL) -> None:
        self._most, self._most_spans = most, most_spans
        self._traces: dict[str, Trace] = {}
        self.spans = 0  # of all traces

    def add(self, spans: Iterable[Span]) -> None:
        """Takes spans in; a trace that gets one counts as new again."""
        for span in spans:
            trace = self._traces.pop(span.trace_id, None) or Trace(span.trace_id)
            self._take(trace, span)
            self._traces[span.trace_id] = trace
            while len(self._traces) > self._most or (self.spans > self._most_spans and len(self._traces) > 1):
                self.spans -= len(self._traces.pop(self._oldest()).spans)

    def _take(self, trace: Trace, span: Span) -> None:
        if span.id in trace.spans or len(trace.spans) >= MOST_SPANS:
            return
        trace.spans[span.id] = span
        trace.failed |= span.failed
        self.spans += 1

    def _oldest(self) -> str:
        """The oldest that went well; where most have failed, the oldest of all after a short look."""
        whole = (key for key, trace in islice(self._traces.items(), LOOKED_AT) if not trace.failed)
        return next(whole, None) or next(iter(self._traces))

    def find(self, trace_id: str) -> Trace | None:
        """A trace."""
        return self._traces.get(trace_id)

    def newest(self, text: str = "", *, failed: bool = False, most: int = 200) -> list[Trace]:
        """The newest traces whose root, services or id hold a text."""
        asked = text.casefold()
        found = (trace for trace in reversed(self._traces.values()) if not failed or trace.failed)
        fits = (trace for trace in found if asked in _said(trace))
        return [trace for trace, _ in zip(fits, range(most), strict=False)]


def _said(trace: Trace) -> str:
    return " ".join((trace.id, trace.root.name, *trace.services)).casefold()


def waterfall(trace: Trace) -> list[Bar]:
    """The spans in reading order: each below its parent, children by their beginning."""
    below: dict[str, list[Span]] = {}
    for span in sorted(trace.spans.values(), key=lambda one: one.start):
        parent = span.parent_id if span.parent_id in trace.spans else ""
        below.setdefault(parent, []).append(span)
    whole = max(1, max(span.end for span in trace.spans.values()) - trace.start)
    return list(_bars(trace, below, "", 0, whole))


def _bars(trace: Trace, below: dict[str, list[Span]], parent: str, depth: int, whole: int) -> Iterator[Bar]:
    for span in below.get(parent, ()):
        yield Bar(span, depth, (span.start - trace.start) / whole, max(0.002, (span.end - span.start) / whole))
        if span.id != parent:
            yield from _bars(trace, below, span.id, depth + 1, whole)
