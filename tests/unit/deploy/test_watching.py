"""Dashboards and alerts name only what is really told; the operator's page names every alert."""

import json
import re

import yaml

from services.chassis.telemetry import BOUNDARIES
from tests.unit.deploy.known import LABELS, METRICS, ROOT, SERVICES

ALERTS = yaml.safe_load((ROOT / "deploy/alerts.yaml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((ROOT / "deploy/dashboards/platform.json").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
ASKED = [rule["expr"] for rule in RULES] + [one["expr"] for panel in DASHBOARD["panels"] for one in panel["targets"]]


def test_every_metric_that_is_asked_for_is_told_by_the_code():
    for expression in ASKED:
        named = set(re.findall(r"codingahead_[a-z_]+", expression))
        assert named <= METRICS, expression
        assert named or expression.startswith("up{"), expression


def test_every_label_that_is_asked_for_is_told_by_the_code():
    text = "\n".join(path.read_text(encoding="utf-8") for path in SERVICES.rglob("*.py"))
    for expression in ASKED:
        for label in re.findall(r"\b(http_\w+|rpc_method|messaging_\w+)\b", expression):
            assert f'"{LABELS[label]}"' in text, expression


def test_brackets_close_and_a_quantile_has_buckets_that_can_tell_it():
    for expression in ASKED:
        for pair in ("()", "{}", "[]"):
            assert expression.count(pair[0]) == expression.count(pair[1]), expression
    assert min(BOUNDARIES) <= 0.001, "a page takes milliseconds"
    assert list(BOUNDARIES) == sorted(BOUNDARIES)


def test_every_panel_shows_something_at_a_place_of_its_own():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert len(set(places)) == len(places)
    assert all(panel["title"] and panel["targets"] for panel in DASHBOARD["panels"])


def test_every_alert_says_what_it_is_and_the_operator_what_to_do():
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert f"`{rule['alert']}`" in page


def test_prometheus_scrapes_what_is_there():
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus.yaml").read_text(encoding="utf-8"))
    collector = yaml.safe_load((ROOT / "deploy/collector.yaml").read_text(encoding="utf-8"))
    targets = [one for job in prometheus["scrape_configs"] for part in job["static_configs"] for one in part["targets"]]
    assert all(target.partition(":")[0] in compose["services"] for target in targets)
    assert f"collector:{collector['exporters']['prometheus']['endpoint'].rpartition(':')[2]}" in targets
    mounted = {one.split(":")[1] for one in compose["services"]["prometheus"]["volumes"]}
    assert set(prometheus["rule_files"]) <= mounted
