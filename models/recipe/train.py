#!/usr/bin/env python3
"""Trains a reference model on the recorded decisions. Needs PyTorch 1.13 or later and nothing else; running the models needs neither.

    python3 models/recipe/train.py tb-1m --minutes 15
    python3 models/recipe/train.py tb-4m --minutes 30 --grow models/scratch/tb-1m.pt

Loss is on the answer, and, to learn faster, on guesses by a head that is not part of the model: at the whole answer from every place of the
state; at what an item of news is worth, and the parts of that, from the end of its line; at whom a name belongs to, from its last place, after
the first layer where the names are told and after the second where they are used: finding a name again takes two layers, one of which is no
use without the other, and by the answers alone neither was learnt.
Where a teacher has said what every answer is worth, the target is not its best answer but a choice among all that grows with their worth
(softmax of value / `--temper`): answers worth the same are as good as each other, and states where much is at stake say most. Weights are kept in float32 and computed with in bfloat16. The learning rate warms up, holds, and falls to
nothing over the last part of the time given, so `--minutes` decides when training ends. Every `--save-minutes` the model is written to its
folder, and the state to models/scratch/MODEL.pt, from which `--resume` goes on (without one, from the weights in its folder).
"""

import argparse
import json
import math
import os
import time
from pathlib import Path

import torch
from torch import distributed, multiprocessing, nn
from torch.nn import functional as F

from decisions import COMMON, IGNORED, MATERIALS, NAMING, READING, ROLES, TASKS, TELLING, WORK, Decisions, batches, cast, readings
from export import read_weights, write_model
from grow import grown
from measures import report
from model import SHAPES, Llama, shape_named

HERE = Path(__file__).resolve().parent.parent
# Which of them each step in turn learns from: whose name is which first, since what news is worth hangs on that; then what follows from it.
PHASES = {
    "naming": (NAMING, READING, NAMING, 0, READING, 1),
    "reading": (READING, 0, NAMING, READING, 0, 1),
    "telling": (TELLING, 0, READING, TELLING, 0, 1),
    "deciding": (0, 0, READING, 1),
    "settling": (1, 0, 1, READING),
    # By answers alone: a grown model whose head that guesses is new would first have to unlearn what that head says at the beginning.
    "grown": (0, TELLING, 1),
}
# The side of an order, and the sign of what was read, count for so many other tokens of an answer: a wrong one costs most. Not while it is learnt
# when to act: what counts four times is also answered at a quarter of the odds.
SIDES = ("buy", "sell", "+", "-")
SIDE_WEIGHT = 4.0
# At 2e-3 the smaller one did not learn whose name is which in ten minutes, at 6e-4 it began to after two.
RATES = {"tb-1m": 8e-4, "tb-4m": 6e-4, "tb-16m": 3e-4}
# Steps that workers go alone before they average their weights.
MEETING = 10


def mean_loss(logits, target, weight=None):
    """Cross-entropy a counted place, each token at its weight [vocab]; targets are tokens [..] or odds of all tokens [.., vocab], where places of odds that sum to zero do not count."""
    if target.dim() < logits.dim():
        return F.cross_entropy(logits.flatten(0, 1), target.flatten(), weight, ignore_index=IGNORED)
    return -(target * F.log_softmax(logits, -1)).sum() / (target.sum(-1) > 0).sum()


class Master:
    """The float32 weights that AdamW moves; the model computes with their bfloat16 copy."""

    def __init__(self, model, rate):
        self.model = model
        self.weights = [p.detach().float().clone().requires_grad_(True) for p in model.parameters()]
        decayed = [w for w in self.weights if w.dim() == 2]
        other = [w for w in self.weights if w.dim() != 2]
        groups = [{"params": decayed, "weight_decay": 0.05}, {"params": other, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.97), eps=1e-8)

    def copy_to(self, model):
        with torch.no_grad():
            for p, w in zip(model.parameters(), self.weights):
                p.copy_(w)

    def step(self, rate):
        for p, w in zip(self.model.parameters(), self.weights):
            w.grad = None if p.grad is None else p.grad.float()
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.model.zero_grad(set_to_none=True)
        self.copy_to(self.model)

    def meet(self, workers):
        """All workers go on from the mean of their weights (local SGD: Stich, ICLR 2019)."""
        together = torch.cat([w.detach().flatten() for w in self.weights])
        distributed.all_reduce(together)
        with torch.no_grad():
            for w, part in zip(self.weights, (together / workers).split([w.numel() for w in self.weights])):
                w.copy_(part.view_as(w))
        self.copy_to(self.model)


def rate_at(share, step, peak, warm, fall):
    """Warm-up over `warm` steps, then constant, then a cosine to 2 % over the last `fall` of the time."""
    rate = peak * min(1.0, (step + 1) / warm)
    if share > 1 - fall:
        rate *= 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - (1 - fall)) / fall)))
    return rate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=list(SHAPES))
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--workers", type=int, default=2, help="processes that train side by side and average their weights every few steps; on a busy machine better than threads")
    parser.add_argument("--threads", type=int, default=1, help="threads of each worker")
    parser.add_argument("--batch", type=int, default=24, help="samples of a step, of each worker")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--warm", type=int, default=150)
    parser.add_argument("--fall", type=float, default=0.4, help="last share of the time over which the rate falls")
    parser.add_argument("--guess", type=float, default=0.5, help="weight of the guesses at each place of the state; they speed up learning")
    parser.add_argument("--phase", choices=list(PHASES), default="reading", help="what most steps learn from")
    parser.add_argument("--read", type=float, default=1.0, help="weight of the guesses at what news is worth")
    parser.add_argument("--temper", type=float, default=6000, help="how much more (1/VALUE_SCALE reward units) an answer is worth that is e times as likely")
    parser.add_argument("--save-minutes", type=float, default=4)
    parser.add_argument("--grow", type=Path, help="begin with this smaller model, widened and deepened: its state, or the folder of its weights")
    parser.add_argument("--resume", action="store_true", help="begin with models/scratch/MODEL.pt, or, where there is none, with the weights in the model's folder")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.workers == 1:
        train(0, args)
    else:
        multiprocessing.spawn(train, (args,), args.workers)


def train(rank, args):
    """One worker's whole training; all begin with the same weights, each sees other samples."""
    if args.workers > 1:
        meeting = f"file://{WORK / f'meeting-{args.model}-{os.getppid()}'}"
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=args.workers)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    vocab = len(json.loads((HERE / args.model / "tokenizer.json").read_text())["model"]["vocab"])
    shape = shape_named(args.model, vocab)
    state_file = WORK / f"{args.model}.pt"
    samples = 0
    if args.resume:
        model = Llama(shape)
        if state_file.exists():
            state = torch.load(state_file, map_location="cpu")
            weights, samples = state["weights"], state["samples"]
        else:
            weights = read_weights(HERE / args.model, [name for name, _ in model.named_parameters()])
            weights["embed.weight"] = with_new_tokens(weights["embed.weight"], HERE / args.model)
        with_all_guesses(weights, model)
        model.load_state_dict(weights, strict=False)
    elif args.grow:
        smaller, weights, samples = begun(args.grow)
        model = grown(weights, shape_named(smaller, vocab), shape)
    else:
        model = Llama(shape)
    model = model.to(device)
    rate = args.rate or RATES[args.model]
    master = Master(model, rate)
    model = model.to(torch.bfloat16)
    master.model = model
    number = json.loads((HERE / args.model / "tokenizer.json").read_text())["model"]["vocab"]
    sides = torch.ones(vocab, device=device)
    if args.phase not in ("deciding", "settling", "grown"):
        sides[[number[token] for side in SIDES for token in (side, "Ġ" + side)]] = SIDE_WEIGHT
    roles = [number[token] for token in ROLES]
    data = [Decisions(task, args.temper) for task in MATERIALS]
    size = args.batch
    streams = [batches(d, size, args.seed + 1000 * rank + i) for i, d in enumerate(data)]
    if rank == 0:
        print(f"{args.model}: {sum(w.numel() for w in master.weights)} parameters, on {device}, {[len(d.training) for d in data]} samples", flush=True)

    def save():
        whole = Llama(shape)
        master.copy_to(whole)
        torch.save({"model": args.model, "weights": whole.state_dict(), "samples": samples}, state_file)
        write_model(HERE / args.model, whole)

    parent = os.getppid()
    began = told = saved = time.time()
    budget = args.minutes * 60
    step, sums = 0, [[0.0, 0.0, 0, 0.0, 0] for _ in data]
    while True:
        share = (time.time() - began) / budget
        if step % MEETING == 0:
            if args.workers > 1 and os.getppid() != parent:
                raise SystemExit("stopped: the process that started this worker is gone")
            over = torch.tensor([float(share >= 1)])
            if args.workers > 1:
                master.meet(args.workers)
                distributed.broadcast(over, 0)
            if over:
                break
        turns = PHASES[args.phase]
        which = turns[step % len(turns)]
        decisions = data[which]
        rows = next(streams[which])
        chosen, likely = (None, None) if decisions.odds is None else decisions.choice(rows, vocab)
        suffix, at, target = (t.to(device) for t in decisions.batch(rows, chosen))
        logits, guesses, early = model(decisions.prefix.to(device), suffix, at, guess=True)
        guesses = guesses.float()
        loss = guessing = torch.zeros(())
        if which < READING:
            loss = mean_loss(logits.float(), target if likely is None else likely.to(device) * (target != IGNORED)[..., None], sides)
        if which < len(TASKS):
            guessing = mean_loss(guesses[..., which * COMMON : (which + 1) * COMMON], decisions.wholes(rows, suffix.shape[1]).to(device))
        places, meant, names = decisions.worths(rows)
        reading = 0.0
        if any((part != IGNORED).any() for part in meant):
            # Whose name is which is to be known after the first layer, whom an item is about after the second: the next ones build on that.
            who, whose = cast(suffix, roles)
            first, second = (each.float() for each in early)
            read = [*readings(guesses, places.to(device)), readings(second, names.to(device))[1], readings(first, who)[1]]
            parts = [mean_loss(each, part.to(device)) for each, part in zip(read, (*meant, meant[1], whose)) if (part != IGNORED).any()]
            reading = sum(parts)
            sums[which][3] += float(parts[0].detach())
            sums[which][4] += 1
        (loss + args.guess * guessing + args.read * reading).backward()
        master.step(rate_at(share, step, rate, args.warm, args.fall))
        sums[which][0] += float(loss.detach())
        sums[which][1] += float(guessing.detach())
        sums[which][2] += 1
        samples += size * args.workers
        step += 1
        now = time.time()
        if rank > 0:
            continue
        if now - told > 30:
            told = now
            losses = " ".join(
                f"{d.task} {s / max(1, n):.4f} (guess {g / max(1, n):.4f}{f', news {r / m:.4f}' if m else ''})" for d, (s, g, n, r, m) in zip(data, sums)
            )
            print(f"{(now - began) / 60:5.1f} min step {step} samples {samples} loss {losses}", flush=True)
            sums = [[0.0, 0.0, 0, 0.0, 0] for _ in data]
        if now - saved > args.save_minutes * 60:
            saved = now
            save()
            report(model, data, 300, 24, device)
    if rank == 0:
        save()
        report(model, data, 2000, 24, device)


def begun(place):
    """The name, weights and samples so far of a model to grow: from its state, or from its folder, which lacks the head that guesses: that one begins anew."""
    if not place.is_dir():
        state = torch.load(place, map_location="cpu")
        name, weights, samples = state["model"], state["weights"], state["samples"]
    else:
        name, samples = place.resolve().name, 0
    vocab = len(json.loads((HERE / name / "tokenizer.json").read_text())["model"]["vocab"])
    model = Llama(shape_named(name, vocab))
    if place.is_dir():
        weights = read_weights(place, [each for each, _ in model.named_parameters()])
        weights.setdefault("guess.weight", model.guess.weight.detach().clone())
    with_all_guesses(weights, model)
    return name, weights, samples


def with_new_tokens(embedding, folder):
    """The embedding [tokens, width] with a row for each token that the folder's tokenizer has more: the mean of the two that it is merged from."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())["model"]
    number = tokenizer["vocab"]
    rows = list(embedding)
    made = {left + right: (number[left], number[right]) for left, right in (merge.split(" ") for merge in tokenizer["merges"])}
    for token, _ in sorted(number.items(), key=lambda item: item[1])[len(rows) :]:
        left, right = made[token]
        rows.append((rows[left] + rows[right]) / 2)
    return torch.stack(rows)


def with_all_guesses(weights, model):
    """Weights of a head that guessed at less, with nothing for what it did not guess at."""
    old = weights.get("guess.weight")
    if old is not None and len(old) < len(model.guess.weight):
        weights["guess.weight"] = F.pad(old, (0, 0, 0, len(model.guess.weight) - len(old)))


if __name__ == "__main__":
    main()
