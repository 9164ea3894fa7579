"""The console's own settings."""

from services.chassis.boot import Settings


class OpsSettings(Settings):
    """Where the console listens, and where spans come in."""

    console_listen: str = "127.0.0.1:8090"
    otlp_listen: str = "127.0.0.1:4317"
