"""A frozen encoder's tokens of every cached phantom, low and high, in memory.

training, validation = encode_phantoms(encoder, caches, work=Path("runs/phantom/features"),
                                       views=2, jitter=Jitter())
training.features.low[view, rows], training.features.high[view, rows]

Tokens are cached in a file named by a digest of everything they depend on. Another encoder, other
phantoms or other views are therefore encoded again, and unchanged ones are reused.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from med3dvlm.model.dcformer import DCFormer, tokens
from train.data.phantoms.cache import PhantomCache, Phantoms
from train.data.phantoms.jitter import Jitter, jittered
from train.loop.loop import batches

# V views  N phantoms  D H W voxels  C3 C4 channels of the encoder's last two stages

AT_A_TIME = 32
DIGITS = 16


@dataclass(frozen=True, slots=True)
class Features:
    """Half-precision tokens: low (V, N, 18, C3) and high (V, N, 4, C4) for V views of N phantoms.

    View 0 is the unchanged phantom; the others are jittered.
    """

    low: Tensor
    high: Tensor

    def pick(self, view: int, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Float tokens of the given rows."""
        return self.low[view, rows].float(), self.high[view, rows].float()


class EncodedPhantoms(NamedTuple):
    """Phantoms, their ground truth, and their encoder tokens."""

    cache: PhantomCache
    features: Features


def encode_phantoms(
    encoder: DCFormer, phantoms: Phantoms, *, work: Path, views: int, jitter: Jitter
) -> tuple[EncodedPhantoms, EncodedPhantoms]:
    """Training phantoms in `views` views, and validation phantoms unchanged."""
    training = encode_all(encoder, phantoms.training, views=views, jitter=jitter, work=work)
    validation = encode_all(encoder, phantoms.validation, views=1, jitter=jitter, work=work)
    return (
        EncodedPhantoms(phantoms.training, training),
        EncodedPhantoms(phantoms.validation, validation),
    )


def encode_all(
    encoder: DCFormer, cache: PhantomCache, *, views: int, jitter: Jitter, work: Path
) -> Features:
    """Encode every phantom, or load this encoder's cached tokens from `work`."""
    made_of = {"phantoms": cache.digest, "encoder": weights_digest(encoder.state_dict())}
    if views > 1:  # the first view is not jittered
        made_of["jitter"] = json.dumps(asdict(jitter))
    text = json.dumps(made_of | {"views": views}, sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    path = work / f"{cache.folder.name}-{key}.safetensors"
    if not path.exists():
        _write(path, _encode(encoder, cache, views, jitter))
    with safe_open(path, framework="pt") as stored:
        return Features(stored.get_tensor("low"), stored.get_tensor("high"))


def weights_digest(state: Mapping[str, Tensor]) -> str:
    """A hash of named tensors."""
    seal = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        seal.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        seal.update(tensor.detach().cpu().numpy().tobytes())
    return seal.hexdigest()


@torch.inference_mode()
def _encode(encoder: DCFormer, cache: PhantomCache, views: int, jitter: Jitter) -> Features:
    encoder.eval()
    lows, highs = [], []
    for view in range(views):
        generator = torch.Generator().manual_seed(view)
        low, high = [], []
        rows_of_view = list(batches(len(cache), AT_A_TIME))
        for rows in tqdm(rows_of_view, desc=f"encoding view {view}", unit="batch"):
            volume = cache.volumes(rows)  # (32, 1, D, H, W)
            if view:
                volume = jittered(volume, jitter, generator)
            states = encoder(volume)
            low.append(tokens(states[3]).half())  # (32, 18, C3)
            high.append(tokens(states[4]).half())  # (32, 4, C4)
        lows.append(torch.cat(low))
        highs.append(torch.cat(high))
    return Features(torch.stack(lows), torch.stack(highs))  # (V, N, ...)


def _write(path: Path, features: Features) -> None:
    """Write atomically: readers see the whole file or none, even if two stages encode at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".new", delete=False) as fresh:
        save_file({"low": features.low, "high": features.high}, fresh.name)
    Path(fresh.name).replace(path)
