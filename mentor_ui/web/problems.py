"""Errors of the HTTP API as problem documents (RFC 9457)."""

from http import HTTPStatus

from starlette.responses import JSONResponse

from mentor_ui.domain.errors import DomainError

MEDIA_TYPE = "application/problem+json"


def problem(error: DomainError, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a refusal as a problem document with its status.

    Args:
        error: What a use case said no with; `code` and `field` are extension members.
        headers: More headers, such as `Retry-After`.
    """
    document = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    if error.field:
        document["field"] = error.field
    return JSONResponse(document, error.status, headers, MEDIA_TYPE)
