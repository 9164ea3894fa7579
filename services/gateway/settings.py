"""The gateway's own settings."""

from services.chassis.boot import Settings


class GatewaySettings(Settings):
    """Where it listens for the world, and where letters go outside development."""

    http_listen: str = "127.0.0.1:8080"
    smtp_listen: str = "127.0.0.1:8025"
    mail_server: str = "127.0.0.1:25"
