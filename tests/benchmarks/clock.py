"""CPU time of small functions, measured in turns so that a busy machine slows all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Times:
    """Seconds of CPU time over all runs."""

    median: float
    p95: float
    minimum: float


def measure(function: Callable[[], object], runs: int = 20) -> Times:
    """CPU time of one function, after one run that warms it up."""
    return measure_in_turns(function, runs=runs)[0]


def measure_in_turns(*functions: Callable[[], object], runs: int = 20) -> list[Times]:
    """CPU time of several functions that take turns: first, second, …, first, second, …"""
    for function in functions:
        function()
    seconds = np.empty((len(functions), runs))
    for run in range(runs):
        for index, function in enumerate(functions):
            start = time.process_time()
            function()
            seconds[index, run] = time.process_time() - start
    return [Times(float(np.median(row)), float(np.percentile(row, 95)), float(row.min())) for row in seconds]


def calibration(runs: int = 20) -> str:
    """One line that lets absolute figures of two machines be compared: a fixed task for one core."""
    numbers = np.random.default_rng(0).standard_normal(2**20)
    times = measure(lambda: np.sort(numbers), runs)
    return f"calibration: NumPy sorts 2^20 float64, median {times.median * 1e3:.1f} ms CPU of {runs} runs"


def measure_paired(first: Callable[[], object], second: Callable[[], object], runs: int = 20) -> tuple[float, ...]:
    """Median CPU seconds of two functions that take turns, and the median over the turns of first / second."""
    first(), second()
    seconds = np.empty((runs, 2))
    for run in range(runs):
        for place in (0, 1) if run % 2 else (1, 0):  # neither always comes second
            start = time.process_time()
            (first, second)[place]()
            seconds[run, place] = time.process_time() - start
    return *np.median(seconds, 0), float(np.median(seconds[:, 0] / seconds[:, 1]))
