"""A request as code that people can take along: curl, and Python with the ``openai`` package. Neither has a key."""

from __future__ import annotations

import json
import shlex
from typing import Any, Final

from dashboard.ragflow.completions.completions import Request

KEY: Final = "YOUR_API_KEY"


def curl(request: Request) -> str:
    """A command for a shell."""
    body = json.dumps(request.body, ensure_ascii=False, indent=2)
    lines = [
        f"curl {shlex.quote(request.url)}",
        "--header 'Content-Type: application/json'",
        f"--header 'Authorization: Bearer {KEY}'",
        f"--data {shlex.quote(body)}",
    ]
    return " \\\n  ".join(lines)


def python(request: Request) -> str:
    """A program. The ``openai`` package puts what is in ``extra_body`` beside its own keys, hence the double one."""
    arguments = {key: value for key, value in request.body.items() if key not in request.extras}
    if request.extras:
        arguments["extra_body"] = request.extras
    told = "".join(f"    {name}={_literal(value, 1)},\n" for name, value in arguments.items())
    if request.body["stream"]:
        show = (
            "for chunk in completion:\n"
            "    if chunk.choices and chunk.choices[0].delta.content:\n"
            '        print(chunk.choices[0].delta.content, end="", flush=True)\n'
        )
    else:
        show = "print(completion.choices[0].message.content)\n"
    return (
        "from openai import OpenAI\n\n"
        "client = OpenAI(\n"
        f'    api_key="{KEY}",\n'
        f"    base_url={_literal(request.base_url, 1)},\n"
        ")\n"
        f"completion = client.chat.completions.create(\n{told})\n"
        f"{show}"
    )


def _literal(value: Any, depth: int) -> str:
    """A value of JSON as Python writes it."""
    inner, outer = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict) and value:
        lines = (f"{inner}{_literal(key, 0)}: {_literal(one, depth + 1)},\n" for key, one in value.items())
        return "{\n" + "".join(lines) + outer + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{inner}{_literal(one, depth + 1)},\n" for one in value) + outer + "]"
    # A text in JSON is a text in Python.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
