"""What an event's body says, read by the contract of its subject: the console shows it before a replay."""

import re
from importlib import import_module
from typing import Final

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError, Message

PUBLISHERS: Final = ("accounts", "assistant", "careers", "lookup")
SUBJECT: Final = re.compile(r"codingahead\.([a-z]+)\.([a-z_]+)\.([a-z_]+)\.v1")


def read(subject: str, body: bytes) -> str:
    """The body as JSON with every field; hexadecimal where the subject or the bytes are none of ours."""
    message = _message(subject)
    if message is None:
        return body.hex()
    try:
        message.ParseFromString(body)
    except DecodeError:
        return body.hex()
    return MessageToJson(message, always_print_fields_with_no_presence=True, preserving_proto_field_name=True)


def _message(subject: str) -> Message | None:
    """An empty message of the subject's type: opening.posted is OpeningPosted."""
    found = SUBJECT.fullmatch(subject)
    if found is None or found[1] not in PUBLISHERS:
        return None
    events = import_module(f"codingahead.{found[1]}.v1.events_pb2")
    name = "".join(part.title() for part in f"{found[2]}_{found[3]}".split("_"))
    kind = getattr(events, name, None)
    return kind() if kind is not None else None
