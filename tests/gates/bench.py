"""What ./run bench promises: its arithmetic on times made up here, then a quick run of it.

    bench.py INCLINE BENCH FOLDER

BENCH is the folder bench/, FOLDER takes what the quick run writes. Peers that are not installed are
left out, as in a real run.
"""
import json
import math
import subprocess
import sys
import unittest
from pathlib import Path
from xml.etree import ElementTree

PROGRAM, BENCH, FOLDER = sys.argv[1:4]
sys.path.insert(0, BENCH)

import chart  # noqa: E402 - found by the line above
import contest  # noqa: E402
import record  # noqa: E402
import report  # noqa: E402
import scaling  # noqa: E402
from mnist import find_mnist  # noqa: E402
from work import STEPS  # noqa: E402

TAKEN = {"date": "2000-01-01", "processor": "P", "vectors": "", "cores": 2, "system": "S",
         "device": "D", "versions": {"Incline": "1"}, "rounds": 3}


def made_up_steps():
    """Incline at 1 ms, every peer at 2 ms on one thread and at 3 ms on two."""
    return {"taken": TAKEN, "rows": [
        {"work": work.key, "times": {"Incline": {"as it comes": [1e-3] * 3},
                                     **{peer: {"2 threads": [3e-3] * 3, "1 thread": [2e-3] * 3}
                                        for peer in contest.PEERS}}} for work in STEPS]}


def made_up_series(times):
    """A series against the batch with these times and a working set of 1 kB a sample."""
    return {"name": "N", "axis": "batch", "caches": {"2": 50000},
            "points": [{"size": size, "bytes": 1000 * size, "seconds": seconds}
                       for size, seconds in times.items()]}


class Arithmetic(unittest.TestCase):
    """Ratios, rates and judgements."""

    def test_a_ratio_is_the_median_of_the_rounds_ratios(self):
        self.assertEqual(contest.ratio([2, 30, 8], [1, 10, 2]), 3)

    def test_the_setting_with_the_least_median_counts(self):
        name, _ = contest.best({"1 thread": [1, 9, 9], "2 threads": [5, 5, 50]})
        self.assertEqual(name, "2 threads")

    def test_rounds_alternate(self):
        seen = []
        contestants = {who: lambda who=who: seen.append(who) or 1.0 for who in "ab"}
        self.assertEqual(contest.alternate(contestants, 3), {"a": [1.0] * 3, "b": [1.0] * 3})
        self.assertEqual("".join(seen), "abbaab")

    def test_the_arithmetic_of_a_step_is_that_of_incline_bench(self):
        self.assertEqual(STEPS[1].flops, 4090880)
        self.assertEqual(STEPS[5].flops, 818790400)

    def test_linear_growth_is_called_linear(self):
        self.assertIn("Linear", scaling.explain(made_up_series({10: 1e-4, 100: 1e-3})))

    def test_a_fixed_cost_is_found(self):
        self.assertIn("Below batch 100 ", scaling.explain(
            made_up_series({10: 1e-4, 100: 1.1e-4, 1000: 1.1e-3})))

    def test_an_outgrown_cache_is_found(self):
        self.assertIn("level 2", scaling.explain(made_up_series({10: 1e-4, 100: 3e-3})))
        self.assertIn("no cache", scaling.explain(made_up_series({100: 1e-4, 1000: 3e-3})))

    def test_a_record_needs_its_accuracy_and_its_seeds(self):
        entry = {"name": "E", "network": "N", "device": "D"}
        self.assertTrue(record.judge(entry, [(1, 2, 0.98)] * 30)[1])
        self.assertFalse(record.judge(entry, [(1, 2, 0.9799)] * 30)[1])
        self.assertFalse(record.judge(entry, [(1, 2, 0.99)] * 29)[1])


class Pages(unittest.TestCase):
    """What is written from results."""

    def test_the_page_has_a_row_for_each_work(self):
        page = report.markdown({"steps": made_up_steps()})
        for work in STEPS:
            self.assertIn(f"| {work.network}, batch {work.batch:,} | 1 ms ", page)
        self.assertEqual(page.count("| 2.00 × "), 3 * len(STEPS))

    def test_bars_of_twice_the_time_end_at_two(self):
        drawing = ElementTree.fromstring(chart.ratios(made_up_steps()))
        bars = [r for r in drawing.iter("{http://www.w3.org/2000/svg}rect")
                if r.get("height") == str(chart.BAR)]
        self.assertEqual(len(bars), 3 * len(STEPS))
        room = chart.WIDTH - chart.RIGHT - chart.LEFT  # from 0.8 to 2.2
        for bar in bars:
            self.assertAlmostEqual(float(bar.get("width")) / room,
                                   math.log(2) / math.log(2.2 / 0.8), delta=0.001)

    def test_curves_are_well_formed(self):
        drawing = ElementTree.fromstring(chart.curves(
            {"series": [made_up_series({10: 1e-4, 100: 1e-3})]}))
        self.assertEqual(len(list(drawing.iter("{http://www.w3.org/2000/svg}circle"))), 2)


class Runs(unittest.TestCase):
    """The real thing, short."""

    def run_bench(self, *options):
        done = subprocess.run([sys.executable, BENCH, PROGRAM, "--device", "reference", "--quick",
                               "--output", FOLDER, *options], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((Path(FOLDER) / "RESULTS.json").read_text())

    def test_parts_are_measured_one_after_the_other_and_kept(self):
        self.assertEqual(set(self.run_bench("--parts", "steps")), {"steps"})
        results = self.run_bench("--scaling")
        self.assertEqual(set(results), {"steps", "scaling"})
        for row in results["steps"]["rows"]:
            for settings in row["times"].values():
                for times in settings.values():
                    self.assertTrue(all(seconds > 0 for seconds in times), row)
        page = (Path(FOLDER) / "RESULTS.md").read_text()
        self.assertIn("## Training steps", page)
        self.assertIn("## Scaling", page)
        self.assertTrue((Path(FOLDER) / "RESULTS.svg").exists())

    @unittest.skipIf(find_mnist() is None, "MNIST is not there")
    def test_an_entry_of_the_record_is_measured(self):
        train = [PROGRAM, "train", "{data}", "--device", "reference", "--steps", "3", "--seed",
                 "{seed}", "--output", "{output}", "--quiet", "--json"]
        entry = Path(FOLDER) / "entry.json"
        entry.write_text(json.dumps({
            "name": "E", "network": "N", "device": "D", "seconds": "seconds", "train": train,
            "predict": [PROGRAM, "predict", "{output}/model.safetensors", "{images}", "--device",
                        "reference", "--json"]}))
        done = subprocess.run([sys.executable, str(Path(BENCH) / "record.py"), str(entry),
                               "--seeds", "2"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("seed   2", done.stdout)
        self.assertIn("| E | N | D", done.stdout)
        self.assertIn("not valid", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
