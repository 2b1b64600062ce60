"""The error for a refused request: a status and a sentence for its sender."""

from med3dvlm.errors import Med3DVLMError


class RefusedError(Med3DVLMError):
    """Why a request was refused; `kind` is counted in the metrics, `status` is the HTTP status."""

    def __init__(self, status: int, kind: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.kind = kind
