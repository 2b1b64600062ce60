"""What a frozen encoder sees of every cached phantom: low and high tokens, in memory.

features = encode_all(encoder, cache, views=2, jitter=Jitter(), path=Path("features.safetensors"))
features.low[view, rows], features.high[view, rows]
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from med3dvlm.model.dcformer import DCFormer, tokens
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.jitter import Jitter, jittered
from train.loop.loop import batches


@dataclass(frozen=True, slots=True)
class Features:
    """Half-precision tokens: low (V, N, 18, C3) and high (V, N, 4, C4) for V views of N phantoms.

    View 0 is the phantom as it is, the others are jittered.
    """

    low: Tensor
    high: Tensor

    def pick(self, view: int, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Float tokens of some rows."""
        return self.low[view, rows].float(), self.high[view, rows].float()


@torch.inference_mode()
def encode_all(
    encoder: DCFormer, cache: PhantomCache, *, views: int, jitter: Jitter, path: Path
) -> Features:
    """Encode every phantom (once: the result is kept in `path`)."""
    if path.exists():
        with safe_open(path, framework="pt") as stored:
            return Features(stored.get_tensor("low"), stored.get_tensor("high"))
    encoder.eval()
    lows, highs = [], []
    for view in range(views):
        generator = torch.Generator().manual_seed(view)
        low, high = [], []
        for rows in tqdm(list(batches(len(cache), 32)), desc=f"encoding view {view}", unit="batch"):
            volume = cache.volumes(rows)
            if view:
                volume = jittered(volume, jitter, generator)
            states = encoder(volume)
            low.append(tokens(states[3]).half())
            high.append(tokens(states[4]).half())
        lows.append(torch.cat(low))
        highs.append(torch.cat(high))
    features = Features(torch.stack(lows), torch.stack(highs))
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"low": features.low, "high": features.high}, path)
    return features
