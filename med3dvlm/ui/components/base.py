"""What our own Gradio components share.

class Cards(gr.HTML, metaclass=NoStub): ...
"""

from abc import ABCMeta
from typing import Any

from gradio.component_meta import ComponentMeta, updateable


class NoStub(ComponentMeta):
    """Gradio's metaclass without the `.pyi` file that it writes next to the component.

    Type checkers would read that copy instead of the source, and the folder may be read-only.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        """Make the class as Gradio does, without its stub."""
        attrs["__init__"] = updateable(attrs["__init__"])  # type: ignore[no-untyped-call]
        return ABCMeta.__new__(cls, name, bases, attrs)
