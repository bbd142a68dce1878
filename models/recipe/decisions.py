"""What training learns from: the token files that encode.js writes, in batches, with what they say of the news in them."""

import json
import random
from collections import Counter
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

WORK = Path(__file__).resolve().parent.parent / "scratch"
TASKS = ("hft", "fighter")
IGNORED = -100
# Answers of a task that are told apart as a whole.
COMMON = 128
# What an item of news is worth is told apart in ticks, from -WORTH to WORTH.
WORTH = 24
# The parts of what it says, and how many things each can be: whom it is about, what of it, and whether it is good for them.
PARTS = (5, 4, 3)
# The tokens before the five names of a state's first line, and the one after them.
ROLES = ("you", "Ġsupplier", "Ġrival", "Ġcustomer", "Ġparent", "Ċ")
# What is learnt from: the tasks, and news by themselves, of which only what they are worth is learnt.
MATERIALS = (*TASKS, "telling", "reading", "naming")
TELLING, READING, NAMING = 2, 3, 4


class Decisions:
    """The token files of a task. One match in 40 is held out."""

    def __init__(self, task, temper):
        meta = json.loads((WORK / f"{task}.json").read_text())
        self.task = task
        self.prefix = torch.tensor(meta["prefix"], dtype=torch.long)
        self.index = torch.frombuffer(bytearray((WORK / f"{task}.index").read_bytes()), dtype=torch.int32).view(-1, 3).long()
        self.tokens = torch.frombuffer(bytearray((WORK / f"{task}.tokens").read_bytes()), dtype=torch.int16).long()
        lengths = self.index[:, 0] + self.index[:, 1]
        self.lengths = lengths.tolist()
        self.starts = torch.cumsum(lengths, 0) - lengths
        ends = (self.starts + lengths).tolist()
        answers = [tuple(self.tokens[end - count : end].tolist()) for end, count in zip(ends, self.index[:, 1].tolist())]
        self.values = self.odds = None
        if meta["answers"]:
            # The answers that a teacher valued, as tokens [answers, most], and each row's choice among them.
            self.answers = nn.utils.rnn.pad_sequence([torch.tensor(each) for each in meta["answers"]], True, IGNORED)
            floats = torch.frombuffer(bytearray((WORK / f"{task}.values").read_bytes()), dtype=torch.float32)
            self.values = floats.view(-1, len(meta["answers"]))
            self.odds = torch.softmax((self.values / temper).nan_to_num(nan=-torch.inf), 1)
        elif task in TASKS:
            common = {answer: i for i, (answer, _) in enumerate(Counter(answers).most_common(COMMON))}
            self.common = torch.tensor([common.get(answer, IGNORED) for answer in answers])
        # Where items of news end, what they are worth, where the name in them ends, and the parts: [samples, items, 6], place -1 where there is none.
        self.news = torch.frombuffer(bytearray((WORK / f"{task}.news").read_bytes()), dtype=torch.int32).view(len(self.index), -1, 3 + len(PARTS)).long()
        held = self.index[:, 2] % 40 == 0
        self.training = torch.nonzero(~held).flatten().tolist()
        self.held = torch.nonzero(held).flatten().tolist()

    def batch(self, rows, chosen=None):
        """suffix [rows, tokens], positions that predict [rows, answer], targets [rows, answer]; with `chosen` [rows], these of the valued answers instead of the recorded ones."""
        prompts = self.index[rows, 0].tolist()
        answers = []
        for i, row in enumerate(rows):
            end = int(self.starts[row]) + self.lengths[row]
            answers.append(self.tokens[end - int(self.index[row, 1]) : end] if chosen is None else self.answers[chosen[i]])
        answers = [answer[answer != IGNORED] for answer in answers]
        width = max(p + len(a) for p, a in zip(prompts, answers)) - 1
        suffix = torch.zeros(len(rows), width, dtype=torch.long)
        at = torch.zeros(len(rows), max(len(a) for a in answers), dtype=torch.long)
        target = torch.full(at.shape, IGNORED, dtype=torch.long)
        for i, row in enumerate(rows):
            start, p, answer = int(self.starts[row]), prompts[i], answers[i]
            a = len(answer)
            suffix[i, :p] = self.tokens[start : start + p]
            suffix[i, p : p + a - 1] = answer[:-1]
            at[i, :a] = torch.arange(p - 1, p + a - 1)
            target[i, :a] = answer
        return suffix, at, target

    def choice(self, rows, vocab):
        """Answers drawn by their odds [rows], and how likely each token is at each place after the drawn answer's tokens before it [rows, answer, vocab]."""
        odds = self.odds[rows]
        chosen = torch.multinomial(odds, 1)[:, 0]
        drawn = self.answers[chosen]
        # Answers that begin like the drawn one, by how many tokens: [rows, answers, places].
        alike = torch.cumprod((self.answers[None] == drawn[:, None]).long(), 2)
        alike = torch.cat([torch.ones_like(alike[..., :1]), alike[..., :-1]], 2)
        weight = odds[:, :, None] * alike * (self.answers != IGNORED)
        tokens = self.answers.clamp_min(0).expand_as(weight)
        likely = torch.zeros(len(rows), vocab, weight.shape[2]).scatter_add_(1, tokens, weight)
        most = int((drawn != IGNORED).sum(1).max())
        likely = likely.transpose(1, 2)[:, :most]
        return chosen, likely / likely.sum(2, keepdim=True).clamp_min(1e-9)

    def wholes(self, rows, width):
        """At all the places of each row's state the number of its answer [rows, width], or its odds of all answers [rows, width, COMMON]."""
        inside = torch.arange(width) < self.index[rows, 0][:, None]
        if self.odds is None:
            return torch.where(inside, self.common[rows][:, None], IGNORED)
        return F.pad(self.odds[rows], (0, COMMON - self.odds.shape[1]))[:, None] * inside[..., None]


    def worths(self, rows):
        """Of each row's items of news the place after [rows, items], the number of what it is worth and of each of its parts [rows, items], IGNORED where not known; and the last place of the name in it."""
        places, worth, names, *parts = self.news[rows].unbind(2)
        meant = [torch.where((places < 0) | (worth > WORTH), IGNORED, worth + WORTH), *(torch.where(part < 0, IGNORED, part) for part in parts)]
        # One place on: only what follows an item, a line's end, tells that it is over, and can be looked for from the answer.
        return (places + 1).clamp_min(0), meant, names.clamp_min(0)


def batches(decisions, size, seed):
    """Endless passes over the training samples, each in a new order; a batch's samples are of about the same length."""
    chance = random.Random(seed)
    rows = list(decisions.training)
    while True:
        chance.shuffle(rows)
        for begin in range(0, len(rows) - 16 * size + 1, 16 * size):
            near = sorted(rows[begin : begin + 16 * size], key=lambda row: decisions.lengths[row])
            cuts = [near[i : i + size] for i in range(0, len(near), size)]
            chance.shuffle(cuts)
            yield from cuts


def cast(suffix, roles):
    """Of each row's state the last places of the five names in its first line and whose they are [rows, 5], IGNORED where the row tells nobody."""
    places = torch.zeros(len(suffix), len(roles) - 1, dtype=torch.long, device=suffix.device)
    whose = torch.full_like(places, IGNORED)
    for i, row in enumerate(suffix.tolist()):
        if row[0] == roles[0]:
            ends = [row.index(role) - 1 for role in roles[1:]]
            places[i] = torch.tensor(ends)
            whose[i] = torch.arange(len(ends))
    return places, whose


def readings(guesses, places):
    """Of guesses [rows, tokens, guesses] those at what items of news are worth and at its parts, at their places: a list of [rows, items, things]."""
    at = guesses[:, :, len(TASKS) * COMMON :]
    return at.gather(1, places[..., None].expand(-1, -1, at.shape[2])).split((2 * WORTH + 1, *PARTS), 2)
