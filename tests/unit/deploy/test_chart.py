"""The Helm chart: its values are told of, its settings exist; where helm is at hand, what it renders fits together."""

import re
import shutil
import subprocess

import pytest
import yaml

from tests.unit.deploy.known import ROOT, SETTINGS

CHART = ROOT / "deploy/helm/codingahead"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
TEMPLATES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((CHART / "templates").iterdir()))
GIVEN = ("secret.secret=0123456789abcdef0123456789abcdef", "secret.mongoUrl=mongodb://m", "secret.natsUrl=nats://n")
OURS = {"lookup", "accounts", "assistant", "careers", "gateway", "ops"}


def leaves(values: dict, path: str = "") -> set[str]:
    found = set()
    for key, value in values.items():
        inner = isinstance(value, dict) and path != "resources." and key != "annotations"
        found |= leaves(value, f"{path}{key}.") if inner else {f"{path}{key}"}
    return found


def test_the_page_names_every_value_and_its_default():
    rows = (CHART / "README.md").read_text(encoding="utf-8").splitlines()
    told = {cells[1].strip(" `"): cells[2].strip(" `") for row in rows if (cells := row.split("|")) and len(cells) > 3}
    del told["value"], told["---"]
    assert told.keys() == leaves(VALUES)
    for path, default in told.items():
        value = VALUES
        for part in path.split("."):
            value = value[part]
        if value not in ("", None) and default != "see values.yaml":
            assert default == (str(value).lower() if isinstance(value, bool) else str(value)), path


def test_templates_use_every_value_and_no_other():
    used = set(re.findall(r"\.Values\.([A-Za-z.]+)", TEMPLATES))
    mapped = {"replicas", "resources"}  # looked up by the service's name
    assert {one for one in used if one.split(".")[0] not in mapped} == {
        one for one in leaves(VALUES) if one.split(".")[0] not in mapped
    }
    assert mapped <= {one.split(".")[0] for one in used}
    assert set(VALUES["replicas"]) | {"ops"} == set(VALUES["resources"]) == OURS


def test_a_pod_is_told_only_settings_that_exist():
    named = set(re.findall(r"name: (CODINGAHEAD_[A-Z_]+)", TEMPLATES)) - {"CODINGAHEAD_"}
    assert named <= SETTINGS.keys()
    assert {"CODINGAHEAD_SECRET", "CODINGAHEAD_MONGO_URL", "CODINGAHEAD_NATS_URL"} <= named
    assert "CODINGAHEAD_DEVELOPMENT" not in named, "the development mailbox has no place on a cluster"


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("helm")
    if command is None:
        pytest.skip("helm is not on the PATH: the chart is read, not rendered")
    return subprocess.run([command, *arguments], capture_output=True, text=True, timeout=60, check=False)


def rendered(*values: str) -> list[dict]:
    done = helm("template", "coding", str(CHART), *(part for value in values for part in ("--set", value)))
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def test_helm_finds_nothing_wrong():
    done = helm("lint", "--strict", str(CHART), *(part for value in GIVEN for part in ("--set", value)))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("more", [(), ("ingress.enabled=true", "ingress.tlsSecret=cert", "tls.secretName=mutual")])
def test_what_is_rendered_fits_together(more):
    made = rendered(*GIVEN, *more)
    pods = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one for one in made if one["kind"] == "Deployment"
    }
    services = {one["metadata"]["name"]: one for one in made if one["kind"] == "Service"}
    assert pods.keys() == OURS
    for name, pod in pods.items():
        (container,) = pod["spec"]["template"]["spec"]["containers"]
        assert container["command"][-1] == f"services.{name}"
        env = {one["name"]: one.get("value") for one in container["env"]}
        assert len(env) == len(container["env"]), "a setting twice"
        assert env.keys() <= SETTINGS.keys()
        assert container["readinessProbe"]
        assert container["resources"]["limits"]["memory"]
        for key, value in env.items():
            if key.endswith("_ADDRESS"):
                host, _, port = value.partition(":")
                assert services[host]["spec"]["ports"][0]["port"] == int(port)
                assert services[host]["spec"]["clusterIP"] == "None"
    for service in services.values():
        chosen = service["spec"]["selector"]
        assert any(chosen == pod["spec"]["selector"]["matchLabels"] for pod in pods.values())
    assert any(one["kind"] == "Ingress" for one in made) == bool(more)


@pytest.mark.parametrize("values", [(), (*GIVEN, "replicas.lookup=2")])
def test_what_cannot_run_is_refused_with_the_reason(values):
    done = helm("template", "coding", str(CHART), *(part for value in values for part in ("--set", value)))
    assert done.returncode != 0
    assert re.search(r"secret\.\w+|editions\.accessMode", done.stderr)
