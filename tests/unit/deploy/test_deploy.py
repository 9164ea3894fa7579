"""What can be known of the containers without an engine: names, paths, modules, settings, conditions."""

import importlib.util
import re

import pytest
import yaml

from tests.unit.deploy.known import ROOT, SETTINGS

COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
OURS = ("lookup", "accounts", "assistant", "careers", "ops", "gateway")


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_built_checked_and_told_only_settings_that_exist(name):
    service = COMPOSE["services"][name]
    module = service["command"][-1]
    assert module == f"services.{name}"
    assert importlib.util.find_spec(f"{module}.__main__")
    assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert service["healthcheck"]["test"]
    assert set(service["environment"]) <= SETTINGS.keys()


@pytest.mark.parametrize("name", OURS)
def test_a_health_check_asks_where_the_service_listens(name):
    service = COMPOSE["services"][name]
    asked = " ".join(service["healthcheck"]["test"])
    (port,) = re.findall(r"127\.0\.0\.1:([0-9]+)", asked)
    listens = {value.rpartition(":")[2] for key, value in service["environment"].items() if key.endswith("LISTEN")}
    assert port in listens
    if "services.chassis.health" in asked:
        assert importlib.util.find_spec("services.chassis.health")
    else:
        assert re.search(r"/(healthz|readyz)'", asked)


@pytest.mark.parametrize("name", ["lookup", "accounts", "assistant", "careers"])
def test_services_are_called_where_they_listen(name):
    told = COMPOSE["services"]["gateway"]["environment"]
    assert told[f"CODINGAHEAD_{name.upper()}_ADDRESS"] == f"{name}:7000"
    assert COMPOSE["services"][name]["environment"]["CODINGAHEAD_LISTEN"] == "0.0.0.0:7000"


def test_every_image_is_pinned_to_one_release():
    stages = re.findall(r"^FROM (\S+)", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    images = [service["image"] for service in COMPOSE["services"].values() if "build" not in service]
    for image in (*stages, *images):
        assert re.fullmatch(r"[\w./-]+:v?[0-9]+\.[0-9]+\.[0-9]+[\w.-]*", image), image


def test_the_database_is_a_replica_set_and_is_asked_as_one():
    mongo = COMPOSE["services"]["mongo"]
    words = " ".join(mongo["command"]).split()
    name = words[words.index("--replSet") + 1]
    assert "--keyFile" in words, "a replica set with users needs a key"
    assert f"_id: '{name}'" in mongo["healthcheck"]["test"]
    assert COMPOSE["services"]["careers"]["environment"]["CODINGAHEAD_MONGO_URL"].endswith(f"replicaSet={name}")


def test_the_bus_keeps_what_it_acknowledged_and_is_asked_where_it_listens():
    conf = (ROOT / "deploy/nats.conf").read_text(encoding="utf-8")
    assert "sync_interval: always" in conf
    assert "http_port: 8222" in conf
    assert "8222" in COMPOSE["services"]["nats"]["healthcheck"]["test"][-1]


def test_what_is_waited_for_exists_and_can_become_healthy():
    for name, service in COMPOSE["services"].items():
        wanted = service.get("depends_on", {})
        for other in wanted:
            assert other in COMPOSE["services"], f"{name} waits for {other}"
            if isinstance(wanted, dict) and wanted[other]["condition"] == "service_healthy":
                assert "healthcheck" in COMPOSE["services"][other], f"{name} waits for {other} to be healthy"


def test_ports_do_not_collide_and_bind_this_machine_alone():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_volumes_and_mounted_files_are_there():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            there = (ROOT / "deploy" / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]
            assert there, volume


def test_every_variable_of_the_compose_file_is_in_the_example():
    text = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    example = (ROOT / "deploy/.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_the_image_copies_what_is_there_and_runs_as_nobody_special():
    text = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split())
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "--require-hashes" in text
    assert "--no-deps" in text, "pip would ask for what the lock leaves out on purpose"
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    assert {line[1:] for line in ignored if line.startswith("!")} == {
        one for sources in copied for one in sources.split()
    }


def test_the_collector_sends_what_it_takes():
    collector = yaml.safe_load((ROOT / "deploy/collector.yaml").read_text(encoding="utf-8"))
    for pipeline in collector["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= collector[kind].keys()
    assert set(collector["service"]["extensions"]) <= collector["extensions"].keys()
    for exporter in ("otlp/jaeger", "otlp/console"):
        host, _, port = collector["exporters"][exporter]["endpoint"].partition(":")
        assert host in COMPOSE["services"]
        assert port == "4317"
    assert COMPOSE["services"]["ops"]["environment"]["CODINGAHEAD_OTLP_LISTEN"] == "0.0.0.0:4317"


def test_the_settings_page_names_every_setting_and_its_default():
    rows = (ROOT / "docs/settings.md").read_text(encoding="utf-8").splitlines()
    told = {cells[1].strip(" `"): cells[2].strip() for row in rows if (cells := row.split("|")) and len(cells) > 3}
    names = {name for name in told if name.startswith("CODINGAHEAD_")}
    assert names == SETTINGS.keys()
    for name, field in SETTINGS.items():
        default = field.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert told[name] in ({"the service's own"} if name.endswith("_NAME") else {f"`{shown}`", "empty"}), name
