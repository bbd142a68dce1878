#!/usr/bin/env python3
"""The mean of two training states of one model, weight by weight, as the state that training goes on from.

    python3 models/recipe/average.py tb-4m tb-4m.first.pt tb-4m.second.pt     # files in models/scratch

Two runs that share their beginning end near enough to each other for their mean to be a model; it often judges better than either, since what each
learnt by chance is halved (Wortsman and others, "Model soups", ICML 2022).
"""

import argparse

import torch

from decisions import WORK
from model import SHAPES


def mean(name, first, second):
    """The mean of two weights of the same name and shape."""
    if first.shape != second.shape:
        raise SystemExit(f"{name}: {tuple(first.shape)} and {tuple(second.shape)}; accepted: states of one model")
    return (first.float() + second.float()) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=list(SHAPES))
    parser.add_argument("states", nargs=2, help="files in models/scratch")
    args = parser.parse_args()
    first, second = (torch.load(WORK / name, map_location="cpu") for name in args.states)
    if first["weights"].keys() != second["weights"].keys():
        raise SystemExit(f"{args.states[0]} and {args.states[1]} do not hold the same weights; accepted: states of one model")
    weights = {name: mean(name, each, second["weights"][name]) for name, each in first["weights"].items()}
    torch.save({**first, "weights": weights, "samples": max(first["samples"], second["samples"])}, WORK / f"{args.model}.pt")


if __name__ == "__main__":
    main()
