"""Gradio's page script without what makes a large page slow to open.

changed_files()     # {"core-Bdx9080F.js": b"...", ...}; assets.py sends them

A page of five hundred components and 260 events cost a browser more than its parts, for

- each component looked through all events for those that begin at it;
- each value that arrived was looked for from the root of the tree of components;
- the tree, once built, was built again at once;
- a state's first value, null for the page as the server keeps it, counted as a change, so that
  opening the first scan began eight kinds of work that had nothing to do.

Gradio's files are changed on their way to the browser, and only where each text to be replaced is
there exactly once. Any other release of Gradio goes out as it is: slower, and nothing else.
"""

from pathlib import Path
from typing import NamedTuple

import gradio

FOLDER = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


class Change(NamedTuple):
    """A piece of a script: what Gradio has, and what stands there instead."""

    files: str  # a glob
    before: str
    after: str


EVENTS = Change(
    "core-*.js",
    "let n=t.filter(t=>t.targets.find(([t])=>t===e.id)).map(t=>"
    "{let n=t.targets.find(([t])=>t===e.id);return n?n[1]:null}).filter(Boolean);"
    "return e.props.shared_props.attached_events=n,e",
    # One pass over all events, kept as long as they are the same list.
    "let n=this.eventsOf;if(!n||n.list!==t){n=new Map;n.list=t;for(let e of t)"
    "for(let[t,r]of new Map([...e.targets].reverse()))"
    "r&&(n.has(t)?n.get(t).push(r):n.set(t,[r]));this.eventsOf=n}"
    "return e.props.shared_props.attached_events=[...n.get(e.id)||[]],e",
)
SEARCH = Change(
    "core-*.js",
    "function Z(e,t){if(e.id===t)return e;"
    "if(e.children)for(let n of e.children){let e=Z(n,t);if(e)return e}return null}",
    # Where each component was when the tree was last searched, as the way from the root. Events of
    # the page itself look for the component null, which there is none of, as often as all others.
    "const wayTo=new Map;function noteWays(e,t){wayTo.has(e.id)||wayTo.set(e.id,t);"
    "let n=0;if(e.children)for(let r of e.children)noteWays(r,[...t,n++])}"
    "function walkTo(e,t){let n=wayTo.get(t),r=n&&e;"
    "if(n)for(let e of n){r=r.children?.[e];if(!r)break}return r?.id===t?r:null}"
    "function Z(e,t){return t==null?null:"
    "walkTo(e,t)||(wayTo.clear(),noteWays(e,[]),walkTo(e,t))}",
)
AGAIN = Change(
    "Blocks-*.js",
    "{v(),oe(()=>{O.reload(",
    "{v()&&oe(()=>{O.reload(",  # v() counts reloads: none at first
)
NOTHING_NEW = Change(
    "core-*.js",
    "&&!oe(o,t.value)&&this.#u(e,`change`,null)",
    "&&!oe(o??null,t.value??null)&&this.#u(e,`change`,null)",
)
CHANGES = (EVENTS, SEARCH, AGAIN, NOTHING_NEW)


def changed_files(folder: Path = FOLDER, changes: tuple[Change, ...] = CHANGES) -> dict[str, bytes]:
    """The changed scripts by file name; none at all unless each change has its one place."""
    texts: dict[str, str] = {}
    for change in changes:
        places = [
            (path.name, text)
            for path in sorted(folder.glob(change.files))
            if (text := texts.get(path.name) or path.read_text("utf-8")).count(change.before) == 1
        ]
        if len(places) != 1:
            return {}
        [(name, text)] = places
        texts[name] = text.replace(change.before, change.after)
    return {name: text.encode() for name, text in texts.items()}
