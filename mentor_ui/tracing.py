"""OpenTelemetry traces, where OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

Spans for HTTP requests, for events and their handlers, for statements, and for calls of providers. The
packages are an extra of this one (`mentor[tracing]`), and are not loaded without the setting.
"""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from reflex_base import otel
from sqlalchemy import Engine
from starlette.types import ASGIApp

from mentor_ui.processes import StartError
from mentor_ui.settings import Settings

SERVICE = "mentor"
UNTOLD_PATHS = "api/health,ping,_event"
"""Asked for every few seconds, or open for hours."""


def traced(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Wrap an application so that its requests are traced, if the settings ask for it.

    Args:
        app: The application within.
        settings: The application's settings.
    """
    if not settings.otel_exporter_otlp_endpoint:
        return app
    wrapper = _library("opentelemetry.instrumentation.asgi")
    urls = _library("opentelemetry.util.http").ExcludeList(UNTOLD_PATHS.split(","))
    return wrapper.OpenTelemetryMiddleware(app, excluded_urls=urls)


@contextmanager
def tracing(settings: Settings, part: str, *engines: Engine) -> Generator[None]:
    """Send this process's traces for as long as the block runs, if the settings ask for it.

    Args:
        settings: The application's settings.
        part: What the process is: `web` or `worker`.
        engines: Whose statements are traced.

    Raises:
        StartError: The packages are missing.
    """
    if not settings.otel_exporter_otlp_endpoint:
        yield
        return
    provider = _provider(settings, part)
    httpx = _library("opentelemetry.instrumentation.httpx").HTTPXClientInstrumentor()
    sqlalchemy = _library("opentelemetry.instrumentation.sqlalchemy").SQLAlchemyInstrumentor()
    httpx.instrument(tracer_provider=provider)
    sqlalchemy.instrument(engines=list(engines), tracer_provider=provider, enable_commenter=False)
    otel.enable(tracer_provider=provider)
    try:
        yield
    finally:
        otel.disable()
        httpx.uninstrument()
        sqlalchemy.uninstrument()
        provider.shutdown()


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
            "OTEL_EXPORTER_OTLP_ENDPOINT: install what sends traces: pip install 'mentor[tracing]'"
        ) from None
