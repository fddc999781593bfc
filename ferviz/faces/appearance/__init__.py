"""How a person looks: one painter a file, put together by `paint`.

`skin`, `brows`, `eyes`, `lips`, `makeup`, `beard`, `hair`, `wrinkles` and `clothes` each hold three things: a frozen
dataclass of what a person has, ``draw`` that draws one by chance, and ``paint`` that paints it on the canvas.
"""

from ferviz.faces.appearance.paint import Paint, paint

__all__ = ["Paint", "paint"]
