"""Lessons as pages for people without a kernel: how one is made, what it would load, and what it opens of one's own."""

from __future__ import annotations

from ferviz.handouts.page import HandoutError, freeze, hand_out, to_html, with_mathml

__all__ = ["HandoutError", "freeze", "hand_out", "to_html", "with_mathml"]
