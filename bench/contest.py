"""Contestants in processes of their own, timed in alternation.

A round times each contestant once, one after the other and every other round the other way round,
so that a change in the machine's speed meets all of them. A peer runs under several thread
settings; the one with the least median over the rounds counts. Ratios are taken within each round.
"""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {"NumPy": "numpy", "PyTorch": "torch", "scikit-learn": "sklearn"}


def cores():
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def thread_settings(peer):
    """The settings to try, each a name and what it puts into the environment.

    PyTorch's own threads and those of the BLAS below it are counted apart: few of the former and
    all of the latter is often its best.
    """
    def environment(own, blas):
        return {"OMP_NUM_THREADS": str(own), "OPENBLAS_NUM_THREADS": str(blas),
                "MKL_NUM_THREADS": str(blas)}

    count = cores()
    settings = {"1 thread": environment(1, 1)}
    if count > 1:
        if peer == "PyTorch":
            settings[f"1 thread, BLAS {count}"] = environment(1, count)
        settings[f"{count} threads"] = environment(count, count)
    return settings


class Missing(Exception):
    """A contestant that cannot take part; the text says why."""


class Worker:
    """A peer's process, see worker.py."""

    def __init__(self, peer, environment):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), PEERS[peer]],
            env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.version = self._answer()["version"]

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            said = self.process.stderr.read().strip().splitlines()
            self.close()
            raise Missing(said[-1] if said else "its process ended")
        return json.loads(line)

    def ask(self, question):
        """Seconds of what the question names, the median of the calls it had time for."""
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return self._answer()["median"]

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Peers:
    """The peers that are installed, one worker for each thread setting of each."""

    def __init__(self, names, say):
        self.workers = {}
        self.versions = {}
        for name in names:
            try:
                for setting, environment in thread_settings(name).items():
                    worker = Worker(name, environment)
                    self.workers[name, setting] = worker
                    self.versions[name] = worker.version
            except Missing as why:
                say(f"{name} is left out: {why}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers.values():
            worker.close()

    def contestants(self, question):
        """For alternate(): each worker with the same question."""
        return {who: lambda worker=worker: worker.ask(question)
                for who, worker in self.workers.items()}


def alternate(contestants, rounds):
    """times[who] = seconds, one per round. `contestants` maps who to a function that measures."""
    times = {who: [] for who in contestants}
    order = list(contestants)
    for _ in range(rounds):
        for who in order:
            times[who].append(contestants[who]())
        order.reverse()
    return times


def fold(times):
    """times[(who, setting)] as nested dictionaries, times[who][setting], for JSON."""
    folded = {}
    for (who, setting), values in times.items():
        folded.setdefault(who, {})[setting] = values
    return folded


def best(settings):
    """Name and times of the setting with the least median."""
    return min(settings.items(), key=lambda item: statistics.median(item[1]))


def spread(values):
    """(maximum - minimum) / median."""
    return (max(values) - min(values)) / statistics.median(values)


def ratio(theirs, mine):
    """How many times as long theirs took: the median of the ratios within each round."""
    return statistics.median(t / m for t, m in zip(theirs, mine))
