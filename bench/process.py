"""Whole processes: MNIST to 97 % on the test set, start to the first step, peak of memory."""
import os
import sys
import tempfile

from contest import HERE, PEERS, alternate, fold, thread_settings
from incline import SETTING, Failed, Run
from mnist import find_mnist

GOAL = 0.97
HOPELESS = 2.0  # times as slow as the same program under another setting: not run again
# The shortest plain schedule that reaches the goal in the mean over seeds.
RECIPE = ("--hidden", "128", "--epochs", "2", "--batch-size", "50", "--learning-rate", "0.4",
          "--validation", "0")
PROGRAMS = {
    "NumPy": ("NumPy", ("finish_numpy.py",)),
    "PyTorch, Adam": ("PyTorch", ("finish_torch.py", "Adam")),
    "PyTorch, plain descent": ("PyTorch", ("finish_torch.py", "SGD")),
}
TRAINING_BYTES = 60000 * (784 + 1)
FIRST_STEP = ("digits:1000", "--steps", "1")
WARM, COLD = "warm", "cold"


class Finisher:
    """A program that trains to the goal; each call takes the next seed."""

    def __init__(self, run):
        self.run = run
        self.seed = 0
        self.accuracies = []

    def __call__(self):
        self.seed += 1
        seconds, accuracy = self.run(self.seed)
        self.accuracies.append(accuracy)
        return seconds


def incline_finisher(incline):
    """Incline's program on MNIST."""
    def run(seed):
        done, answer = incline.train("mnist", *RECIPE, "--seed", str(seed))
        return done.seconds, answer["test"]["accuracy"]
    return Finisher(run)


def peer_finisher(folder, program, environment):
    """A peer's program on MNIST, under one thread setting."""
    def run(seed):
        script, *recipe = program
        done = Run([sys.executable, str(HERE / script), str(folder), str(seed), *recipe],
                   environment)
        return done.seconds, float(done.output)
    return Finisher(run)


def available(peer):
    """Can the peer be imported?"""
    try:
        Run([sys.executable, "-c", f"import {PEERS[peer]}"])
    except Failed:
        return False
    return True


def contenders(finishers, say):
    """Each once, to warm up; a setting of a program that is hopeless beside its best one goes."""
    warm = {}
    for who, finisher in finishers.items():
        say(f"  warming: {', '.join(who)}")
        warm[who] = finisher.run(1)[0]
    best = {name: min(t for (other, _), t in warm.items() if other == name) for name, _ in warm}
    left_out = [who for who in warm if warm[who] > HOPELESS * best[who[0]]]
    for who in left_out:
        say(f"  left out: {', '.join(who)}: {warm[who]:.1f} s, {best[who[0]]:.1f} s at best")
    return {who: f for who, f in finishers.items() if who not in left_out}


def measure_finish(incline, rounds, say):
    """Whole processes to the goal, in alternation; None without MNIST."""
    folder = find_mnist()
    if folder is None:
        say("MNIST is not there (data/get mnist): whole processes to 97 % are left out")
        return None
    finishers = {("Incline", SETTING): incline_finisher(incline)}
    for name, (peer, program) in PROGRAMS.items():
        if available(peer):
            for setting, environment in thread_settings(peer).items():
                finishers[name, setting] = peer_finisher(folder, program, environment)
    finishers = contenders(finishers, say)
    times = alternate(finishers, rounds)
    return {"times": fold(times),
            "accuracies": fold({who: f.accuracies for who, f in finishers.items()})}


def cold_start(incline):
    """Seconds of a process with one step that finds no cache of any kind."""
    with tempfile.TemporaryDirectory() as folder:
        caches = {"XDG_CACHE_HOME": folder, "POCL_CACHE_DIR": os.path.join(folder, "pocl")}
        os.mkdir(caches["POCL_CACHE_DIR"])
        return incline.train(*FIRST_STEP, "--gemm", "own", environment=caches)[0].seconds


def measure_start(incline, rounds):
    """Start to the first step, warm and cold, and the peak of memory of a run on MNIST.

    A process with a single step on few samples is timed whole, so the start is at most that long.
    """
    incline.train(*FIRST_STEP)
    times = alternate({WARM: lambda: incline.train(*FIRST_STEP)[0].seconds,
                       COLD: lambda: cold_start(incline)}, rounds)
    data = "mnist" if find_mnist() else "digits"
    peaks = [incline.train(data, *RECIPE)[0].peak_bytes for _ in range(2)]
    return {**times, "data": data, "peak": peaks[-1], "beyond": peaks[-1] - TRAINING_BYTES}
