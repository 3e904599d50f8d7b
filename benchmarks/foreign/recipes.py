"""Packages whose models are built from configurations: small random ones, as the packages' own tests use."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from benchmarks.foreign.network import PARAMETERS, Inputs, Network

# Sizes of a configuration, whatever of these it has.
_SMALL: Mapping[str, Any] = {
    "hidden_size": 32, "d_model": 32, "n_embd": 32, "dim": 32, "embed_dim": 32, "embedding_size": 32,
    "num_hidden_layers": 2, "n_layer": 2, "n_layers": 2, "num_layers": 2, "encoder_layers": 2, "decoder_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 4, "n_head": 4, "n_heads": 4, "num_heads": 4, "head_dim": 8,
    "encoder_attention_heads": 4, "decoder_attention_heads": 4, "intermediate_size": 48, "ffn_dim": 48,
    "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "d_ff": 48, "d_kv": 8, "hidden_dim": 48, "d_inner": 48,
    "vocab_size": 99, "max_position_embeddings": 64, "n_positions": 64, "image_size": 32, "patch_size": 8,
    "num_experts": 4, "num_local_experts": 4, "n_routed_experts": 4, "num_experts_per_tok": 2, "pad_token_id": 0,
    "bos_token_id": 1, "eos_token_id": 2, "moe_intermediate_size": 16, "use_cache": False,
}  # fmt: skip


def _transformers() -> Iterator[Network]:
    """Every model type that `AutoModel` knows."""
    auto = importlib.import_module("transformers.models.auto.modeling_auto")
    configurations = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    for kind in sorted(auto.MODEL_MAPPING_NAMES):
        try:
            configuration = _small(configurations[kind])
        except Exception:
            continue
        yield Network(f"transformers.{kind}", lambda made=configuration: _from_config(made), _transformer_inputs)  # type: ignore[misc]


def _small(kind: type) -> Any:
    configuration = kind()
    for name, value in _SMALL.items():
        if isinstance(getattr(configuration, name, None), int) or name == "pad_token_id":
            try:
                setattr(configuration, name, value)
            except Exception:
                continue
    return configuration


def _from_config(configuration: Any) -> nn.Module:
    transformers = importlib.import_module("transformers")
    with torch.device("meta"):
        count = sum(each.numel() for each in transformers.AutoModel.from_config(configuration).parameters())
    if count > PARAMETERS:
        raise ValueError("too large")
    made: nn.Module = transformers.AutoModel.from_config(configuration)
    return made


def _transformer_inputs(model: nn.Module) -> list[Inputs]:
    config: Any = model.config
    tokens = torch.randint(3, min(90, getattr(config, "vocab_size", 90) or 90), (2, 7))
    size, channels = getattr(config, "image_size", 32), getattr(config, "num_channels", 3) or 3
    size = size if isinstance(size, int) else 32
    image = torch.randn(1, channels, size, size)
    given = {
        "input_ids": tokens,
        "pixel_values": image,
        "input_values": torch.randn(1, 2000),
        "input_features": torch.randn(1, getattr(config, "num_mel_bins", 80) or 80, 100),
    }
    found = []
    main = getattr(model, "main_input_name", "input_ids")
    for name in (main, *given):
        if name in given:
            found.append(Inputs(kwargs={name: given[name]}))
            if name == "input_ids":
                found.append(Inputs(kwargs={name: tokens, "decoder_input_ids": tokens}))
                found.append(Inputs(kwargs={name: tokens, "pixel_values": image}))
            else:
                found.append(Inputs(kwargs={name: given[name], "decoder_input_ids": tokens}))
    return found


def _x_transformers() -> Iterator[Network]:
    """The package's options, one at a time."""
    package = importlib.import_module("x_transformers")
    options: list[dict[str, Any]] = [
        {}, {"rotary_pos_emb": True}, {"alibi_pos_bias": True}, {"use_rmsnorm": True}, {"ff_glu": True},
        {"ff_swish": True, "ff_glu": True}, {"attn_flash": True}, {"attn_one_kv_head": True}, {"attn_qk_norm": True},
        {"attn_talking_heads": True}, {"sandwich_norm": True}, {"residual_attn": True}, {"shift_tokens": 1},
        {"macaron": True}, {"rel_pos_bias": True}, {"use_scalenorm": True}, {"attn_num_mem_kv": 2},
        {"attn_sparse_topk": 4}, {"gate_residual": True}, {"attn_gate_values": True}, {"ff_post_act_ln": True},
        {"attn_dropout": 0.1, "ff_dropout": 0.1}, {"layer_dropout": 0.5}, {"dynamic_pos_bias": True},
    ]  # fmt: skip

    def build(causal: bool, chosen: Mapping[str, Any]) -> nn.Module:
        kind = package.Decoder if causal else package.Encoder
        layers = kind(dim=32, depth=2, heads=2, attn_dim_head=8, **chosen)
        made: nn.Module = package.TransformerWrapper(num_tokens=50, max_seq_len=32, attn_layers=layers)
        return made

    def inputs(model: nn.Module) -> list[Inputs]:
        return [Inputs((torch.randint(0, 50, (2, 16)),))]

    for chosen in options:
        for causal in (True, False):
            name = f"x_transformers.{'Decoder' if causal else 'Encoder'}({', '.join(chosen)})"
            yield Network(name, lambda causal=causal, chosen=chosen: build(causal, chosen), inputs)  # type: ignore[misc]


# Package → its networks. Every other source is looked through class by class.
RECIPES: Mapping[str, Callable[[], Iterator[Network]]] = MappingProxyType(
    {"transformers": _transformers, "x_transformers": _x_transformers}
)
