"""The picture of what work costs as the books grow, and of what more workers bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.graphics.charts.axes import LogXValueAxis, LogYValueAxis
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.renderSVG import drawToString
from reportlab.graphics.shapes import Drawing, Line, String
from reportlab.lib.colors import HexColor, white

from benchmarks.databases import SQLITE

WIDTH, HEIGHT = 900, 380
INK, GREY = HexColor("#1d1c1d"), HexColor("#616061")
# One for each kind of work; told apart by those who see no colours by where their lines lie.
COLOURS = [HexColor(code) for code in ("#0b5563", "#b4530a", "#7a3e9d", "#2f7d32", "#a3162e")]
DASHED = (4, 3)
SAYS = "What work costs as the books grow, and what more workers bring"


@dataclass(frozen=True, slots=True)
class Curve:
    """The milliseconds that one kind of work takes, by the number of subscriptions."""

    database: str
    what: str
    points: Sequence[tuple[int, float]]


def draw(curves: Sequence[Curve], workers: Sequence[tuple[int, float]], path: Path) -> None:
    """Two panels as SVG: cost against size on the left, payments a second against workers on the right."""
    picture = Drawing(WIDTH, HEIGHT)
    picture.add(_titled("Milliseconds of one, by the number of subscriptions", 50))
    picture.add(_plot(curves))
    for n, what in enumerate(dict.fromkeys(curve.what for curve in curves)):
        _legend(picture, what, n)
    picture.add(_said("solid: PostgreSQL, dashed: SQLite", 50, 14))
    picture.add(_titled("Payments a second, by workers", 600))
    picture.add(_bars(workers))
    # reportlab has no way to say them, and browsers show the title.
    drawn = (
        str(drawToString(picture)).replace("<title>...<", f"<title>{SAYS}<").replace("<desc>...</desc>", "")
    )
    path.write_text(drawn, encoding="utf-8")


def _plot(curves: Sequence[Curve]) -> LinePlot:
    plot = LinePlot()
    plot.x, plot.y, plot.width, plot.height = 50, 110, 480, 230
    plot.data = [list(curve.points) for curve in curves]
    plot.xValueAxis, plot.yValueAxis = LogXValueAxis(), LogYValueAxis()
    sizes = [size for size, _ in curves[0].points]
    costs = [cost for curve in curves for _, cost in curve.points]
    plot.xValueAxis.valueMin, plot.xValueAxis.valueMax = min(sizes), max(sizes)
    plot.xValueAxis.valueSteps = sizes
    plot.xValueAxis.labelTextFormat = lambda size: f"{int(size):,}"
    plot.yValueAxis.valueMin, plot.yValueAxis.valueMax = _decades(costs)
    plot.yValueAxis.labelTextFormat = lambda cost: f"{cost:g}"
    plot.yValueAxis.visibleGrid = True
    plot.yValueAxis.gridStrokeColor = HexColor("#e0e0e0")
    kinds = list(dict.fromkeys(curve.what for curve in curves))
    for n, curve in enumerate(curves):
        plot.lines[n].strokeColor = COLOURS[kinds.index(curve.what) % len(COLOURS)]
        plot.lines[n].strokeWidth = 2
        plot.lines[n].strokeDashArray = DASHED if curve.database == SQLITE else None
    return plot


def _decades(costs: Sequence[float]) -> tuple[float, float]:
    """The powers of ten around these."""
    lowest, highest = 1.0, 1.0
    while lowest > min(costs):
        lowest /= 10
    while highest < max(costs):
        highest *= 10
    return lowest, highest


def _bars(workers: Sequence[tuple[int, float]]) -> VerticalBarChart:
    bars = VerticalBarChart()
    bars.x, bars.y, bars.width, bars.height = 600, 110, 270, 230
    bars.data = [[speed for _, speed in workers]]
    bars.categoryAxis.categoryNames = [str(count) for count, _ in workers]
    bars.valueAxis.valueMin = 0
    bars.bars[0].fillColor, bars.bars[0].strokeColor = COLOURS[0], white
    bars.barLabelFormat = "%.0f"
    bars.barLabels.nudge = 8
    return bars


def _legend(picture: Drawing, what: str, n: int) -> None:
    x, y = 50 + 240 * (n % 2), 74 - 18 * (n // 2)
    picture.add(Line(x, y + 4, x + 22, y + 4, strokeColor=COLOURS[n % len(COLOURS)], strokeWidth=2))
    picture.add(_said(what, x + 28, y))


def _titled(words: str, x: int) -> String:
    return String(x, HEIGHT - 18, words, fontName="Helvetica-Bold", fontSize=12, fillColor=INK)


def _said(words: str, x: int, y: int) -> String:
    return String(x, y, words, fontName="Helvetica", fontSize=10.5, fillColor=GREY)
