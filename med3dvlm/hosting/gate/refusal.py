"""The error for a refused request: a status and a sentence for its sender."""

from med3dvlm.errors import Med3DVLMError


class RefusedError(Med3DVLMError):
    """Why a request was refused, and when to come back.

    Attributes:
        status: the HTTP status.
        kind: counted in the metrics.
        again: seconds after which the same request may be let in; 0 if waiting doesn't help.
    """

    def __init__(self, status: int, kind: str, text: str, *, again: int = 0) -> None:
        super().__init__(text)
        self.status = status
        self.kind = kind
        self.again = again
