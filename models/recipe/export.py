"""Writes a model, and reads its weights again, as Hugging Face lays it out: model.safetensors in BF16, config.json, generation_config.json."""

import json
import struct

import torch


def tensor_name(name):
    """A parameter's name in LlamaForCausalLM."""
    if name == "embed.weight":
        return "model.embed_tokens.weight"
    for part in ("q_proj", "k_proj", "v_proj", "o_proj"):
        name = name.replace(f".{part}.", f".self_attn.{part}.")
    for part in ("gate_proj", "up_proj", "down_proj"):
        name = name.replace(f".{part}.", f".mlp.{part}.")
    return f"model.{name}"


def write_safetensors(path, tensors):
    """The format: the header's length as 8 little-endian bytes, a JSON header padded with blanks to a multiple of 8, the tensors' bytes in its order."""
    header, body, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in sorted(tensors.items()):
        raw = bytes(tensor.detach().to(torch.bfloat16).contiguous().view(torch.int16).numpy().astype("<i2").tobytes())
        header[name] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        body.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(body))


def read_weights(folder, names):
    """The weights of these parameters from a model's folder, as float32; those that a folder does not hold are left out."""
    raw = (folder / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header, body = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    weights = {}
    for name in names:
        entry = header.get(tensor_name(name))
        if entry is not None:
            begin, end = entry["data_offsets"]
            halves = torch.frombuffer(bytearray(body[begin:end]), dtype=torch.bfloat16)
            weights[name] = halves.view(entry["shape"]).float()
    return weights


def write_model(folder, model):
    shape = model.shape
    ids = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    special = {"bos_token_id": ids["<s>"], "eos_token_id": ids["</s>"], "pad_token_id": ids["<pad>"]}
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab,
        "hidden_size": shape.width,
        "intermediate_size": shape.ff,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.head,
        "hidden_act": "silu",
        "max_position_embeddings": shape.positions,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.theta,
        "rope_scaling": None,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "use_cache": True,
        "torch_dtype": "bfloat16",
        **special,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {**special, "do_sample": False, "max_new_tokens": 64}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    write_safetensors(folder / "model.safetensors", {tensor_name(n): p for n, p in model.named_parameters() if n != "guess.weight"})
