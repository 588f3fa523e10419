"""The results as SVG, drawn by hand: bars of ratios, and curves of scaling, on logarithmic axes.

A chart has no background of its own; its colours follow the reader's light or dark mode.
"""
import math
from html import escape

from contest import PEERS, best, ratio
from report import median_of_best, span, times

FONTS = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif'
# What is drawn in a colour, and the colour in light and in dark mode.
COLOURS = {
    "text": ("fill", "#1b2430", "#e8ecf1"),
    ".soft": ("fill", "#5b6675", "#9aa6b5"),
    ".grid": ("stroke", "#d5dae1", "#39424e"),
    ".zero": ("stroke", "#1b2430", "#e8ecf1"),
    ".ideal": ("stroke", "#5b6675", "#9aa6b5"),
    ".curve": ("stroke", "#2563a8", "#6aa9ee"),
    ".a": ("fill", "#2563a8", "#6aa9ee"),
    ".b": ("fill", "#c2541b", "#f0915a"),
    ".c": ("fill", "#76808d", "#a3adba"),
}
SHAPES = """
text { font-size: 13px; }
.title { font-size: 17px; font-weight: 600; }
.name { font-weight: 600; }
.soft { font-size: 12px; }
.end { text-anchor: end; }
.mid { text-anchor: middle; }
.num { font-variant-numeric: tabular-nums; }
.grid { stroke-width: 1; }
.zero { stroke-width: 1.5; }
.ideal { stroke-width: 1.5; stroke-dasharray: 2 4; fill: none; }
.curve { stroke-width: 2; fill: none; }
"""


def style_sheet():
    """The rules of style, the dark colours where the reader's mode asks for them.

    No custom properties: some programs that show SVG do not know them.
    """
    def colours(mode):
        return "\n".join(f"{what} {{ {rule[0]}: {rule[mode]}; }}"
                         for what, rule in COLOURS.items())
    return (f"svg {{ font-family: {FONTS}; }}{SHAPES}{colours(1)}\n"
            f"@media (prefers-color-scheme: dark) {{\n{colours(2)}\n}}")


MARGIN = 10


class Drawing:
    """Elements of an SVG, top to bottom."""

    def __init__(self, width, height, label):
        self.width, self.height, self.label = width, height, label
        self.elements = []

    def text(self, x, y, words, style=""):
        """Words with their baseline at y."""
        self.elements.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">'
                             f'{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, style):
        """A straight line."""
        self.elements.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                             f'class="{style}"/>')

    def bar(self, x1, x2, y, height, style):
        """A bar between two places, whichever is the left one."""
        self.elements.append(f'<rect x="{min(x1, x2):.1f}" y="{y:.1f}" '
                             f'width="{max(abs(x2 - x1), 1):.1f}" height="{height}" rx="1.5" '
                             f'class="{style}"/>')

    def curve(self, points, style):
        """A polyline."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.elements.append(f'<polyline points="{path}" class="{style}"/>')

    def dot(self, x, y, style):
        """A point of a curve."""
        self.elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="{style}"/>')

    def __str__(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{MARGIN} -{MARGIN} '
                f'{self.width + 2 * MARGIN} {self.height + 2 * MARGIN}" '
                f'width="{self.width + 2 * MARGIN}" role="img" '
                f'aria-label="{escape(self.label)}">\n<style>{style_sheet()}</style>\n'
                + "\n".join(self.elements) + "\n</svg>\n")


class LogAxis:
    """Values on a logarithmic scale between two places."""

    def __init__(self, least, most, start, end):
        self.low, self.high = math.log10(least), math.log10(most)
        self.start, self.end = start, end

    def at(self, value):
        """The place of a value."""
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self):
        """1, 2 and 5 of each decade within the axis; decades alone where there are many."""
        steps = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        for decade in range(math.floor(self.low), math.ceil(self.high) + 1):
            for step in steps:
                value = step * 10.0 ** decade
                if self.low - 1e-9 <= math.log10(value) <= self.high + 1e-9:
                    yield value


# ---- bars --------------------------------------------------------------------------------

WIDTH, LEFT, RIGHT = 860, 300, 70
BAR, GAP, TOP = 15, 14, 92


def ratios(part):
    """How many times as fast as each peer a step of Incline is, for each work."""
    rows = []
    for row in part["rows"]:
        mine = best(row["times"]["Incline"])[1]
        rows.append((row, [(peer, style, ratio(best(row["times"][peer])[1], mine))
                           for peer, style in zip(PEERS, "abc") if peer in row["times"]]))
    values = [value for _, bars in rows for _, _, value in bars] or [1]
    axis = LogAxis(min(0.8, min(values) / 1.1), max(2, max(values) * 1.1), LEFT, WIDTH - RIGHT)
    height = TOP + sum(max(2, len(bars)) * (BAR + 2) + GAP for _, bars in rows) + 30
    drawing = Drawing(WIDTH, height, "Times as fast as its peers a training step of Incline is")
    drawing.text(0, 20, "How many times as fast a training step of Incline is", "title")
    drawing.text(0, 40, "time of the peer at its best thread setting / time of Incline; "
                 "logarithmic; further right is better for Incline", "soft")
    x = LEFT
    for peer, style in zip(PEERS, "abc"):
        if any(peer == name for _, bars in rows for name, _, _ in bars):
            drawing.bar(x, x + 11, 55, 11, style)
            drawing.text(x + 17, 65, peer)
            x += 40 + 8 * len(peer)
    for value in axis.ticks():
        drawing.line(axis.at(value), TOP - 8, axis.at(value), height - 24, "grid")
        drawing.text(axis.at(value), height - 8, f"{value:g} ×", "soft mid num")
    y = TOP
    for row, bars in rows:
        network, batch = row["work"].split(" @ ")
        drawing.text(0, y + 12, network, "name")
        drawing.text(0, y + 29, f"batch {int(batch):,}, "
                     f"{span(median_of_best(row['times']['Incline']))} a step", "soft num")
        for number, (_, style, value) in enumerate(bars):
            top = y + number * (BAR + 2)
            drawing.bar(axis.at(1), axis.at(value), top, BAR, style)
            drawing.text(max(axis.at(value), axis.at(1)) + 6, top + 12, times(value), "num")
        y += max(2, len(bars)) * (BAR + 2) + GAP
    drawing.line(axis.at(1), TOP - 8, axis.at(1), height - 24, "zero")
    return str(drawing)


# ---- curves ------------------------------------------------------------------------------

PANEL, PANEL_HEIGHT, COLUMNS = 280, 220, 3
INNER_LEFT, INNER_TOP, INNER_BOTTOM = 52, 44, 40


def panel(drawing, one, left, top):
    """One series: time of a step against its axis, and a straight line to compare with."""
    points = one["points"]
    sizes = [p["size"] for p in points]
    times = [p["seconds"] for p in points]
    x = LogAxis(min(sizes) / 1.2, max(sizes) * 1.2, left + INNER_LEFT, left + PANEL - 18)
    y = LogAxis(min(times) / 1.6, max(times) * 1.6, top + PANEL_HEIGHT - INNER_BOTTOM,
                top + INNER_TOP)
    drawing.text(left, top + 16, one["name"], "name")
    drawing.text(left, top + 33, f"a step against {one['axis']}", "soft")
    for value in y.ticks():
        drawing.line(x.start, y.at(value), x.end, y.at(value), "grid")
        drawing.text(x.start - 6, y.at(value) + 4, span(value), "soft end num")
    for value in x.ticks() if len(points) > 4 else sizes:
        drawing.text(x.at(value), y.start + 18, f"{value:,.0f}", "soft mid num")
    ideal = straight(one["axis"], points)
    inside = [(x.at(size), y.at(time)) for size, time in ideal
              if y.low <= math.log10(time) <= y.high]
    drawing.curve(inside, "ideal")
    drawing.curve([(x.at(s), y.at(t)) for s, t in zip(sizes, times)], "curve")
    for size, time in zip(sizes, times):
        drawing.dot(x.at(size), y.at(time), "a")


def straight(axis, points):
    """What linear growth would be: through the last point, for cores through the first."""
    anchor = points[0] if axis == "cores" else points[-1]
    power = {"cores": -1, "samples": 0}.get(axis, 1)
    low, high = points[0]["size"], points[-1]["size"]
    for number in range(101):
        size = low * (high / low) ** (number / 100)
        yield size, anchor["seconds"] * (size / anchor["size"]) ** power


def curves(part):
    """A panel for each series of scaling."""
    series = part["series"]
    rows = math.ceil(len(series) / COLUMNS)
    drawing = Drawing(COLUMNS * PANEL + 20, 56 + rows * (PANEL_HEIGHT + 12),
                      "Time of a training step against batch, width, samples and cores")
    drawing.text(0, 20, "How the time of a training step grows", "title")
    drawing.text(0, 40, "both axes logarithmic; dotted: linear growth (for samples: none, for "
                 "cores: time shared out)", "soft")
    for number, one in enumerate(series):
        panel(drawing, one, number % COLUMNS * PANEL,
              56 + number // COLUMNS * (PANEL_HEIGHT + 12))
    return str(drawing)
