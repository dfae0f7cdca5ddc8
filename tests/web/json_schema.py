"""As much of JSON Schema as our OpenAPI document uses."""

import re
from datetime import datetime
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def faults(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str = "$") -> list[str]:
    """Return where `value` differs from `schema`; empty when it does not."""
    if "$ref" in schema:
        return faults(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
    if "oneOf" in schema:
        fitting = [choice for choice in schema["oneOf"] if not faults(value, choice, schemas, where)]
        return [] if len(fitting) == 1 else [f"{where}: fits {len(fitting)} of oneOf"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is_of(value, kind) for kind in kinds):
        return [f"{where}: {value!r} is not {kinds}"]
    if isinstance(value, list):
        return _list_faults(value, schema, schemas, where)
    if isinstance(value, dict):
        return _object_faults(value, schema, schemas, where)
    return _value_faults(value, schema, where)


def _is_of(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _value_faults(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    found: list[str] = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is not one of {schema['enum']}")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{where}: {value} is below the minimum")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{where}: {value!r} does not match")
    if isinstance(value, str) and schema.get("format") == "date-time":
        found += [] if datetime.fromisoformat(value).tzinfo else [f"{where}: no zone"]
    return found


def _list_faults(value: list[Any], schema: dict[str, Any], schemas: dict[str, Any], where: str) -> list[str]:
    found = [f"{where}: too many"] if len(value) > schema.get("maxItems", len(value)) else []
    for index, item in enumerate(value):
        found += faults(item, schema["items"], schemas, f"{where}[{index}]")
    return found


def _object_faults(
    value: dict[str, Any], schema: dict[str, Any], schemas: dict[str, Any], where: str
) -> list[str]:
    found = [f"{where}.{key}: missing" for key in schema["required"] if key not in value]
    for key, item in value.items():
        if key in schema["properties"]:
            found += faults(item, schema["properties"][key], schemas, f"{where}.{key}")
        else:
            found.append(f"{where}.{key}: unknown")
    return found
