"""The page itself: template, style, scripts and data in one text that asks for nothing from elsewhere."""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from plotly.offline import get_plotlyjs

SCRIPTS = (
    "dom", "data", "colours", "song", "map", "legend", "search", "clusters", "comparison", "training", "run",
    "main",
)  # fmt: skip
ESCAPES = {c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def page(blocks: Mapping[str, Any]) -> str:
    """The HTML of the report.

    Parameters
    ----------
    blocks : mapping of str to object
        What goes into the page as JSON, by the id of its element. Text in it is data, never markup.
    """
    script = "\n".join(_asset(f"scripts/{name}.js") for name in SCRIPTS)
    program = f'"use strict";\n(() => {{\n{script}}})();\n'
    data = "\n".join(
        f'<script type="application/json" id="{html.escape(name)}">{safe_json(value)}</script>'
        for name, value in blocks.items()
    )
    parts = {
        "POLICY": policy(get_plotlyjs(), program),
        "STYLE": _asset("style.css"),
        "DATA": data,
        "PLOTLY": get_plotlyjs(),
        "PROGRAM": program,
    }
    before, *rest = _asset("template.html").split("{{")
    return before + "".join(parts[name] + after for name, after in (piece.split("}}", 1) for piece in rest))


def safe_json(value: Any) -> str:
    """JSON that no HTML parser takes for markup, and no script for the end of a line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return "".join(ESCAPES.get(c, c) for c in text) if any(c in text for c in ESCAPES) else text


def policy(*scripts: str) -> str:
    """A Content Security Policy: these scripts alone run, and nothing is fetched but sound from disk.

    They may make functions from text, as regl does, with which plotly draws by WebGL.
    """
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _asset(name: str) -> str:
    return files("songmap.report").joinpath(name).read_text(encoding="utf-8")
