#!/usr/bin/env python3
"""A complete Tickbench agent:  TICKBENCH_TOKEN=... python3 examples/agent.py ws://127.0.0.1:9000 [TASK]

It plays both tasks by simple rules; put your own into `trade` and `fight`. docs/protocol.md describes every frame.
It needs Python 3.8 or later and the `websockets` package (Debian: python3-websockets; else: pip install websockets).
"""
import asyncio
import json
import os
import sys

import websockets

FINAL = {1000, 1001, 4400, 4403, 4409}  # the server is done with us: do not come back

EDGE = 3  # ticks by which the index must lead a quote: they pay the fee and the index's flicker


def trade(state):
    """Takes quotes that the leading index has left behind; goes home before the close. A plan is a list of orders."""
    plan = []
    for book in state["symbols"]:
        bid, ask, index, held = book["bidTicks"], book["askTicks"], book["indexTicks"], book["position"]
        lot, room = book["lotSize"], book["positionLimit"]
        where = {"symbol": book["symbol"]} if len(state["symbols"]) > 1 else {}

        def order(side, shares):
            size = min(shares, state["orderLimit"]) // lot * lot
            if size > 0:
                plan.append({"do": side, "size": size, **where})

        if state["leftUs"] < 3_000_000:
            if held:
                plan.append({"do": "flat", **where})
        elif ask is not None and index - ask >= EDGE:
            order("buy", room - held)
        elif bid is not None and bid - index >= EDGE:
            order("sell", room + held)
        elif ask is not None and held < 0 and index >= ask:
            order("buy", -held)
        elif bid is not None and held > 0 and index <= bid:
            order("sell", held)
    return {"plan": plan, "standing": "keep"}


# Blows, what takes most first: name, startup in frames, the distance in pixels under which it touches (envs/fighter/README.md).
BLOWS = [("heavy", 14, 98), ("throw", 6, 60), ("uppercut", 5, 62), ("sweep", 16, 114), ("poke", 12, 110), ("low", 9, 92), ("jab", 5, 76)]


def fight(state):
    """Punishes what has missed, guards what comes, else walks up and strikes. A plan is up to four steps."""
    me, op, distance = state["me"], state["op"], state["distance"]
    guard = "guard_high" if op["doing"] in ("overhead", "crush") or op["height"] > 0 else "guard_low"
    if op["startup"] + op["active"] > 0:
        return {"plan": [{"action": guard, "frames": 12}], "standing": guard}
    helpless = max(op["recovery"], op["stun"])
    for name, startup, reach in BLOWS:
        if distance <= reach and startup < helpless and not (name == "throw" and op["stun"] > 0):
            return {"plan": [{"action": name}], "standing": guard}
    if me["meter"] >= 100 and distance <= 140:
        return {"plan": [{"action": "super"}], "standing": guard}
    if distance > 110:
        step = {"action": "fireball"} if distance > 220 and me["ball"] is None else {"action": "walk_fwd", "frames": 8}
        return {"plan": [step], "standing": guard}
    blow = "throw" if distance <= 60 else ("sweep", "poke")[state["frame"] % 2]
    return {"plan": [{"action": blow}], "standing": guard}


PLAYERS = {"hft": trade, "fighter": fight}


async def play(url, token, **task):
    """Connects, says hello, answers observations; comes back when the connection is lost. In an arena it also plays where it is sent."""
    decide, away = None, None
    async for socket in websockets.connect(url.rstrip("/") + "/agent"):
        try:
            await socket.send(json.dumps({"type": "hello", "protocol": "tickbench.v1", "token": token, "name": "agent.py", **task}))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "welcome":
                    decide = PLAYERS[frame["task"]]
                elif frame["type"] == "observation":  # a slow `decide` belongs into asyncio.to_thread
                    await socket.send(json.dumps({"type": "action", "match": frame["match"], "seq": frame["seq"], **decide(frame["state"])}))
                elif frame["type"] == "warmup":
                    await socket.send(json.dumps({"type": "ready", "id": frame["id"], "done": 0}))
                elif frame["type"] == "assignment":
                    away and away.cancel()
                    away = asyncio.create_task(play(frame["url"], frame["token"], **task))
                elif frame["type"] in ("error", "end"):
                    print(text, file=sys.stderr)
        except websockets.ConnectionClosed:
            pass
        if socket.close_code in FINAL:
            return
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(play(sys.argv[1], os.environ["TICKBENCH_TOKEN"], **dict(zip(["task"], sys.argv[2:]))))
