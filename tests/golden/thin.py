"""Makes the small golden files of this folder from the full ones beside the project.

    python tests/golden/thin.py ../shared/golden

States of more than 2,000 tokens keep every 97th; everything else is kept whole. Figures only: the
full files are outputs of the published model for tensors made from names (see named_tensors.py).
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
STATES = ("a_nano_64x128x128", "b_naive_B2_48x96x80", "b_tiny_odd_37x70x45",
          "b_small_64x128x128", "b_small_128x256x256")  # fmt: skip
STEP = 97
LIMIT = 2000


def thin_states(source: Path) -> None:
    """Encoder states, thinned along the tokens."""
    for name in STATES:
        with np.load(source / f"{name}.npz") as full:
            kept = {}
            for key in full.files:
                stage = key.split("_")[0]
                state = full[key]
                if key != stage or state.shape[1] > LIMIT:
                    kept[f"{stage}_thinned"] = state if key != stage else state[:, ::STEP]
                else:
                    kept[stage] = state
        np.savez_compressed(HERE / f"{name}.npz", **kept)


def thin_training(source: Path) -> None:
    """One training step: loss, gradients' norms and a few buffers."""
    with np.load(source / "b_nano_train_B3_32x64x64.npz") as full:
        kept = {
            key: full[key]
            for key in full.files
            if key in {"loss", "h3", "h4"} or (key.startswith("after.") and ".s0.0.0." in key)
        }
    np.savez_compressed(HERE / "b_nano_train.npz", **kept)
    meta = json.loads((source / "ab_meta.json").read_text())["nano_train"]
    (HERE / "nano_train.json").write_text(
        json.dumps({"loss": meta["loss_value"], "grad_norm": meta["grad_norm"]}, indent=1)
    )


def copy_whole(source: Path) -> None:
    """Small ones as they are; of the projectors the mixers at their small sizes."""
    for name in ("d_vlm_tiny", "e_clip_tiny"):
        with np.load(source / f"{name}.npz") as full:
            np.savez_compressed(HERE / f"{name}.npz", **{k: full[k] for k in full.files})
    with np.load(source / "c_projectors.npz") as full:
        kept = {
            "mixer_small": full["mixer_small"],
            "mixer_depth3_mlp3": full["mixer_depth3_mlp3"],
            "mixer_full_thinned": full["mixer_full"][:, ::16],
        }
    np.savez_compressed(HERE / "c_projectors.npz", **kept)
    clip = json.loads((source / "manifest_full_clip.json").read_text())["768"]
    vlm = json.loads((source / "manifest_full_vlm.json").read_text())
    manifests = {"vlm_qwen": vlm["tensors"], "dec_clip": clip["tensors"]}
    (HERE / "manifests.json").write_text(json.dumps(manifests, separators=(",", ":")))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    thin_states(folder)
    thin_training(folder)
    copy_whole(folder)
