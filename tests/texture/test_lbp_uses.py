"""Local binary patterns in use: the explanation, histograms, three planes, every refusal, examples, benchmark."""

from __future__ import annotations

import doctest
import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from lbp_pictures import METHODS, NEIGHBOURHOODS, PATCH, noise

from ferviz import lbp
from ferviz.lbp import coding, steps

# The explanation


def test_every_step_of_one_pixel_can_be_followed() -> None:
    seen = lbp.explain(PATCH, 1, 1, kind="uniform")
    assert (seen.kind, seen.points, seen.radius, seen.row, seen.column, seen.centre) == ("uniform", 8, 1.0, 1, 1, 6)
    assert [neighbour.bit_weight for neighbour in seen.neighbours] == [1, 2, 4, 8, 16, 32, 64, 128]
    right, above_right = seen.neighbours[:2]
    assert (right.row, right.column, right.pixels, right.values, right.weights) == (1, 2, ((1, 2),), (1,), (1,))
    assert (right.value, right.difference, right.bit) == (1, -5, 0)
    assert (above_right.row, above_right.column) == pytest.approx((1 - 0.70711, 1 + 0.70711))
    assert above_right.pixels == ((0, 1), (0, 2), (1, 1), (1, 2))
    assert above_right.values == (5, 2, 6, 1)
    assert above_right.weights == pytest.approx((0.20711, 0.5, 0.08578, 0.20711), abs=1e-5)
    assert seen.plain == sum(neighbour.bit * neighbour.bit_weight for neighbour in seen.neighbours)
    assert seen.plain == lbp.codes(PATCH)[1, 1]
    assert seen.code == lbp.codes(PATCH, kind="uniform")[1, 1]


def test_the_numbers_of_each_neighbour_fit_together() -> None:
    image = noise(9, 9)
    for points, radius in NEIGHBOURHOODS:
        for neighbour in lbp.explain(image, 1, 4, points=points, radius=radius).neighbours:
            assert sum(neighbour.weights) == pytest.approx(1)
            blend = sum(value * weight for value, weight in zip(neighbour.values, neighbour.weights, strict=True))
            assert neighbour.value == pytest.approx(blend)
            assert neighbour.difference == pytest.approx(blend - int(image[1, 4]))
            assert neighbour.bit == (neighbour.difference >= 0) == (neighbour.value >= image[1, 4])
            assert np.hypot(neighbour.row - 1, neighbour.column - 4) == pytest.approx(radius, abs=1e-5)


@pytest.mark.parametrize(("centre", "changes"), [(6, 2), (10, 0), (0, 0)])
def test_changes_are_counted_once_around_the_circle(centre: int, changes: int) -> None:
    patch = PATCH.clone()
    patch[1, 1] = centre
    assert lbp.explain(patch, 1, 1, kind="original").changes == changes


def test_pixels_outside_the_picture_are_explained_as_zero() -> None:
    above = lbp.explain(PATCH, 0, 0, points=4).neighbours[1]
    assert (above.pixels, above.values, above.bit) == (((-1, 0),), (0,), 0)


# Histograms


def test_a_histogram_counts_each_cell() -> None:
    codes = lbp.codes(noise(2, 3, 17, 23), kind="uniform")
    counts = lbp.histogram(codes, bins=59, grid=(3, 4), normalise=False)
    assert counts.shape == (2, 3, 3, 4, 59)
    assert counts.dtype == torch.int64
    edges = [[-(-cell * side // cells) for cell in range(cells + 1)] for cells, side in ((3, 17), (4, 23))]
    for image, row, column in itertools.product(range(3), range(3), range(4)):
        cell = codes[1, image, edges[0][row] : edges[0][row + 1], edges[1][column] : edges[1][column + 1]]
        assert torch.equal(counts[1, image, row, column], torch.bincount(cell.flatten(), minlength=59))


def test_normalised_histograms_sum_to_one() -> None:
    histogram = lbp.histogram(lbp.codes(noise(4, 16, 18)), bins=256, grid=(4, 5))
    assert histogram.dtype == torch.float32
    torch.testing.assert_close(histogram.sum(-1), torch.ones(4, 4, 5))


@pytest.mark.parametrize("kind", ["rotation_invariant", "uniform_rotation_invariant"])
def test_the_histogram_of_a_turned_picture_stays(kind: str) -> None:
    image = noise(20, 20)
    counts = [lbp.histogram(lbp.codes(turned, kind=kind), bins=256) for turned in (image, image.rot90())]
    assert torch.equal(*counts)


# Three orthogonal planes


@pytest.mark.parametrize(
    ("kind", "points", "radius", "time_radius"),
    [
        ("uniform", 8, 1.0, 1.0),
        ("circle", 8, 2.0, 1.0),
        ("uniform_rotation_invariant", 6, 1.0, 2.5),
        ("original", 8, 1, 1),
    ],
)
def test_three_planes_equal_a_loop_over_voxels(kind: str, points: int, radius: float, time_radius: float) -> None:
    clip = noise(8, 9, 10)
    result = lbp.three_planes(clip, points=points, radius=radius, time_radius=time_radius, kind=kind, normalise=False)
    expected = torch.zeros(3, 1, 1, lbp.bins(kind, points), dtype=torch.int64)
    space, time = int(np.ceil(radius)), int(np.ceil(time_radius))
    inner = itertools.product(range(time, 8 - time), range(space, 9 - space), range(space, 10 - space))
    for t, y, x in inner:
        places = ((clip[t], y, x, radius), (clip[:, y, :], t, x, time_radius), (clip[:, :, x], t, y, time_radius))
        for plane, (image, row, column, row_radius) in enumerate(places):
            expected[plane, 0, 0, code_by_hand(image, row, column, kind, points, row_radius, radius)] += 1
    assert torch.equal(result, expected)


def code_by_hand(
    image: torch.Tensor, row: int, column: int, kind: str, points: int, row_radius: float, column_radius: float
) -> int:
    """One code of an elliptical neighbourhood in fractions; the meaning of each kind spelt out once more."""
    if kind == "original":
        return lbp.explain(image, row, column, kind=kind).code
    bits = []
    for angle in (2 * np.pi * point / points for point in range(points)):
        down = Fraction(round(-row_radius * np.sin(angle) * 10**5), 10**5)
        across = Fraction(round(column_radius * np.cos(angle) * 10**5), 10**5)
        value = sum(
            max(0, 1 - abs(down - i)) * max(0, 1 - abs(across - j)) * int(image[row + i, column + j])
            for i in range(int(np.floor(down)), int(np.ceil(down)) + 1)
            for j in range(int(np.floor(across)), int(np.ceil(across)) + 1)
        )
        bits.append(int(value >= int(image[row, column])))
    changes = sum(bits[index] != bits[index - 1] for index in range(points))
    if kind == "uniform_rotation_invariant":
        return sum(bits) if changes <= 2 else points + 1
    if kind == "uniform" and changes > 2:
        return points * (points - 1) + 2
    if kind == "uniform" and 0 < sum(bits) < points:
        first = next(index for index in range(points) if bits[index] and not bits[index - 1])
        return 1 + (sum(bits) - 1) * points + (points - first) % points
    if kind == "uniform":
        return points * (points - 1) + 1 if all(bits) else 0
    return sum(bit << index for index, bit in enumerate(bits))


def test_three_planes_of_batches_and_cells_sum_to_one() -> None:
    clips = noise(2, 6, 12, 14)
    result = lbp.three_planes(clips, grid=(2, 3))
    assert result.shape == (2, 3, 2, 3, 59)
    torch.testing.assert_close(result.sum(-1), torch.ones(2, 3, 2, 3))
    assert torch.equal(result[1], lbp.three_planes(clips[1], grid=(2, 3)))


def test_a_still_clip_moves_in_no_plane_of_time() -> None:
    """Along t all neighbours tie, so patterns in XT are the same read forwards and backwards in time."""
    clip = noise(1, 12, 12).expand(6, 12, 12)
    assert torch.equal(lbp.three_planes(clip), lbp.three_planes(clip.flip(0)))
    xy = lbp.histogram(lbp.codes(clip[0], kind="uniform")[1:-1, 1:-1], bins=59)
    torch.testing.assert_close(lbp.three_planes(clip)[0], xy)


# Refusals


@pytest.mark.parametrize(
    ("image", "options", "error", "message"),
    [
        ([[1, 2], [3, 4]], {}, TypeError, "images must be a torch.Tensor; got list"),
        (torch.ones(3, 3, dtype=torch.bool), {}, TypeError, "images must be integers .* or floats .*; got torch.bool"),
        (torch.ones(3, 3, dtype=torch.complex64), {}, TypeError, "got torch.complex64"),
        (torch.ones(3, 3, dtype=torch.uint64), {}, TypeError, "integers up to int64.*; got torch.uint64"),
        (torch.ones(3), {}, ValueError, r"images must have the shape \(..., H, W\), no side 0; got \(3,\)"),
        (torch.ones(2, 0, 3), {}, ValueError, r"no side 0; got \(2, 0, 3\)"),
        (torch.tensor([[1.0, float("nan")]]), {}, ValueError, "images must be finite; got NaN or infinite"),
        (torch.tensor([[1.0, float("inf")]]), {}, ValueError, "images must be finite; got NaN or infinite"),
        (torch.tensor([[0, 2**62]]), {"radius": 2.0}, ValueError, "images must differ by at most [0-9]+ gray levels"),
        (PATCH, {"kind": "default"}, ValueError, "kind must be one of original, circle, .*; got 'default'"),
        (PATCH, {"kind": 8}, TypeError, "kind must be a str; got int"),
        (PATCH, {"points": 8.0}, TypeError, "points must be an int; got float"),
        (PATCH, {"points": True}, TypeError, "points must be an int; got bool"),
        (PATCH, {"points": 2}, ValueError, "points must be from 3 to 24; got 2"),
        (PATCH, {"points": 25}, ValueError, "points must be from 3 to 24; got 25"),
        (PATCH, {"radius": "1"}, TypeError, "radius must be a number; got str"),
        (PATCH, {"radius": 0.0}, ValueError, r"radius must be from 0.1 to 64.0 pixels; got 0.0"),
        (PATCH, {"radius": 65}, ValueError, r"radius must be from 0.1 to 64.0 pixels; got 65"),
        (PATCH, {"radius": float("nan")}, ValueError, "radius must be .*; got nan"),
        (PATCH, {"kind": "original", "points": 16}, ValueError, "kind 'original' is the 3x3 square .* got 16 points"),
        (PATCH, {"kind": "original", "radius": 2.0}, ValueError, "radius 1; got 8 points and radius 2.0: use kind"),
    ],
)
def test_codes_refuses_what_does_not_fit(image: object, options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        lbp.codes(image, **options)


@pytest.mark.parametrize("function", [lbp.bins, lbp.values])
def test_counting_codes_refuses_what_does_not_fit(function: object) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        function("round", 8)
    with pytest.raises(ValueError, match="points must be from 3 to 24; got 32"):
        function("uniform", 32)
    with pytest.raises(ValueError, match="kind 'original' is the 3x3 square"):
        function("original", 16)


@pytest.mark.parametrize(
    ("codes", "options", "error", "message"),
    [
        (torch.ones(2, 2), {}, TypeError, "codes must be an integer torch.Tensor; got torch.float32"),
        ([[1]], {}, TypeError, "codes must be an integer torch.Tensor; got list"),
        (torch.zeros(3, dtype=torch.uint8), {}, ValueError, r"codes must have the shape \(..., H, W\); got \(3,\)"),
        (PATCH, {"bins": 9}, ValueError, "codes must be from 0 to 8 for 9 bins; got 1 to 9"),
        (PATCH.int() - 2, {}, ValueError, "codes must be from 0 to 255 for 256 bins; got -1 to 7"),
        (PATCH, {"bins": "uniform"}, TypeError, "bins must be an int, as .*; got str"),
        (PATCH, {"bins": 0}, ValueError, "bins must be at least 1; got 0"),
        (PATCH, {"grid": 3}, TypeError, r"grid must be a tuple of two ints, \(rows, columns\); got 3"),
        (PATCH, {"grid": (1, 2.0)}, TypeError, "grid must be a tuple of two ints"),
        (PATCH, {"grid": (1, 4)}, ValueError, r"grid must be from \(1, 1\) to the size \(3, 3\).*; got \(1, 4\)"),
        (PATCH, {"grid": (0, 1)}, ValueError, r"got \(0, 1\)"),
    ],
)
def test_histogram_refuses_what_does_not_fit(
    codes: object, options: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        lbp.histogram(codes, **({"bins": 256} | options))


@pytest.mark.parametrize(
    ("clip", "options", "error", "message"),
    [
        (noise(5, 5), {}, ValueError, r"clips must have the shape \(..., T, H, W\)"),
        (noise(2, 5, 5), {}, ValueError, r"clips must have at least \(T, H, W\) = \(3, 3, 3\) .*; got \(2, 5, 5\)"),
        (noise(9, 5, 5), {"time_radius": 4.5}, ValueError, r"= \(11, 3, 3\) for radius 1.0 and time_radius 4.5"),
        (noise(5, 5, 5), {"time_radius": 0}, ValueError, "time_radius must be from 0.1 to 64.0"),
        (noise(5, 5, 5), {"time_radius": "1"}, TypeError, "time_radius must be a number; got str"),
        (noise(5, 5, 5), {"kind": "original", "time_radius": 2}, ValueError, "8 points and time_radius 1"),
        (noise(5, 5, 5), {"grid": (4, 1)}, ValueError, r"grid must be from \(1, 1\) to the size \(3, 3\)"),
    ],
)
def test_three_planes_refuses_what_does_not_fit(
    clip: torch.Tensor, options: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        lbp.three_planes(clip, **options)


def test_explain_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"image must have the shape \(H, W\); got \(1, 3, 3\)"):
        lbp.explain(PATCH[None], 1, 1)
    with pytest.raises(IndexError, match=r"pixel \(3, 0\) lies outside the image of shape \(3, 3\)"):
        lbp.explain(PATCH, 3, 0)
    with pytest.raises(IndexError, match=r"pixel \(0, -1\) lies outside"):
        lbp.explain(PATCH, 0, -1)
    with pytest.raises(TypeError, match="row and column must be ints; got int and float"):
        lbp.explain(PATCH, 1, 1.0)


# Colours are no batch of pictures: each function that takes pictures or codes was looked at

TAKES_PICTURES = {
    "codes": (lbp.codes, "images", 2),
    "histogram": (lambda codes, **more: lbp.histogram(codes, bins=256, **more), "codes", 2),
    "three_planes": (lambda clips, **more: lbp.three_planes(clips, normalise=False, **more), "clips", 3),
}


def test_every_public_function_is_listed_or_takes_no_picture() -> None:
    assert set(lbp.__all__) == {*TAKES_PICTURES, "explain", "KINDS", "Explanation", "Neighbour", "bins", "values"}


@pytest.mark.parametrize("entry", TAKES_PICTURES)
@pytest.mark.parametrize("colours", [1, 3, 4])
@pytest.mark.parametrize("batch", [(), (6,), (2, 6)])
def test_a_last_axis_of_colours_is_refused_unless_the_axes_are_named(
    entry: str, colours: int, batch: tuple[int, ...]
) -> None:
    function, name, count = TAKES_PICTURES[entry]
    pictures = noise(*batch, 8, 9, colours)
    with pytest.raises(ValueError, match=rf"{name} must have the shape \(\.\.\., .*looks like colours: make it gray"):
        function(pictures)
    if pictures.ndim > count:
        told = function(pictures, axes=tuple(range(-count - 1, -1)))
        apart = function(pictures.movedim(-1, 0), axes=tuple(range(-count, 0)))
        for colour in range(colours):
            assert torch.equal(apart[colour], function(pictures[..., colour]))
        assert torch.equal(told, apart.movedim(0, -1) if entry == "codes" else apart.movedim(0, len(batch) + 2 - count))


def test_narrow_pictures_are_coded_when_the_axes_say_so() -> None:
    patches = noise(5, 3, 3)
    named = lbp.codes(patches, axes=(-2, -1))
    assert torch.equal(named, torch.stack([lbp.codes(patch) for patch in patches]))
    assert torch.equal(
        lbp.histogram(named, bins=256, axes=(-2, -1)), torch.stack([lbp.histogram(one, bins=256) for one in named])
    )
    turned = patches.movedim(2, 0)
    assert torch.equal(lbp.three_planes(patches, axes=(0, 1, 2)), lbp.three_planes(turned, axes=(1, 2, 0)))


def test_the_explanation_takes_one_gray_picture() -> None:
    for colours in (1, 3, 4):
        with pytest.raises(ValueError, match=r"image must have the shape \(H, W\); got .*; give one channel, image"):
            lbp.explain(noise(8, 9, colours), 1, 1)


@pytest.mark.parametrize("entry", TAKES_PICTURES)
def test_axes_that_do_not_fit_are_refused(entry: str) -> None:
    function, name, count = TAKES_PICTURES[entry]
    for axes in ([0, 1, 2][:count], (0,), (0.0, 1, 2)[:count], 1, (0, 1, 2, 3)):
        with pytest.raises(TypeError, match=rf"axes must be a tuple of {count} ints, the places of .*H, W; got"):
            function(noise(6, 7, 8), axes=axes)
    for axes in ((0, 0, 1)[:count], (0, 1, 9)[-count:], (2, -1, 0)[:count]):
        with pytest.raises(ValueError, match=rf"axes must be {count} different axes of {name} \(6, 7, 8\); got"):
            function(noise(6, 7, 8), axes=axes)


# The examples in the documentation, and the benchmark


def test_the_examples_in_the_documentation_are_true() -> None:
    results = [doctest.testmod(module) for module in (coding, steps)]
    assert sum(result.attempted for result in results) > 5
    assert [result.failed for result in results] == [0, 0]


def test_the_benchmark_prints_a_line_for_each_kind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    monkeypatch.syspath_prepend(str(request.path.parents[1] / "benchmarks"))
    import bench_lbp  # lies beside its clock, as a script does

    threads = torch.get_num_threads()
    bench_lbp.main(runs=1, count=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("calibration: ")
    assert [line.split()[0] for line in lines if line.endswith("%")] == list(METHODS) * 4
    assert torch.get_num_threads() == threads
