"""The gateway's own settings."""

from services.chassis.boot import Settings


class GatewaySettings(Settings):
    """Where it listens for the world, where letters go outside development, and who may order plans."""

    http_listen: str = "127.0.0.1:8080"
    smtp_listen: str = "127.0.0.1:8025"
    mail_server: str = "127.0.0.1:25"
    webhook_secret: str = ""  # signs orders of plans; empty: there is no webhook
