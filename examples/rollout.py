"""Worlds for learning, one at a time and many at once: a bandit learns which of three things to do in the market costs least.

    python3 examples/rollout.py [WORLDS] [ROUNDS]

Needs Node and a built Tickbench (npm ci) beside it, nothing else.
"""

import random
import sys

from tickbench_env import TickbenchEnv, Worlds

QUOTES = ["hold;", "buy 5;", "cancel, bid 20 at 0, ask 20 at 0;"]


def one():
    """One world, in the usual form, with a decision valued and a way back."""
    env = TickbenchEnv("fighter", options={"rounds": 1, "roundSeconds": 10}, latencyTicks=12, snapshots=True)
    observation, _ = env.reset(seed=7)
    total, terminated, steps = 0, False, 0
    while not terminated:
        if steps == 3:
            kept = env.snapshot()
            tried = env.step("sweep;")[1]
            observation, _ = env.restore(kept)
            print("a sweep was tried and taken back: reward %d" % tried)
        close = observation["state"]["distance"] < 110
        action = {"answer": "throw;" if close else "dash_fwd;", "standing": "guard_low"}
        observation, reward, terminated, _, info = env.step(action, **({"futures": 4} if steps == 0 else {}))
        total += reward
        steps += 1
        if "value" in info:
            print("the first decision was worth %(value)d of %(worst)d to %(best)d" % info["value"])
    assert total == info["results"]["reward"][0], "rewards add up to the match's"
    print("one fight: %d steps, reward %d, digest %s" % (steps, total, info["digest"]))
    env.close()


def many(count, rounds):
    """Many worlds at once: each arm is played by the worlds that drew it, and the better one is drawn more often."""
    dice = random.Random(1)
    earned = [[0, 0] for _ in QUOTES]
    with Worlds("hft", count, options={"durationUs": 6000000}, latencyTicks=10, observe="text") as worlds:
        for turn in range(rounds):
            mean = [total / played if played else 0 for total, played in earned]
            arms = {world: dice.randrange(3) if dice.random() < 0.5 else mean.index(max(mean)) for world in worlds.numbers}
            parts = worlds.reset(seed=1 + turn * count)
            while parts:
                parts = worlds.step({part["world"]: [{"answer": QUOTES[arms[part["world"]]]}] for part in parts})
                for part in parts:
                    earned[arms[part["world"]]][0] += part["seats"][0]["reward"]
                    earned[arms[part["world"]]][1] += part["terminated"]
                parts = [part for part in parts if not part["terminated"]]
    for quote, (total, played) in zip(QUOTES, earned):
        print("%-34s %3d worlds, %s" % (quote, played, "reward %.1f on average" % (total / played) if played else "never played"))


if __name__ == "__main__":
    one()
    many(*(int(text) for text in (sys.argv[1:] + ["64", "2"][len(sys.argv) - 1 :])))
