"""Agents that program through a gateway, each in a world of its own.  python3 agent.py [GATEWAY] [AGENTS]

An agent names itself (x-session-id) and asks for a kind of resource; the gateway prepares it while the agent's call waits for its turn, and the
answer tells where it is. Here the first call does not wait for it, since the model needs no tools to think; the agent asks for it when it has
something to do with it. Needs Python and nothing else.
"""

import json
import os
import sys
import threading
import time
from urllib.request import Request, urlopen

GATEWAY = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
AGENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 8


def post(url, value, headers=None):
    request = Request(url, json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})})
    with urlopen(request, timeout=120) as response:
        return json.load(response)


def get(url):
    with urlopen(url, timeout=120) as response:
        return json.load(response)


def world(name):
    """Where the agent's world is, once it is ready."""
    for _ in range(600):
        resource = get("%s/programs/%s" % (GATEWAY, name))["resource"]
        if resource["state"] == "ready":
            return resource
        if resource["state"] == "failed":
            raise RuntimeError("%s has no world: %s" % (name, resource["trouble"]))
        time.sleep(0.05)
    raise RuntimeError("%s waited in vain for its world" % name)


def work(number, results):
    name = "agent-%d-%d" % (os.getpid(), number)
    messages = [{"role": "user", "content": "Sum the numbers up to %d" % (100 + number)}]
    headers = {"x-session-id": name, "x-tickbench-resource": "python"}
    while True:
        body = {"model": "scripted", "messages": messages, "max_tokens": 64}
        message = post(GATEWAY + "/v1/chat/completions", body, headers)["choices"][0]["message"]
        messages.append(message)
        if not message["content"].startswith("{"):
            break
        place = world(name)
        result = post("http://127.0.0.1:%d/" % place["port"], json.loads(message["content"]))
        messages.append({"role": "user", "content": json.dumps(result)})
    results[number] = (message["content"], place)
    # The program is over: its server and its folder go with it.
    post(GATEWAY + "/programs/%s/release" % name, {})


results = {}
threads = [threading.Thread(target=work, args=(number, results)) for number in range(AGENTS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for number, (said, place) in sorted(results.items()):
    print("agent %d: %s (port %d; prepared in %d ms, %d of them while it waited)" % (number, said, place["port"], place["preparedMs"], place["hiddenMs"]))  # fmt: skip
sys.exit(0 if len(results) == AGENTS else 1)
