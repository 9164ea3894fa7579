"""Settings of the lookup service."""

from services.chassis.boot import Settings


class LookupSettings(Settings):
    """`vectors`: whether they are made in the background, for search by meaning."""

    vectors: bool = True
