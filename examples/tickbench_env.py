"""Tickbench's worlds in the usual reset/step form: Python's standard library alone. See docs/rollout.md, and examples/rollout.py for its use."""

import json
import os
import subprocess
import weakref

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class RolloutError(Exception):
    """What was refused: where, what was found and what is accepted. Where it is one world's part, `parts` are those of all: the others went on."""

    def __init__(self, error, parts=None):
        super().__init__("%(where)s: %(what)s; accepted: %(accepted)s" % error)
        self.error = error
        self.parts = parts


class WorldsEnded(RuntimeError):
    """The process in which the worlds are played is gone."""


def _end(process):
    try:
        process.stdin.close()
        process.wait(timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()
    process.stdout.close()


class Worlds:
    """A batch of worlds in a process of its own, which ends with `close`, with this object, or with Python.

    Rewards are integers in the task's unit, and add up to a match's reward.
    """

    def __init__(self, task, count=1, threads=None, command=None, **settings):
        command = command or ["node", os.path.join(ROOT, "dist", "harness", "cli", "main.js"), "rollout"]
        if threads is not None:
            command = command + ["--threads", str(threads)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.close = weakref.finalize(self, _end, self._process)
        self._asked = 0
        try:
            self.made = self.ask("create", task=task, worlds=count, **settings)
        except BaseException:
            self.close()
            raise
        self.numbers = range(self.made["first"], self.made["first"] + count)

    def ask(self, do, **frame):
        """Says one frame and returns its answer. Raises RolloutError when the frame is refused; what is wrong with one world stands in its part."""
        self._asked += 1
        answer = {"id": 0}
        try:
            self._process.stdin.write(json.dumps({"id": self._asked, "do": do, **frame}) + "\n")
            self._process.stdin.flush()
            while answer["id"] not in (self._asked, None):  # after an interrupt there may be an older one that nobody has read
                answer = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as fault:  # it is gone, was closed, or broke off in the middle of a line
            self.close()
            raise WorldsEnded("the worlds' process has ended, with code %s" % self._process.returncode) from fault
        if "error" in answer:
            raise RolloutError(answer["error"])
        return answer

    def reset(self, seed):
        """Begins every world anew, by seed, seed + 1, ...; one part a world."""
        return self.checked(self.ask("reset", seed=seed)["worlds"])

    def step(self, actions, **more):
        """`actions`: by world, what its learners do ([{"plan": ...}]). `futures=N` has every decision valued. One part a world."""
        steps = [{"world": world, "actions": each} for world, each in actions.items()]
        return self.checked(self.ask("step", steps=steps, **more)["worlds"])

    @staticmethod
    def checked(parts):
        """The parts of an answer, one a world. Raises RolloutError when something is wrong with one of them."""
        for part in parts:
            if "error" in part:
                raise RolloutError(part["error"], parts)
        return parts

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class TickbenchEnv:
    """One world with one learner: `reset(seed)` -> (observation, info), `step(action)` -> (observation, reward, terminated, truncated, info).

    An observation is {"text", "state", "seq", "at"}, None once the world is over. An action is a plan in the task's form, a text as a model
    would answer, or a whole action as a dictionary: {"plan" or "answer", "standing", "latencyTicks"}.
    """

    def __init__(self, task, **settings):
        self.worlds = Worlds(task, 1, **{"threads": 0, **settings})

    def reset(self, seed=0):
        observation, _, _, _, info = self._told(self.worlds.reset(seed)[0])
        return observation, info

    def step(self, action, **more):
        if isinstance(action, str):
            action = {"answer": action}
        elif not (isinstance(action, dict) and {"plan", "answer", "rejected"} & set(action)):
            action = {"plan": action}
        return self._told(self.worlds.step({self.worlds.numbers[0]: [action]}, **more)[0])

    def snapshot(self):
        """A number to restore this world by, until it is reset. With bots in it, make it with snapshots=True."""
        return self.worlds.checked(self.worlds.ask("snapshot")["snapshots"])[0]["snapshot"]

    def restore(self, snapshot):
        restored = self.worlds.ask("restore", restores=[{"world": self.worlds.numbers[0], "snapshot": snapshot}])
        observation, _, _, _, info = self._told(self.worlds.checked(restored["worlds"])[0])
        return observation, info

    def close(self):
        self.worlds.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _told(self, part):
        seat = part["seats"][0]
        observation = {key: seat[key] for key in ("text", "state", "seq", "at") if key in seat} or None
        info = {key: seat[key] for key in ("settled", "value") if key in seat}
        info.update({key: part[key] for key in ("results", "digest") if key in part})
        return observation, seat["reward"], part["terminated"], part["truncated"], info
