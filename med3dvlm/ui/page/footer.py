"""The last line of the page: software versions, so that reports can be exact.

footer = build_footer()
"""

import platform
from importlib.metadata import PackageNotFoundError, version

import gradio as gr

from med3dvlm.version import __version__

TOLD = ("torch", "transformers", "gradio")


def build_footer() -> gr.HTML:
    """Versions of the app and its main libraries; the model card has the hash of the weights."""
    return gr.HTML(f'<p class="versions">{versions()}</p>', elem_id="versions")


def versions() -> str:
    """`Med3DVLM 0.1.0, Python 3.12.1, torch 2.11.0, ...`."""
    others = [f"{name} {_installed(name)}" for name in TOLD]
    return ", ".join((f"Med3DVLM {__version__}", f"Python {platform.python_version()}", *others))


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
