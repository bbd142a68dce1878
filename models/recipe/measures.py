"""What of held-out decisions a model gets right."""

import torch
from torch.nn import functional as F

from decisions import IGNORED, TASKS, readings


def won(model, decisions, count, size, device):
    """Share of what is to be won and lost in held-out states, by the teacher, that the model's answers win; one that the teacher did not value there counts as the worst."""
    rows = decisions.held[:: max(1, len(decisions.held) // count)][:count]
    answers = F.pad(decisions.answers, (0, 1), value=IGNORED)
    got = most = 0.0
    for i in range(0, len(rows), size):
        part = rows[i : i + size]
        values = decisions.values[part]
        # Which of the answers begin with what the model has written so far.
        left = torch.ones(values.shape, dtype=torch.bool)
        for place in range(answers.shape[1] - 1):
            if (left.sum(1) <= 1).all():
                break  # what else they write is told by how they began
            chosen = left.float().argmax(1)
            suffix, at, _ = decisions.batch(part, chosen)
            here = at[:, min(place, at.shape[1] - 1), None]
            with torch.no_grad():
                token = model(decisions.prefix.to(device), suffix.to(device), here.to(device))[:, 0].argmax(1).cpu()
            ended = answers[chosen, place] == IGNORED
            left &= ended[:, None] | (answers[:, place] == token[:, None])
        offered = left & ~values.isnan()
        worst = values.nan_to_num(nan=torch.inf).min(1).values
        mine = torch.where(offered, values, worst[:, None]).max(1).values
        got += float((mine - worst).sum())
        most += float((values.nan_to_num(nan=-torch.inf).max(1).values - worst).sum())
    return got / most


def accuracy(model, decisions, count, size, device):
    """Share of held-out samples whose whole answer is the most likely one token by token, and the mean loss per token."""
    rows = decisions.held[:: max(1, len(decisions.held) // count)][:count]
    right, loss, tokens = 0, 0.0, 0
    with torch.no_grad():
        for i in range(0, len(rows), size):
            suffix, at, target = (t.to(device) for t in decisions.batch(rows[i : i + size]))
            logits = model(decisions.prefix.to(device), suffix, at).float()
            counted = target != IGNORED
            right += int(((logits.argmax(-1) == target) | ~counted).all(1).sum())
            loss += float(F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORED, reduction="sum"))
            tokens += int(counted.sum())
    return right / max(1, len(rows)), loss / max(1, tokens)


def understood(model, decisions, count, size, device):
    """Of the items of held-out texts the share whose likeliest worth is the right one, None where none has any, and of those about other companies than the own the share of which it is known whom."""
    rows = decisions.held[:: max(1, len(decisions.held) // count)][:count]
    right = items = knew = others = 0
    for i in range(0, len(rows), size):
        part = rows[i : i + size]
        suffix, at, _ = decisions.batch(part)
        with torch.no_grad():
            _, guesses, _ = model(decisions.prefix.to(device), suffix.to(device), at.to(device), guess=True)
        places, (worth, whom, *_), _ = decisions.worths(part)
        read, who, *_ = readings(guesses.cpu(), places)
        right += int(((read.argmax(-1) == worth) & (worth != IGNORED)).sum())
        items += int((worth != IGNORED).sum())
        knew += int(((who.argmax(-1) == whom) & (whom > 0)).sum())
        others += int((whom > 0).sum())
    return right / items if items else None, knew / max(1, others)


def report(model, data, count, size, device):
    found = []
    for d in data:
        if d.task == "telling":
            right, loss = accuracy(model, d, count, size, device)
            found.append(f"{d.task} {right:.1%} exact, loss {loss:.4f}")
        elif d.task not in TASKS:
            worth, who = understood(model, d, count // 2, size, device)
            found.append(f"{d.task}: {who:.1%} of others known{'' if worth is None else f', {worth:.1%} of items understood'}")
        elif d.odds is None:
            right, loss = accuracy(model, d, count, size, device)
            found.append(f"{d.task} {right:.1%} exact, loss {loss:.4f}")
        else:
            found.append(f"{d.task} wins {won(model, d, count, size, device):.3f} of what the teacher's answers win")
    print("held out: " + ", ".join(found), flush=True)
