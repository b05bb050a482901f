"""A drawing of cost against size on two logarithmic scales, as SVG that a page shows on light and dark ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

COLOURS = {"Entente": "#c2410c", "STRtree": "#2563eb", "SQLite R*Tree": "#0f766e", "PostGIS": "#7c3aed"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 70, 130, 44, 48
Points = Sequence[tuple[float, float]]


def drawing(title: str, unit: str, lines: Mapping[str, Points]) -> str:
    """Return the SVG of named lines through points (N, cost in `unit`), each cost above 0."""
    every = [point for points in lines.values() for point in points]
    x0, x1 = (log10(pick(point[0] for point in every)) for pick in (min, max))
    y0, y1 = floor(min(log10(cost) for _, cost in every)), ceil(max(log10(cost) for _, cost in every))

    def place(n: float, cost: float) -> tuple[float, float]:
        x = LEFT + (log10(n) - x0) / max(x1 - x0, 1e-9) * (WIDTH - LEFT - RIGHT)
        return round(x, 1), round(TOP + (y1 - log10(cost)) / max(y1 - y0, 1e-9) * (HEIGHT - TOP - BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="13">',
        f'<title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{title}</text>',
    ]
    for power in range(y0, y1 + 1):
        _, y = place(10**x0, 10.0**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#d4d4d8"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:,g}</text>')
    for power in range(ceil(x0), floor(x1 + 1e-9) + 1):
        x, _ = place(10.0**power, 10.0**y0)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#e4e4e7"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">volumes held</text>')
    parts.append(f'<text x="{LEFT - 8}" y="{TOP - 8}" text-anchor="end">{unit}</text>')
    taken: list[float] = []
    for name, points in sorted(lines.items(), key=lambda line: -line[1][-1][1]):
        colour, places = COLOURS[name], [place(*point) for point in points]
        way = " ".join(f"{x},{y}" for x, y in places)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        y = max(y, *(before + 16 for before in taken)) if taken else y
        taken.append(y)
        parts.append(f'<text x="{x + 10}" y="{y + 4}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
