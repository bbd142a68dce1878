"""A line between two Linux network namespaces that delays, loses and reorders packets, where the kernel has no netem: a TUN device on each side,
and this process between them. Told by a signal to end, it prints what it did.

    python3 rough-line.py NAMESPACE NAMESPACE DELAY_MS SPREAD_MS LOSS_PERMILLE SEED

A packet takes DELAY_MS give or take up to SPREAD_MS, whatever the one before it takes: so it may overtake that one.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def device(namespace):
    """The TUN device `line` in a namespace, made; its packets are read and written here."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(os.open(f"/run/netns/{namespace}", os.O_RDONLY), 0) != 0:
        raise OSError(ctypes.get_errno(), f"setns {namespace}")
    made = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(made, TUNSETIFF, struct.pack("16sH", b"line", IFF_TUN | IFF_NO_PI))
    return made


def main():
    first, second, delay, spread, loss, seed = sys.argv[1:]
    delay, spread, loss = float(delay) / 1000, float(spread) / 1000, float(loss) / 1000
    drawn = random.Random(int(seed))
    ends = [device(first), device(second)]
    on_its_way, last_due = [], {}
    counts = {"passed": 0, "lost": 0, "overtook": 0}

    def end(*_):
        print(json.dumps(counts), flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    number = 0
    while True:
        now = time.monotonic()
        while on_its_way and on_its_way[0][0] <= now:
            _, _, to, packet = heapq.heappop(on_its_way)
            try:
                os.write(to, packet)
            except OSError:
                pass  # the device is not up yet, or full
        wait = None if not on_its_way else max(0.0, on_its_way[0][0] - now)
        for readable in select.select(ends, [], [], wait)[0]:
            packet = os.read(readable, 65536)
            if drawn.random() < loss:
                counts["lost"] += 1
                continue
            counts["passed"] += 1
            due = time.monotonic() + delay + drawn.uniform(-spread, spread)
            if due < last_due.get(readable, 0.0):
                counts["overtook"] += 1
            last_due[readable] = max(due, last_due.get(readable, 0.0))
            number += 1
            heapq.heappush(on_its_way, (due, number, ends[1] if readable == ends[0] else ends[0], packet))


main()
