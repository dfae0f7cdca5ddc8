"""The public API as a page for people, made of the OpenAPI document; nothing comes from elsewhere."""

from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--bg:#FBFAF6;--ink:#17201B;--muted:#56635C;--line:#E3E0D5;--card:#fff;
--go:#0A6847}
@media(prefers-color-scheme:dark){:root{--bg:#0F1512;--ink:#EDF2EE;--muted:#9FAEA5;--line:#2A362F;
--card:#161D19;--go:#46C492}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:860px;margin:0 auto;padding:40px 20px 80px}
h1{font-size:30px;margin:0 0 8px}h2{font-size:20px;margin:0}h3{font-size:15px;margin:20px 0 6px}
a{color:var(--go)}p{margin:6px 0}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px;margin-top:20px}
code{font:14px/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}.muted{color:var(--muted)}
table{width:100%;border-collapse:collapse}.wide{overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:7px 12px 7px 0;border-top:1px solid var(--line)}
th{font-weight:600;font-size:14px}
"""


def page(document: dict[str, Any]) -> str:
    """Return the page for an OpenAPI document of ours."""
    info = document["info"]
    paths = "".join(_operation(path, operations["get"]) for path, operations in document["paths"].items())
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    title = f"{info['title']} API"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>'
        f"<p>{escape(info['summary'])} {escape(info['description'])}</p>"
        '<p class="muted">For programs: <a href="/api/openapi.json">/api/openapi.json</a></p>'
        f"{paths}<h2 style='margin-top:40px'>What the answers are made of</h2>{schemas}</main></body></html>"
    )


def _operation(path: str, operation: dict[str, Any]) -> str:
    answers = _table(
        ("Status", "Meaning"),
        [
            (f"<code>{status}</code>", _prose(answer["description"]))
            for status, answer in operation["responses"].items()
        ],
    )
    parameters = _table(
        ("Parameter", "Type", "Meaning"),
        [
            (
                f"<code>{escape(parameter['name'])}</code>",
                escape(_type(parameter["schema"])),
                _prose(("Required. " if parameter.get("required") else "") + parameter["description"]),
            )
            for parameter in operation["parameters"]
        ],
    )
    return (
        f"<section><h2>{escape(operation['summary'])}</h2><p><code>GET {escape(path)}</code></p>"
        f"<p>{_prose(operation['description'])}</p>"
        + (f"<h3>Parameters</h3>{parameters}" if operation["parameters"] else "")
        + f"<h3>Answers</h3>{answers}</section>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = [
        (f"<code>{escape(key)}</code>", escape(_type(value)), _prose(value.get("description", "")))
        for key, value in _members(schema)
    ]
    return (
        f'<section id="{escape(name)}"><h3 style="margin-top:0">{escape(name)}</h3>'
        f"<p>{_prose(schema['description'])}</p>{_table(('Key', 'Type', 'Meaning'), rows)}</section>"
    )


def _members(schema: dict[str, Any], prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for key, value in schema["properties"].items():
        found.append((prefix + key, value))
        if "properties" in value:
            found += _members(value, f"{prefix}{key}.")
    return found


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "oneOf" in schema:
        return " or ".join(_type(choice) for choice in schema["oneOf"])
    if "enum" in schema:
        return ", ".join(str(choice) for choice in schema["enum"])
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    kinds: str | list[str] = schema["type"]
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


def _prose(text: str) -> str:
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
