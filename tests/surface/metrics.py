"""Reads an exposition from standard input with the strict reader of OpenMetrics, and prints its samples as JSON lines."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps([family.name, family.type, family.documentation, sample.name, sample.labels, sample.value]))
