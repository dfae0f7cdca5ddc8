"""OpenTelemetry traces, where OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

Spans for HTTP requests, for events and their handlers, for statements, and for calls of providers. Whoever
reads them is shown no secret: a request is called by its route, and a provider by its host. The packages are
an extra of this one (`mentor[tracing]`), and are not loaded without the setting.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from time import time_ns
from typing import Any

from reflex_base import otel
from starlette.types import ASGIApp

from mentor_ui.db import measured
from mentor_ui.processes import StartError
from mentor_ui.settings import Settings
from mentor_ui.web.route_names import RouteNames, Untold

SERVICE = "mentor"
UNTOLD_PATHS = "api/health,ping,_event"
"""Asked for every few seconds, or open for hours."""

LONGEST_STATEMENT = 2_000

URL_ATTRIBUTES = ("http.url", "url.full")
"""The old name and the new one."""


def traced(app: ASGIApp, settings: Settings, names: RouteNames) -> ASGIApp:
    """Wrap an application so that its requests are traced, if the settings ask for it.

    Args:
        app: The application within.
        settings: The application's settings.
        names: What requests are called.
    """
    if not settings.otel_exporter_otlp_endpoint:
        return app
    wrapper = _library("opentelemetry.instrumentation.asgi")
    urls = _library("opentelemetry.util.http").ExcludeList(UNTOLD_PATHS.split(","))
    return Untold(app, partial(wrapper.OpenTelemetryMiddleware, excluded_urls=urls), names)


@contextmanager
def tracing(settings: Settings, part: str) -> Generator[None]:
    """Send this process's traces for as long as the block runs, if the settings ask for it.

    Args:
        settings: The application's settings.
        part: What the process is: `web` or `worker`.

    Raises:
        StartError: The packages are missing.
    """
    if not settings.otel_exporter_otlp_endpoint:
        yield
        return
    provider = _provider(settings, part)
    httpx = _library("opentelemetry.instrumentation.httpx").HTTPXClientInstrumentor()
    httpx.instrument(tracer_provider=provider, request_hook=tell_host, async_request_hook=tell_host_of_async)
    tell = _statement_teller(provider)
    measured.listeners.append(tell)
    otel.enable(tracer_provider=provider)
    try:
        yield
    finally:
        otel.disable()
        measured.listeners.remove(tell)
        httpx.uninstrument()
        provider.shutdown()


def tell_host(span: Any, request: Any) -> None:
    """Leave only the host of a call's address: people's private calendars have their secret in the rest.

    Args:
        span: Of the call.
        request: What the instrumentation knows of it.
    """
    told = f"{request.url.scheme}://{request.url.netloc.decode()}/"
    for name in URL_ATTRIBUTES:
        span.set_attribute(name, told)


async def tell_host_of_async(span: Any, request: Any) -> None:
    """Do the same where the client is an asynchronous one.

    Args:
        span: Of the call.
        request: What the instrumentation knows of it.
    """
    tell_host(span, request)


def _statement_teller(provider: Any) -> measured.Listener:
    # Not the library for SQLAlchemy: it would miss the statements that go past it, and its spans repeat the
    # driver's words about an error, which hold the values that were refused.
    api = _library("opentelemetry.trace")
    tracer = provider.get_tracer(SERVICE)

    def tell(statement: str, took: float, error: str) -> None:
        text, ended = statement[:LONGEST_STATEMENT], time_ns()
        span = tracer.start_span(
            text.split(maxsplit=1)[0],
            kind=api.SpanKind.CLIENT,
            start_time=ended - int(took * 1e9),
            attributes={"db.query.text": text},
        )
        if error:
            span.set_attribute("error.type", error)
            span.set_status(api.StatusCode.ERROR)
        span.end(ended)

    return tell


def _provider(settings: Settings, part: str) -> Any:
    trace = _library("opentelemetry.sdk.trace")
    export = _library("opentelemetry.sdk.trace.export")
    otlp = _library("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resource = _library("opentelemetry.sdk.resources").Resource.create(
        {"service.name": SERVICE, "service.instance.part": part}
    )
    provider = trace.TracerProvider(resource=resource)
    exporter = otlp.OTLPSpanExporter(endpoint=f"{settings.otel_exporter_otlp_endpoint}/v1/traces")
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    _library("opentelemetry.trace").set_tracer_provider(provider)
    return provider


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise StartError(
            "OTEL_EXPORTER_OTLP_ENDPOINT: install what sends traces: pip install -r requirements/tracing.lock"
        ) from None
