"""The gateway's own settings."""

from pathlib import Path

from services.chassis.boot import Settings


class GatewaySettings(Settings):
    """Where it listens for the world, where letters go outside development, and who may order plans."""

    http_listen: str = "127.0.0.1:8080"
    smtp_listen: str = "127.0.0.1:8025"
    mail_server: str = "127.0.0.1:25"
    webhook_secret: str = ""  # signs orders of plans; empty: there is no webhook
    mail_relays: str = ""  # networks of upstream mail servers whose word on DMARC counts
    mail_authserv: str = ""  # the name under which they give it
    dkim_key: Path | None = None  # PEM file of the private key that letters are signed with
    dkim_selector: str = ""
    dkim_domain: str = ""  # empty: the host of the public URL
