"""Calibrates and quantises one model on a GPU host (tickbench fpx export).

UNTRIED ON A GPU: none was at hand when this was written. Its arithmetic on
plain lists is tested against Tickbench's own; its calibration ran once, on a
CPU with a toy model; what calls transformers and llmcompressor never ran.
Read what it prints before you trust what it writes.

    pip install llmcompressor transformers datasets
    python3 quantize.py --prompts prompts.jsonl

PROMPTS has one JSON value a line: a string, or {"messages": [...]} as a chat
API takes them. Take prompts of the task that the model is to play.

1. OUT-calibration.json (calibration.v1), which `tickbench fpx assign` reads.
   For each unit (q, k and v; o; gate and up; down) and each format, every
   other unit in BF16: the relative error of the unit's output on the same
   inputs, and how many nats less likely BF16's own greedy answer is. FP4 is
   NVFP4 by its written rule. Its activations are rounded where FP4 below is
   "w4a4", with a scale for each call, where servers take one from calibration;
   below compute capability 10.0 they stay as they are, because servers leave
   them so.
2. OUT: the checkpoint that the recipe below asks for, in compressed-tensors.
3. A look at it: the global scales of fused FP4 layers must be equal, because
   vLLM takes one for all of them.
"""

import argparse
import bisect
import glob
import hashlib
import json
import math
import os
import re
import struct

MODEL = ""
OUT = ""
FP4 = ""
RECIPE = ""

FORMATS = ("fp8", "fp4", "fp4-tensor")
UNITS = {
    "qkv": ("self_attn", ("q", "k", "v")),
    "o": ("self_attn", ("o",)),
    "gate_up": ("mlp", ("gate", "up")),
    "down": ("mlp", ("down",)),
}
# Magnitudes in the order of their codes: an even place is an even code.
E2M1 = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
E4M3 = [
    (c & 7) / 512 if c < 8 else (8 + (c & 7)) * 2.0 ** ((c >> 3) - 10)
    for c in range(127)
]
BLOCK = 16


# --- Arithmetic on plain lists, tested against Tickbench's own ---


def layer_names(layer, unit):
    """Names of a unit's linear layers: model.layers.3.self_attn.q_proj."""
    within, names = UNITS[unit]
    return [
        "model.layers.%d.%s.%s_proj" % (layer, within, name) for name in names
    ]


def unit_of(name):
    """The layer and unit of a linear layer; None for any other name."""
    found = re.fullmatch(
        r"model\.layers\.(\d+)\.(self_attn|mlp)\.(\w+)_proj", name
    )
    for unit, (within, names) in UNITS.items():
        if found and found[2] == within and found[3] in names:
            return int(found[1]), unit
    return None


def middles(table):
    return [(a + b) / 2 for a, b in zip(table, table[1:])]


def nearest(x, table):
    """The table's magnitude nearest to x, ties to the even place, signed."""
    at = bisect.bisect_left(middles(table), abs(x))
    if (
        at % 2 == 1
    ):  # of two equally near ones the higher, if x is right between them
        at = bisect.bisect_right(middles(table), abs(x))
    return math.copysign(table[at], x)


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def largest(values):
    return max((abs(x) for x in values), default=0.0)


def fake_scaled(values, table):
    """A row or matrix with one f32 scale: its largest is the table's."""
    scale = f32(largest(values) / table[-1])
    return [
        nearest(x / scale, table) * scale if scale else 0.0 for x in values
    ]


def fake_nvfp4(values):
    """A matrix in NVFP4: E4M3 scales of 16 inputs, one f32 scale above."""
    tensor = f32(largest(values) / (E2M1[-1] * E4M3[-1]))
    rounded = []
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        scale = (
            nearest(largest(block) / tensor / E2M1[-1], E4M3) * tensor
            if tensor
            else 0.0
        )
        rounded += [
            nearest(x / scale, E2M1) * scale if scale else 0.0 for x in block
        ]
    return rounded


def relative_error(error_squares, squares):
    """||a - b|| / ||a|| from sums of squares."""
    return math.sqrt(error_squares / squares) if squares else 0.0


def mean_and_error(values):
    """The mean, and its standard error: 0 where one value leaves it unknown."""
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, 0.0
    squares = sum((x - mean) ** 2 for x in values)
    return mean, math.sqrt(squares / (len(values) - 1) / len(values))


def costs(error_squares, squares, nats):
    """What a unit costs in a format, as calibration.v1 has it."""
    error = relative_error(error_squares, squares)
    mean, spread = mean_and_error(nats)
    snr = -20 * math.log10(error) if error else None
    return {"error": error, "snrDb": snr, "nats": mean, "natsError": spread}


def unequal_scales(scales):
    """Units whose linear layers have several of the scales by name."""
    by_unit = {}
    for name, scale in scales.items():
        unit = unit_of(name)
        if unit:
            by_unit.setdefault(unit, set()).add(scale)
    return sorted(
        "layers.%d.%s" % unit
        for unit, found in by_unit.items()
        if len(found) > 1
    )


# --- The same on tensors ---


def nearest_tensor(x, table):
    import torch

    values = torch.tensor(table, device=x.device)
    between = torch.tensor(middles(table), device=x.device)
    left = torch.bucketize(x.abs(), between)
    at = torch.where(
        left % 2 == 0, left, torch.bucketize(x.abs(), between, right=True)
    )
    return torch.copysign(values[at], x)


def scaled_tensor(x, table, by_row):
    size = x.abs().amax(dim=-1, keepdim=True) if by_row else x.abs().amax()
    scale = (size / table[-1]).clamp(min=1e-30)
    return nearest_tensor(x / scale, table) * scale


def nvfp4_tensor(x):
    tensor = (x.abs().amax() / (E2M1[-1] * E4M3[-1])).clamp(min=1e-30)
    blocks = x.unflatten(-1, (-1, BLOCK))
    size = blocks.abs().amax(dim=-1, keepdim=True)
    scale = nearest_tensor(size / tensor / E2M1[-1], E4M3) * tensor
    rounded = nearest_tensor(blocks / scale.clamp(min=1e-30), E2M1) * scale
    return rounded.flatten(-2)


def weights_in(kind, x):
    if kind == "fp8":
        return scaled_tensor(x, E4M3, by_row=True)
    return (
        nvfp4_tensor(x)
        if kind == "fp4"
        else scaled_tensor(x, E2M1, by_row=False)
    )


def inputs_in(kind, x, fp4_inputs):
    if kind == "fp8":
        return scaled_tensor(x, E4M3, by_row=True)
    if kind == "fp4":
        return nvfp4_tensor(x) if fp4_inputs else x
    return scaled_tensor(x, E2M1, by_row=True)


# --- The model ---


def read_prompts(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    if not lines:
        raise SystemExit("%s has no prompts" % path)
    return [
        (
            [{"role": "user", "content": x}]
            if isinstance(x, str)
            else x["messages"]
        )
        for x in lines
    ]


def answered(model, tokenizer, prompts, tokens):
    """Prompts with greedy answers: token ids, and where answers begin."""
    texts = []
    for messages in prompts:
        # Templates without the switch pass it over.
        text = tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        ids = tokenizer(
            text, return_tensors="pt", add_special_tokens=False
        ).input_ids.to(model.device)
        full = model.generate(
            ids,
            attention_mask=ids.ne(-1),
            max_new_tokens=tokens,
            do_sample=False,
        )
        texts.append((full, ids.shape[1]))
    return texts


def likelihood(model, ids, begin):
    """Natural logarithm of the probability of ids[begin:] after ids[:begin]."""
    logits = model(ids).logits[0, begin - 1 : -1].float()
    return logits.log_softmax(-1).gather(1, ids[0, begin:, None]).sum().item()


def unit_costs(model, modules, kind, texts, exact, fp4_inputs):
    """Costs of one unit in one format. Its inputs are BF16's own."""
    import torch

    whole = torch.cat([module.weight.float() for module in modules])
    parts = weights_in(kind, whole).split(
        [len(module.weight) for module in modules]
    )
    sums = [0.0, 0.0]

    def replace(weight):
        def hook(module, inputs, output):
            x = inputs[0].float()
            true = torch.nn.functional.linear(x, module.weight.float())
            mine = torch.nn.functional.linear(
                inputs_in(kind, x, fp4_inputs), weight
            )
            sums[0] += (mine - true).square().sum().item()
            sums[1] += true.square().sum().item()
            return (
                mine if module.bias is None else mine + module.bias.float()
            ).to(output.dtype)

        return hook

    hooks = [
        module.register_forward_hook(replace(part))
        for module, part in zip(modules, parts)
    ]
    try:
        nats = [
            true - likelihood(model, ids, begin)
            for (ids, begin), true in zip(texts, exact)
        ]
    finally:
        for hook in hooks:
            hook.remove()
    return costs(sums[0], sums[1], nats)


def calibrate(model, texts, fp4_inputs):
    modules = dict(model.named_modules())
    exact = [likelihood(model, ids, begin) for ids, begin in texts]
    rows = []
    for layer in range(model.config.num_hidden_layers):
        for unit in UNITS:
            mine = [modules[name] for name in layer_names(layer, unit)]
            formats = {
                kind: unit_costs(model, mine, kind, texts, exact, fp4_inputs)
                for kind in FORMATS
            }
            weights = sum(module.weight.numel() for module in mine)
            rows.append(
                {
                    "layer": layer,
                    "unit": unit,
                    "weights": weights,
                    "formats": formats,
                }
            )
            errors = {
                kind: round(each["error"], 4) for kind, each in formats.items()
            }
            print("layers.%d.%s" % (layer, unit), errors, flush=True)
    return rows


def shape_of(config):
    heads = config.num_attention_heads
    return {
        "layers": config.num_hidden_layers,
        "dModel": config.hidden_size,
        "ffWidth": config.intermediate_size,
        "heads": heads,
        "kvHeads": getattr(config, "num_key_value_heads", None) or heads,
        "headWidth": getattr(config, "head_dim", None)
        or config.hidden_size // heads,
    }


def hash_of(paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(1 << 24), b""):
                digest.update(piece)
    return digest.hexdigest()[:16]


SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "hf_quant_config.json",
)


def identity_of(folder):
    """The hash by which Tickbench knows a model's files again."""
    index = os.path.join(folder, "model.safetensors.index.json")
    names = {"model.safetensors"}
    if not os.path.exists(os.path.join(folder, "model.safetensors")):
        with open(index, encoding="utf-8") as file:
            names = set(json.load(file)["weight_map"].values())
    there = [n for n in SMALL_FILES if os.path.exists(os.path.join(folder, n))]
    hashes = {}
    for name in sorted([*names, *there]):
        digest = hashlib.sha256()
        with open(os.path.join(folder, name), "rb") as file:
            for piece in iter(lambda: file.read(1 << 24), b""):
                digest.update(piece)
        hashes[name] = digest.hexdigest()
    text = json.dumps(hashes, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def quantise(model, tokenizer, texts, out):
    from datasets import Dataset
    from llmcompressor import oneshot

    rows = [
        {"input_ids": ids[0].tolist(), "attention_mask": [1] * ids.shape[1]}
        for ids, _ in texts
    ]
    longest = max(len(row["input_ids"]) for row in rows)
    data = Dataset.from_list(rows)
    oneshot(
        model=model,
        dataset=data,
        recipe=RECIPE,
        max_seq_length=longest,
        num_calibration_samples=len(rows),
    )
    model.save_pretrained(out, save_compressed=True)
    tokenizer.save_pretrained(out)


def global_scales(folder):
    from safetensors import safe_open

    scales, end = {}, ".weight_global_scale"
    for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        with safe_open(path, "pt") as file:
            names = [name for name in file.keys() if name.endswith(end)]
            scales.update(
                (name[: -len(end)], file.get_tensor(name).item())
                for name in names
            )
    return scales


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--prompts", required=True, help="one JSON value a line"
    )
    parser.add_argument("--answer-tokens", type=int, default=32)
    parser.add_argument(
        "--only",
        choices=("calibrate", "quantise"),
        help="one of the two steps",
    )
    asked = parser.parse_args()

    import torch
    from huggingface_hub import snapshot_download
    from transformers import AutoModelForCausalLM, AutoTokenizer

    wanted = ["*.json", "*.safetensors", "*.txt", "*.jinja", "*.model"]
    folder = (
        MODEL
        if os.path.isdir(MODEL)
        else snapshot_download(MODEL, allow_patterns=wanted)
    )
    tokenizer = AutoTokenizer.from_pretrained(folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = (
        AutoModelForCausalLM.from_pretrained(
            folder, torch_dtype=torch.bfloat16
        )
        .to(device)
        .eval()
    )
    fp4_inputs = (
        FP4 == "w4a4"
        and device == "cuda"
        and torch.cuda.get_device_capability() >= (10, 0)
    )
    with torch.no_grad():
        texts = answered(
            model, tokenizer, read_prompts(asked.prompts), asked.answer_tokens
        )
        if asked.only != "quantise":
            told = "%s, FP4 %s" % (
                os.path.basename(asked.prompts),
                "W4A4" if fp4_inputs else "weight-only",
            )
            prompts = {
                "source": told,
                "count": len(texts),
                "tokens": sum(ids.shape[1] for ids, _ in texts),
            }
            calibration = {
                "tickbench": "calibration.v1",
                "model": {
                    "name": MODEL,
                    "identity": identity_of(folder),
                    "shape": shape_of(model.config),
                },
                "prompts": dict(prompts, hash=hash_of([asked.prompts])),
                "units": calibrate(model, texts, fp4_inputs),
            }
            with open(
                OUT + "-calibration.json", "w", encoding="utf-8"
            ) as file:
                json.dump(calibration, file, indent=1, allow_nan=False)
    if asked.only != "calibrate":
        quantise(model, tokenizer, texts, OUT)
        wrong = unequal_scales(global_scales(OUT))
        if wrong:
            told = "%s: global scales differ within %s: vLLM would err"
            raise SystemExit(told % (OUT, ", ".join(wrong)))
        print("%s is ready; fused layers share their global scales" % OUT)


if __name__ == "__main__":
    main()
