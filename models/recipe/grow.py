"""Makes a larger model that computes what a smaller one computes, to train on from there (Chen et al., "Net2Net", ICLR 2016).

Every residual channel, head and feed-forward channel is doubled. What reads a doubled channel divides its weight between the two copies
in random shares, so the copies' gradients differ and they grow apart; layers that the smaller model lacks add nothing at first.
"""

import torch

from model import Llama


def doubled_rows(weight):
    return torch.cat([weight, weight], 0)


def shared_columns(weight, spread=0.3):
    share = 0.5 + spread * (torch.rand_like(weight) - 0.5)
    return torch.cat([weight * share, weight * (1 - share)], 1)


def grown(small, before, after):
    """A Llama of shape `after`, twice as wide as the weights `small` of shape `before` (a state_dict), and at least as deep."""
    if (after.width, after.heads, after.ff) != (2 * before.width, 2 * before.heads, 2 * before.ff) or after.layers < before.layers:
        raise ValueError(f"cannot grow {before} into {after}: width, heads and ff must double, layers may not become fewer")
    model = Llama(after)
    state = model.state_dict()
    state["embed.weight"] = torch.cat([small["embed.weight"]] * 2, 1)
    state["guess.weight"] = torch.cat([small["guess.weight"]] * 2, 1) / 2
    # The logits sum over twice the channels: the last norm is halved.
    state["norm.weight"] = torch.cat([small["norm.weight"]] * 2) / 2
    for index in range(before.layers):
        # New layers go before the last.
        place = index if index < before.layers - 1 else after.layers - 1
        for name in ("input_layernorm", "post_attention_layernorm"):
            state[f"layers.{place}.{name}.weight"] = torch.cat([small[f"layers.{index}.{name}.weight"]] * 2)
        for name in ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"):
            state[f"layers.{place}.{name}.weight"] = doubled_rows(shared_columns(small[f"layers.{index}.{name}.weight"]))
    for place in range(before.layers - 1, after.layers - 1):
        for name in ("o_proj", "down_proj"):
            state[f"layers.{place}.{name}.weight"] = torch.zeros_like(state[f"layers.{place}.{name}.weight"])
    model.load_state_dict(state)
    return model
