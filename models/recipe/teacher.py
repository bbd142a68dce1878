"""A teacher for the fighting game: what the oracle's sampled values say about a state, without their noise.

    node dist/harness/oracle/label-states.js fighter 3000000 1600 > models/scratch/values-0.jsonl
    python3 models/recipe/teacher.py models/scratch/values-*.jsonl

Values of a state's candidates come from a few sampled futures, so the best of them is often only the luckiest. A small network fitted to
many states predicts the values' means from the numbers in the state's text. The states in models/scratch/fighter.jsonl are then answered by
its best candidate, what it thinks of every candidate is kept beside, and the labelled states themselves are added to them. States that the
network did not see show how much of what is to be won its answers win.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import torch
from torch import nn

WORK = Path(__file__).resolve().parent.parent / "scratch"
# Values beyond this many reward units are cut: one lost round in the futures should not outweigh a hundred exchanges.
LARGEST = 150_000.0
# The network's outputs are values in this many 1/VALUE_SCALE reward units.
UNIT = 50_000
HELD = 12

NUMBER = re.compile(r"-?\d+")
TOP = "time pause dist late".split()
COUNTS = "start act rec busy stun down stop land high wall hp meter combo".split()
FIELD = {name: re.compile(rf"\b{name} (\S+)") for name in (*TOP, *COUNTS, "left")}
BALL = re.compile(r"ball (?:none|(\d+)\D+(\d+))")


def fighter(line):
    """One fighter's line: who it is and what it does, its counts and its projectile."""
    character, doing, line = line.split(" ", 3)[1:]
    words = [character, doing, "guard " + re.search(r"guard (\w+)", line).group(1)]
    numbers = [float(FIELD[name].search(line).group(1)) for name in COUNTS]
    ball = BALL.search(line)
    numbers += [1.0, float(ball.group(1)), float(ball.group(2))] if ball and ball.group(1) else [0.0, 0.0, 0.0]
    return words, numbers


# Places among a state's numbers whose size matters in steps, not evenly.
OPPONENT = len(TOP) + len(COUNTS) + 3
STEPPED = [len(TOP) + COUNTS.index(name) for name in ("start", "busy")] + [
    OPPONENT + COUNTS.index(name) for name in ("start", "rec", "busy", "land")
]


def read(text):
    """A state's text as words (categories, by place) and numbers."""
    top, me, op, plan = text.split("\n")[:4]
    numbers = [float(FIELD[name].search(top).group(1)) for name in TOP]
    words = [re.search(r"facing (\w+)", top).group(1)]
    for who, line in (("me", me), ("op", op)):
        some, more = fighter(line)
        words += [f"{who} {word}" for word in some]
        numbers += more
    first = plan.split()[1].rstrip(",")
    words += ["plan " + first, "standing " + re.search(r"standing (\w+)", plan).group(1)]
    numbers.append(float(FIELD["left"].search(plan).group(1)))
    return words, numbers


class Reader:
    """Turns texts into rows of features: distances and counts also as steps, because what matters changes at the reach of a move."""

    def __init__(self, texts):
        rows = [read(text) for text in texts]
        self.words = {word: i for i, word in enumerate(sorted({word for words, _ in rows for word in words}))}
        numbers = torch.tensor([numbers for _, numbers in rows])
        self.mean, self.scale = numbers.mean(0), numbers.std(0) + 1e-3

    def __call__(self, texts):
        rows = [read(text) for text in texts]
        hot = torch.zeros(len(rows), len(self.words))
        for i, (words, _) in enumerate(rows):
            for word in words:
                if word in self.words:
                    hot[i, self.words[word]] = 1
        numbers = torch.tensor([numbers for _, numbers in rows])
        distance = numbers[:, 2:3]
        steps = torch.sigmoid((distance - torch.arange(40.0, 320.0, 12.0)) / 4)
        counts = torch.cat([torch.sigmoid((numbers[:, k : k + 1] - torch.arange(2.0, 62.0, 4.0)) / 1.5) for k in STEPPED], 1)
        return torch.cat([hot, (numbers - self.mean) / self.scale, steps, counts], 1)


def load(paths):
    """Labelled states; a value of a candidate that a state does not have is missing."""
    samples = [json.loads(line) for path in paths for line in open(path) if line.endswith("}\n")]
    names = sorted({name for sample in samples for name in sample["candidates"]})
    column = {name: i for i, name in enumerate(names)}
    values = torch.full((len(samples), len(names)), float("nan"))
    for i, sample in enumerate(samples):
        for name, value in zip(sample["candidates"], sample["values"]):
            values[i, column[name]] = max(-LARGEST, min(LARGEST, value)) / UNIT
    return samples, names, values


def won(choice, values):
    """Share of what is to be won and lost in these states that the chosen candidates win."""
    filled = torch.nan_to_num(values, nan=0.0)
    best = torch.nan_to_num(values, nan=-1e9).max(1).values
    worst = torch.nan_to_num(values, nan=1e9).min(1).values
    got = filled.gather(1, choice[:, None])[:, 0]
    return float((got - worst).sum() / (best - worst).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("values", nargs="+")
    parser.add_argument("--states", type=Path, default=WORK / "fighter.jsonl", help="recorded decisions whose answers are replaced")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--fit-only", action="store_true")
    settings = parser.parse_args()
    torch.manual_seed(1)

    samples, names, values = load(settings.values)
    texts = [sample["text"] for sample in samples]
    held = torch.tensor([sample["seed"] % HELD == 0 for sample in samples])
    reader = Reader(texts)
    inputs = reader(texts)
    print(f"{len(samples)} states, {int(held.sum())} held out, {inputs.shape[1]} features, {len(names)} candidates", flush=True)
    width = 384
    net = nn.Sequential(
        nn.Linear(inputs.shape[1], width), nn.SiLU(), nn.Dropout(0.1), nn.Linear(width, width), nn.SiLU(), nn.Dropout(0.1), nn.Linear(width, len(names))
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    train = torch.nonzero(~held).flatten()
    steps = settings.epochs * (len(train) // 256)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps + settings.epochs)
    none = names.index("none;")
    known = ~torch.isnan(values)

    def judge(x, mask):
        with torch.no_grad():
            return net(x).masked_fill(~mask, -1e9)

    for epoch in range(settings.epochs):
        net.train()
        order = train[torch.randperm(len(train))]
        for rows in order.split(256):
            error = (net(inputs[rows]) - torch.nan_to_num(values[rows])) * known[rows]
            loss = (error**2).sum() / known[rows].sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        net.eval()
        if epoch % 4 == 3:
            held_rows = torch.nonzero(held).flatten()
            share = won(judge(inputs[held_rows], known[held_rows]).argmax(1), values[held_rows])
            idle = won(torch.full_like(held_rows, none), values[held_rows])
            print(f"epoch {epoch + 1}: loss {float(loss):.3f}, held-out states: wins {share:.3f}; doing nothing {idle:.3f}", flush=True)
    if settings.fit_only:
        return

    column = {name: j for j, name in enumerate(names)}
    # The labelled states, from many more matches than the recorded ones, are answered and learnt from too.
    records = [record for line in open(settings.states) if "labelled" not in (record := json.loads(line))]
    records += [
        {"match": each["seed"], "state": each["text"], "answer": each["best"], "offered": each["candidates"], "labelled": True} for each in samples
    ]
    changed, counts = 0, {}
    with open(settings.states.with_suffix(".partial"), "w") as out:
        for at in range(0, len(records), 4096):
            part = records[at : at + 4096]
            mask = torch.zeros(len(part), len(names), dtype=torch.bool)
            for i, record in enumerate(part):
                record["offered"] = [name for name in record["offered"] if name in column]
                for name in record["offered"]:
                    mask[i, column[name]] = True
            judged = judge(reader([record["state"] for record in part]), mask)
            for record, row, choice in zip(part, (judged * UNIT).tolist(), judged.argmax(1).tolist()):
                changed += record["answer"] != names[choice]
                record["answer"] = names[choice]
                record["values"] = [round(row[column[name]]) for name in record["offered"]]
                counts[names[choice]] = counts.get(names[choice], 0) + 1
                out.write(json.dumps(record) + "\n")
    settings.states.with_suffix(".partial").replace(settings.states)
    print(f"{len(records)} states answered, {changed} differently: {dict(sorted(counts.items(), key=lambda item: -item[1]))}", file=sys.stderr)


if __name__ == "__main__":
    main()
