#!/usr/bin/env python3
"""Reads a written model back and computes its logits after a prompt in float32: what test/models/golden holds for the engine to agree with.

    python3 models/recipe/check.py tb-1m 1 3 17 25 > logits.json     # token ids of a prompt
"""

import json
import struct
import sys
from pathlib import Path

import torch

from export import tensor_name
from model import Llama, Shape

HERE = Path(__file__).resolve().parent.parent


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "BF16":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, not BF16")
        begin, end = (8 + length + at for at in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.bfloat16).view(entry["shape"])
    return tensors


def read_model(folder):
    """The model in a folder, weights as stored, arithmetic in float32."""
    config = json.loads((folder / "config.json").read_text())
    shape = Shape(
        config["vocab_size"],
        config["hidden_size"],
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["intermediate_size"],
        config["max_position_embeddings"],
        config["rope_theta"],
        config["rms_norm_eps"],
    )
    model = Llama(shape)
    tensors = read_safetensors(folder / "model.safetensors")
    state = {name: tensors.pop(tensor_name(name)).float() for name in model.state_dict() if name != "guess.weight"}
    if tensors:
        raise ValueError(f"{folder}: tensors of no use: {', '.join(tensors)}")
    model.load_state_dict(state, strict=False)
    return model


def main():
    name, *ids = sys.argv[1:]
    prompt = torch.tensor([int(each) for each in ids])
    model = read_model(HERE / name)
    with torch.no_grad():
        logits = model(prompt[:1], prompt[None, 1:], torch.tensor([[len(prompt) - 2]]))[0, 0]
    print(json.dumps({"model": name, "prompt": prompt.tolist(), "logits": [round(float(x), 4) for x in logits]}))


if __name__ == "__main__":
    main()
