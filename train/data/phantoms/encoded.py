"""Opens what stages 2 and 3 learn from: cached phantoms, their encoded tokens, the tokenizer."""

from torch import Tensor
from transformers import AutoTokenizer

from med3dvlm.model.dcformer import DCFormer
from train.data.phantoms.cache import PhantomCache
from train.data.phantoms.features import encode_all
from train.stages.answering import AnsweringConfig, AnsweringData
from train.stages.warm_facts import encoder_state


def open_data(config: AnsweringConfig) -> tuple[AnsweringData, dict[str, Tensor]]:
    """Training and validation rows, and the encoder's weights."""
    weights = encoder_state(config.encoder_weights)
    encoder = DCFormer(config.model.encoder)
    encoder.load_state_dict(weights)
    opened = []
    for name, folder, views in (
        ("training", config.training, config.views),
        ("validation", config.validation, 1),
    ):
        cache = PhantomCache(folder)
        path = config.features / f"{name}.safetensors"
        features = encode_all(encoder, cache, views=views, jitter=config.jitter, path=path)
        opened.append((cache, features))
    tokenizer = AutoTokenizer.from_pretrained(config.language / "tokenizer", local_files_only=True)
    return AnsweringData(config, tokenizer, opened[0], opened[1]), weights
