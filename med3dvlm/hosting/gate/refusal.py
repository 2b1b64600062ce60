"""A request that is not let in: a status and a sentence, for the one who sent it."""

from med3dvlm.errors import Med3DVLMError


class RefusedError(Med3DVLMError):
    """Why a request was not let in; `kind` is counted, `status` is HTTP's."""

    def __init__(self, status: int, kind: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.kind = kind
