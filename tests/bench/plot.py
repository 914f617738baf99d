"""Small SVG plots, by hand: lines over time, and bars beside their goals."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 320, 60, 40, 36
COLOURS = {"ours": "#0b6e99", "browser": "#c2571a", "goal": "#777"}


def svg(parts, width=WIDTH, height=HEIGHT):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="13">'
            f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n')


def text(x, y, words, anchor="start", colour="#222", size=13):
    style = f'text-anchor="{anchor}" fill="{colour}" font-size="{size}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def lines(title, unit, series, goal=None):
    """series: {"ours": [(x, y)...], ...}; x in seconds."""
    points = [point for values in series.values() if values for point in values]
    if not points:
        return None
    x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
    top = max([y for _, y in points] + [goal or 0]) * 1.05 or 1
    place = lambda x, y: (LEFT + (x - x0) / (x1 - x0 or 1) * (WIDTH - LEFT - 20),
                          HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP))
    parts = [text(LEFT, 22, f"{title} ({unit})", size=15)]
    for i in range(5):
        value = top * i / 4
        x, y = place(x0, value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 20}" stroke="#ddd"/>' +
                     text(LEFT - 6, y + 4, f"{value:.0f}", "end"))
    for second in range(int(x0), int(x1) + 1, 5):
        parts.append(text(place(second, 0)[0], HEIGHT - BOTTOM + 18, f"{second} s", "middle"))
    if goal is not None:
        y = place(x0, goal)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 20}" stroke="{COLOURS["goal"]}" stroke-dasharray="6 4"/>')
    for i, (name, values) in enumerate(series.items()):
        if not values:
            continue
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in values))
        parts.append(f'<path d="M{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="1.6"/>')
        parts.append(text(WIDTH - 20, 22 + 16 * i, name, "end", COLOURS[name]))
    return svg(parts)


def bars(title, rows):
    """Each row's figures as shares of its goal, so that rows of any unit stand in one picture."""
    rows = [row for row in rows if row.goal]
    height, left = 60 + 30 * len(rows), 400
    parts = [text(12, 22, title, size=15)]
    scale = lambda value: min(value, 3) / 3 * (WIDTH - left - 20)
    for i, row in enumerate(rows):
        y = 44 + 30 * i
        parts.append(text(left - 8, y + 14, row.what, "end", size=11))
        for j, (name, value) in enumerate((("ours", row.ours), ("browser", row.browser))):
            if value is not None:
                width = f"{scale(value / row.goal):.1f}"
                parts.append(f'<rect x="{left}" y="{y + 10 * j}" width="{width}" height="9" fill="{COLOURS[name]}"/>')
    x = left + scale(1)
    parts.append(f'<path d="M{x:.1f} 34V{height - 16}" stroke="{COLOURS["goal"]}" stroke-dasharray="6 4"/>' +
                 text(x, height - 4, "goal", "middle", COLOURS["goal"]))
    parts.append(text(WIDTH - 20, 22, "ours", "end", COLOURS["ours"]) +
                 text(WIDTH - 70, 22, "browser", "end", COLOURS["browser"]))
    return svg(parts, height=height)
