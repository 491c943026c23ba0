"""OpenTelemetry's instrumentation of Django, set up as its documentation shows."""

from __future__ import annotations

import pytest

from tests.integrations.programs import run
from tests.support.service_processes import copy_rows

PROGRAM = """
from opentelemetry import trace
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
spans = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(spans))
DjangoInstrumentor().instrument()
call("GET", "/books")
call("GET", "/api/video")
call("POST", "/bucketlists/", {"name": "x"})
found = [
    (span.name, span.attributes.get("http.status_code"))
    for span in spans.get_finished_spans()
]
print(json.dumps(found))
"""


@pytest.mark.django_db(transaction=True)
def test_every_request_has_a_span_named_by_its_route(tmp_path):
    copy_rows(tmp_path)
    found = run(tmp_path, PROGRAM)

    assert [status for _, status in found] == [200, 200, 401]
    for (name, _), part in zip(found, ["books", "video", "bucketlists"], strict=True):
        assert part in name
