"""Incline as a contestant: its program, run and measured from outside."""
import json
import os
import re
import subprocess
import tempfile
import time

SETTING = "as it comes"
WRONG_USAGE = 2  # exit status


class Failed(Exception):
    """The program failed; the text is what it said."""


class Run:
    """A process that ran to its end: what it printed, how long it took, its peak of memory."""

    def __init__(self, command, environment=None):
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=errors,
                                       stdin=subprocess.DEVNULL,
                                       env={**os.environ, **(environment or {})})
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.output = output.read()
            if process.returncode != 0:
                errors.seek(0)
                raise Failed(f"{' '.join(command)}: exit status {process.returncode}: "
                             f"{errors.read().strip()}")
        # Linux counts in units of 1024 bytes, macOS in bytes.
        self.peak_bytes = usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)


class Incline:
    """The program and the device it is measured on."""

    def __init__(self, program, device):
        self.program = program
        self.device = device

    def version(self):
        """The program's version, the last word of what --version prints first."""
        return Run([self.program, "--version"]).output.split("\n")[0].split()[-1]

    def device_name(self):
        """The name of the device that is taken."""
        return self.train("digits:1000", "--steps", "1")[1]["device"]["name"]

    def train(self, data, *options, environment=None):
        """A whole training run, its folder thrown away: the Run, and what it answered."""
        with tempfile.TemporaryDirectory() as folder:
            run = Run([self.program, "train", data, "--device", self.device, *options, "--quiet",
                       "--json", "--output", os.path.join(folder, "run")], environment)
        return run, json.loads(run.output)

    def step(self, work, seconds, samples=None, environment=None):
        """Seconds of a training step, a median that the program took itself."""
        command = [self.program, "bench", "--device", self.device, "--network", work.network,
                   "--batch-size", str(work.batch), "--seconds", str(seconds), "--json"]
        if samples is not None:
            command += ["--samples", str(samples)]
        answer = json.loads(Run(command, environment).output)
        row = answer["devices"][0]["rows"][0]
        if row["outcome"] != "timed":
            raise Failed(f"{' '.join(command)}: {row['outcome']}: {row['note']}")
        return row["median"]

    def products(self, seconds):
        """Seconds and name of the fastest kernel row for each product, by its sorted shape."""
        run = Run([self.program, "bench", "--device", self.device, "--only", "kernels",
                   "--seconds", str(seconds), "--json"])
        found = {}
        for device in json.loads(run.output)["devices"]:
            for row in device["rows"]:
                shape = tuple(sorted(map(int, re.findall(r"\d+", row["shape"]))))
                if len(shape) != 3 or row["flops"] == 0 or row["outcome"] != "timed":
                    continue
                if shape not in found or row["median"] < found[shape][0]:
                    found[shape] = row["median"], row["name"]
        return found


def bench(program, options):
    """Runs `incline bench` for the user to read; its exit status."""
    return subprocess.run([program, "bench", *options], check=False).returncode
