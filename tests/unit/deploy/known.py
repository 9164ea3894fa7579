"""What the code knows: every setting, every metric. What is written beside it is held to this."""

import importlib
import re
from pathlib import Path

from services.chassis.boot import Settings
from services.ops.metrics import GAUGES

ROOT = Path(__file__).parents[3]
SERVICES = ROOT / "services"


def _settings() -> dict:
    for path in sorted(SERVICES.glob("*/settings.py")):
        importlib.import_module(f"services.{path.parent.name}.settings")
    classes = [Settings, *sorted(Settings.__subclasses__(), key=lambda one: one.__name__)]
    ours = [one for one in classes if one.__module__.startswith("services.")]
    return {f"CODINGAHEAD_{name.upper()}": field for one in ours for name, field in one.model_fields.items()}


def _metrics() -> set[str]:
    """As Prometheus names them: a histogram of seconds has three series, a gauge one."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SERVICES.rglob("*.py"))
    timed = {name.replace(".", "_") for name in re.findall(r'telemetry\.took\("([a-z.]+)"', text)}
    return {
        f"codingahead_{name}_seconds_{part}" for name in timed for part in ("bucket", "sum", "count")
    } | GAUGES.keys()


SETTINGS = _settings()
METRICS = _metrics()
LABELS = {
    "http_route": "http.route",
    "http_response_status_code": "http.response.status_code",
    "rpc_method": "rpc.method",
    "messaging_consumer_name": "messaging.consumer.name",
}
