"""The page's text, with its description as a browser reads it fastest.

slimmed(html)       # assets.py sends it

Gradio describes each component in the page with what only programs that call it want to know (the
schema of its values, three times, and an example; `/config` and `/gradio_api/info` have these
still), repeats a long text for each component that has it, and writes all this as a script, which
browsers read more slowly than JSON. So they parsed nine hundred kilobytes before showing anything.
"""

import json
from typing import Any

BEFORE, AFTER = b"window.gradio_config = ", b";</script>"
# Of a component, and not read by the page's scripts.
FOR_PROGRAMS = ("api_info", "api_info_as_input", "api_info_as_output", "example_inputs")
LONG = 200  # characters; a text of a page's figure that is shorter is not worth a reference
SCRIPT = (
    "window.gradio_config=(c=>{{for(const[n,k,t]of c.repeated)c.components[n].props[k]=c.texts[t];"
    "delete c.repeated;delete c.texts;return c}})(JSON.parse('{text}'))"
)


def slimmed(html: bytes) -> bytes:
    """The same page in fewer bytes; as it is if its description is not where Gradio puts it."""
    start = html.find(BEFORE)
    end = html.find(AFTER, start)
    if start < 0 or end < 0:
        return html
    try:
        config = json.loads(html[start + len(BEFORE) : end])
    except ValueError:
        return html
    if not isinstance(config, dict) or not isinstance(config.get("components"), list):
        return html
    script = SCRIPT.format(text=_in_quotes(json.dumps(_small(config), separators=(",", ":"))))
    return html[:start] + script.encode("ascii") + html[end:]


def _small(config: dict[str, Any]) -> dict[str, Any]:
    """Without what only programs want, and each long text once.

    Returns:
        The description, with `texts`, and `repeated`: place of a component, name of its property
        and place of the text.
    """
    places: dict[str, int] = {}
    repeated: list[tuple[int, str, int]] = []
    components = []
    for n, component in enumerate(config["components"]):
        props = dict(component.get("props") or {})
        for name, value in component.get("props", {}).items():
            if isinstance(value, str) and len(value) >= LONG:
                repeated.append((n, name, places.setdefault(value, len(places))))
                del props[name]
        kept = {name: value for name, value in component.items() if name not in FOR_PROGRAMS}
        components.append(kept | {"props": props})
    return config | {"components": components, "texts": list(places), "repeated": repeated}


def _in_quotes(text: str) -> str:
    """ASCII for between single quotes in a script within a page."""
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\u003c")
