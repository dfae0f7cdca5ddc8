"""The public API in words of OpenAPI 3.1, written by hand; a test holds every answer against it."""

from typing import Any

from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.services.market_filters import COMPLETED, ENROLLED, SORTS, TODAY, WEEK
from mentor_ui.services.suggestions import MOST_SUGGESTED

VERSION = "1.0.0"

_TEXT: dict[str, Any] = {"type": "string"}
_ID: dict[str, Any] = {
    "type": "string",
    "pattern": "^[0-9]{1,19}$",
    "description": "Identifiers are decimal strings: they are too wide for a JavaScript number.",
}
_PRICE: dict[str, Any] = {
    "type": "number",
    "minimum": 0,
    "description": "Naira, with at most two decimals.",
}
_DURATION: dict[str, Any] = {"type": "integer", "enum": list(DURATIONS_MINUTES), "description": "Minutes."}
_PICTURE: dict[str, Any] = {
    "type": ["string", "null"],
    "description": "Address of a picture; null when there is none.",
}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}


def _object(about: str, /, **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": about,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(name: str, **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": _reference(name), **limits}


def _answer(description: str, schema: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": _reference(schema)}}}


def _problem(description: str) -> dict[str, Any]:
    return _answer(description, "Problem", "application/problem+json")


def _parameter(name: str, description: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


SCHEMAS: dict[str, Any] = {
    "Suggestions": _object(
        "Offerings linked to a course, newest first.",
        suggestions=_list_of("Suggestion", maxItems=MOST_SUGGESTED),
        total={**_COUNT, "description": "How many suggestions this answer holds."},
    ),
    "Suggestion": _object(
        "An offering linked to the course.",
        id=_ID,
        title=_TEXT,
        description=_TEXT,
        duration=_DURATION,
        price=_PRICE,
        tutor=_object("Who gives the session.", name=_TEXT, avatar=_PICTURE),
    ),
    "Offerings": _object(
        "One page of the marketplace.",
        offerings=_list_of("Offering"),
        total={**_COUNT, "description": "Offerings on all pages, counted up to 1,000."},
        moreThanTotal={"type": "boolean", "description": "Whether there are more than `total` says."},
        next={
            "type": ["string", "null"],
            "description": "Send it as `after` for the next page; null on the last one.",
        },
    ),
    "Offering": _object(
        "A session that can be booked.",
        id=_ID,
        title=_TEXT,
        description=_TEXT,
        duration=_DURATION,
        price=_PRICE,
        nextFreeAt={
            "type": ["string", "null"],
            "format": "date-time",
            "description": "The soonest free time in UTC; null when there is none, or none is known.",
        },
        nextFreeKnown={
            "type": "boolean",
            "description": "False while the tutor's calendar cannot be read, so that nobody knows.",
        },
        course={
            "description": "The course it is linked to; null when it stands alone.",
            "oneOf": [_reference("CourseLink"), {"type": "null"}],
        },
        tutor=_object(
            "Who gives the session.",
            id=_ID,
            name=_TEXT,
            headline=_TEXT,
            avatar=_PICTURE,
            sessionsHeld=_COUNT,
        ),
    ),
    "CourseLink": _object("A course.", id=_ID, title=_TEXT, slug=_TEXT),
    "Health": _object(
        "The application can work.",
        status={"type": "string", "enum": ["ok"]},
        checked={"type": "array", "items": {"type": "string", "enum": ["database", "redis"]}},
    ),
    "Problem": {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": {**_TEXT, "description": "One sentence that says what to do."},
            "code": {**_TEXT, "description": "A stable word for programs."},
            "field": {**_TEXT, "description": "The parameter that is meant."},
        },
        "required": ["type", "title", "status", "detail", "code"],
        "additionalProperties": False,
    },
}

_FILTERS: list[dict[str, Any]] = [
    _parameter("q", "Words of title, description, tutor or course; the beginning of a word will do.", _TEXT),
    _parameter("mentor", "A tutor's identifier, or a part of the name.", _TEXT),
    _parameter("minPrice", "Lowest price in naira.", {"type": "number", "minimum": 0}),
    _parameter("maxPrice", "Highest price in naira.", {"type": "number", "minimum": 0}),
    _parameter("duration", "Minutes; repeat it for any of several.", _several(_DURATION), explode=True),
    _parameter("courseId", "A linked course; repeat it for any of several.", _several(_ID), explode=True),
    _parameter(
        "mine",
        "Courses that the signed-in viewer has completed or is taking; means nothing for a visitor.",
        {"type": "string", "enum": [COMPLETED, ENROLLED]},
    ),
    _parameter(
        "when",
        "Whether the soonest free time is today or within seven days, in the viewer's zone.",
        {"type": "string", "enum": [TODAY, WEEK]},
    ),
    _parameter("sort", "The order.", {"type": "string", "enum": list(SORTS), "default": SORTS[0]}),
    _parameter("after", "`next` of the page before.", _TEXT),
]

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "mentor",
        "version": VERSION,
        "summary": "Mentorship offerings, for other programs.",
        "description": "Keys are camelCase, money is naira, times are ISO 8601 in UTC. "
        "Errors are problem documents.",
    },
    "servers": [{"url": "/"}],
    "paths": {
        "/api/mentorship/suggestions": {
            "get": {
                "operationId": "suggestions",
                "summary": "Mentorship for a course",
                "description": f"At most {MOST_SUGGESTED} live offerings linked to the course, newest first. "
                "A course without offerings, or one that does not exist, has none. Kept for 30 seconds.",
                "parameters": [_parameter("courseId", "The course.", _ID, required=True)],
                "responses": {
                    "200": _answer("The suggestions.", "Suggestions"),
                    "304": {"description": "Nothing changed since the ETag in If-None-Match."},
                    "400": _problem("`courseId` is missing, or is no identifier."),
                },
            }
        },
        "/api/mentorship/offerings": {
            "get": {
                "operationId": "offerings",
                "summary": "The marketplace",
                "description": "Live offerings, 24 a page, with the filters of the page `/mentorship`. "
                "A filter that makes no sense is left out.",
                "parameters": _FILTERS,
                "responses": {"200": _answer("One page.", "Offerings")},
            }
        },
        "/api/calendar/{token}.ics": {
            "get": {
                "operationId": "calendarFeed",
                "summary": "A person's sessions as a subscription",
                "description": "For calendars, which ask for it again and again. Whoever has the address may "
                "read it and join the sessions; its owner makes it on `/account`, and ends it there.",
                "parameters": [
                    {
                        "name": "token",
                        "in": "path",
                        "required": True,
                        "description": "The secret part of the address.",
                        "schema": _TEXT,
                    }
                ],
                "responses": {
                    "200": {
                        "description": "The sessions, from 30 days back, as iCalendar (RFC 5545). "
                        "A cancelled one stays for 30 days with `STATUS:CANCELLED`.",
                        "headers": {"ETag": {"description": "Of this state.", "schema": _TEXT}},
                        "content": {"text/calendar": {"schema": _TEXT}},
                    },
                    "304": {"description": "Nothing changed since the ETag in If-None-Match."},
                    "404": _problem("Nobody's feed has this address, or has it any more."),
                    "429": _problem(
                        "Asked more than 120 times in an hour; `Retry-After` says when to come back."
                    ),
                },
            }
        },
        "/api/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the application can work",
                "description": "Asks the database, and Redis where it is configured.",
                "parameters": [],
                "responses": {
                    "200": _answer("All of them answer.", "Health"),
                    "503": _problem("One of them does not; `detail` names it."),
                },
            }
        },
    },
    "components": {"schemas": SCHEMAS},
}
