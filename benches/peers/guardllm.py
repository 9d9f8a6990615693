#!/usr/bin/env python3
"""Times of guardllm 1.1.0 for the work that `cargo bench --bench guard` times for us.

    python3 guardllm.py [--seconds N] [--texts FILE] [--json]

Takes about a minute: work that would go on beyond its share is not begun, and what is estimated says so.
Exit code 77: the package is not installed.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time

VERSION = "1.1.0"
WORDS = (
    "the garden behind our house was planted by somebody who liked plums and every autumn we carry baskets down to "
    "mill where neighbours trade bread for fruit until lamps are lit along river people sing old songs about weather"
).split()


def prose(length, seed):
    """English-looking words, the same for the same seed."""
    draw = random.Random(seed)
    text = ""
    while len(text) < length:
        text += draw.choice(WORDS) + " "
    return text[:length]


def own_texts():
    return {
        "inbound": prose(10240, 1),
        "outbound": prose(4096, 3),
        "ingested": [prose(2048, n + 10) for n in range(50)],
    }


class Budget:
    """How long the whole may take."""

    def __init__(self, seconds):
        self.end = time.perf_counter() + seconds

    def left(self):
        return self.end - time.perf_counter()


def timed(work, budget, most=25):
    """The median time of one run, in seconds; as many runs as are worth it."""
    times = []
    while not times or (len(times) < most and sum(times) < 2 and budget.left() > 2 * max(times)):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(guardllm, texts, budget):
    """Yields the name of a piece of work, its seconds, and whether those are estimated."""
    web = guardllm.Guard.context_web(content_type=guardllm.ContentType.PLAINTEXT)

    def reader_of(count):
        guard = guardllm.Guard()
        for text in texts["ingested"][:count]:
            guard.process_inbound(text, web)
        return guard

    yield "process_inbound, 10 KB", timed(lambda: guardllm.Guard().process_inbound(texts["inbound"], web), budget), False

    guard = guardllm.Guard()
    call = {"query": "plums", "limit": 10}
    runs = 1000
    many = timed(lambda: [guard.check_tool_call("search_files", call, web) for _ in range(runs)], budget)
    yield "check_tool_call", many / runs, False

    # The cost grows with the text's length times the number of texts: each step is begun only where it will end in time.
    per_unit, largest = None, 0
    for size, count in ((256, 1), (1024, 1), (4096, 1), (4096, 3), (4096, 10), (4096, 50)):
        name = f"check_outbound, {size} characters against {count} texts of 2 KB"
        expected = None if per_unit is None else per_unit * size * count
        if expected is not None and expected > 0.8 * budget.left():
            yield name, expected, True
            continue
        guard, text = reader_of(count), texts["outbound"][:size]
        seconds = timed(lambda: guard.check_outbound(text, web), budget, most=3)
        if size * count >= largest:
            largest, per_unit = size * count, seconds / (size * count)
        yield name, seconds, False


def load():
    """The package, or why it is not there."""
    # This script has the package's name: its folder must not be searched.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    try:
        import guardllm
        from importlib.metadata import version
    except ImportError as error:
        return None, str(error)
    found = version("guardllm")
    return (guardllm, None) if found == VERSION else (None, f"version {found} is installed")


def main():
    parser = argparse.ArgumentParser(description="Times of guardllm 1.1.0")
    parser.add_argument("--seconds", type=float, default=55, help="how long it may take (default 55)")
    parser.add_argument("--texts", metavar="FILE", help="the texts as JSON; - for standard input (default: its own)")
    parser.add_argument("--json", action="store_true", help="seconds by name, as JSON")
    options = parser.parse_args()

    budget = Budget(options.seconds)
    if options.texts is None:
        texts = own_texts()
    else:
        with sys.stdin if options.texts == "-" else open(options.texts, encoding="utf-8") as file:
            texts = json.load(file)
    guardllm, why = load()
    if guardllm is None:
        print(f"NOT MEASURED: guardllm {VERSION} is not there for {sys.executable}: {why}", file=sys.stderr)
        return 77

    found = {}
    for name, seconds, estimated in measure(guardllm, texts, budget):
        found[name] = {"seconds": seconds, "estimated": estimated}
        if not options.json:
            print(f"{name:<62} {seconds * 1000:>14.3f} ms{'  (estimated)' if estimated else ''}", flush=True)
    if options.json:
        json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
