import zlib
from io import BytesIO

import pytest

from med3dvlm.volumes.formats.dicom.deflated import PART_BYTES, inflated

DATA = bytes(range(200)) * (3 * PART_BYTES // 200)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("after", [b"", b"\0"], ids=["nothing", "a byte"])
def test_parts_make_up_the_whole(after: bytes) -> None:
    """A byte that makes the length even went round and round."""
    parts = list(inflated(BytesIO(deflated(DATA) + after)))
    assert b"".join(parts) == DATA
    assert max(map(len, parts)) <= PART_BYTES


@pytest.mark.parametrize("damaged", [deflated(DATA)[:-20], b"\xff" * 100])
def test_damage_is_an_error(damaged: bytes) -> None:
    with pytest.raises(zlib.error):
        list(inflated(BytesIO(damaged)))
