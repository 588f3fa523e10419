"""The process of one peer: reads what to time from standard input, a JSON object a line, answers.

    python3 bench/worker.py NAME

The thread settings are in the environment (see contest.py), the data are loaded before the first
question is read. Questions and answers:

    {"steps": [[784, 10, 10], 128], "seconds": S}   seconds of a training step
    {"product": [m, n, k], "seconds": S}            seconds of a product of matrices
    -> {"median": ..., "minimum": ..., "count": ...}

The same question again goes on with the same network.
"""
import importlib
import json
import statistics
import sys
import time

from dataset import training_set

LEAST_CALLS, MOST_CALLS = 3, 20000


def time_calls(call, first, seconds):
    """Seconds of each call, for about `seconds` in all; `first` is the number of the first call."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < LEAST_CALLS or (len(times) < MOST_CALLS and time.perf_counter() < end):
        start = time.perf_counter()
        call(first + len(times))
        times.append(time.perf_counter() - start)
    return times


class Timer:
    """Keeps the work that was asked for last, warm, so that a round costs no set-up."""

    def __init__(self, peer):
        self.peer = peer
        self.data = training_set()
        self.asked = None
        self.calls = 0

    def prepare(self, question):
        """Makes the work and calls it once."""
        if "product" in question:
            self.call, self.steps = self.peer.make_product(*question["product"]), 1
        else:
            widths, batch = question["steps"]
            self.call, self.steps = self.peer.make_steps(self.data, widths, batch)
        self.call(0)
        self.calls = 1

    def answer(self, question):
        """Times what is asked for."""
        asked = {name: value for name, value in question.items() if name != "seconds"}
        if asked != self.asked:
            self.prepare(question)
            self.asked = asked
        times = time_calls(self.call, self.calls, question["seconds"])
        self.calls += len(times)
        return {"median": statistics.median(times) / self.steps,
                "minimum": min(times) / self.steps, "count": len(times)}


def main():
    peer = importlib.import_module(f"peer_{sys.argv[1]}")
    timer = Timer(peer)
    print(json.dumps({"version": peer.VERSION}), flush=True)
    for line in sys.stdin:
        print(json.dumps(timer.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
