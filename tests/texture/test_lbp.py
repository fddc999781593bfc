"""Local binary patterns: worked numbers, two oracles, invariances, properties."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from lbp_pictures import METHODS, NEIGHBOURHOODS, PATCH, noise, pictures
from skimage.feature import local_binary_pattern

from ferviz import lbp


def differences(image: torch.Tensor, points: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Neighbour minus centre in units of 1e-10, computed apart from ferviz in whole numbers.

    Returns (P, H, W) objects (Python integers), and (P,) whether the neighbour lies between pixels.
    """
    grey = image.numpy().astype(object)
    height, width = grey.shape
    pad = int(np.ceil(radius)) + 1
    wide = np.pad(grey, pad, constant_values=0)
    angle = 2 * np.pi * np.arange(points) / points
    steps = [np.rint(np.round(side, 5) * 1e5).astype(int) for side in (-radius * np.sin(angle), radius * np.cos(angle))]
    result = np.zeros((points, height, width), dtype=object)
    for index, (row, column) in enumerate(zip(*steps, strict=True)):
        for i, j in itertools.product(range(-pad, pad + 1), repeat=2):
            weight = max(0, 10**5 - abs(int(row) - i * 10**5)) * max(0, 10**5 - abs(int(column) - j * 10**5))
            if weight:
                result[index] += weight * (wide[pad + i :, pad + j :][:height, :width] - grey)
    return result, np.array([row % 10**5 != 0 or column % 10**5 != 0 for row, column in zip(*steps, strict=True)])


# Worked numbers


def test_the_worked_patch_has_the_code_241() -> None:
    assert lbp.codes(PATCH, kind="original")[1, 1] == 241


def test_each_corner_of_the_square_writes_its_own_bit() -> None:
    clockwise = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    for bit, place in enumerate(clockwise):
        patch = torch.zeros(3, 3, dtype=torch.uint8)
        patch[1, 1], patch[place] = 5, 9
        assert lbp.codes(patch, kind="original")[1, 1] == 2**bit


def test_the_circle_starts_at_the_right_and_runs_counter_clockwise() -> None:
    for bit, place in enumerate([(1, 2), (0, 1), (1, 0), (2, 1)]):
        patch = torch.zeros(3, 3, dtype=torch.uint8)
        patch[1, 1], patch[place] = 5, 9
        assert lbp.codes(patch, points=4)[1, 1] == 2**bit


def test_a_flat_picture_ties_everywhere_but_at_its_border() -> None:
    for points, radius in NEIGHBOURHOODS:
        reach = int(np.ceil(radius))
        codes = lbp.codes(torch.full((12, 12), 77, dtype=torch.uint8), points=points, radius=radius)
        assert (codes[reach:-reach, reach:-reach] == 2**points - 1).all()
        assert (codes[0] < 2**points - 1).all()


@pytest.mark.parametrize(
    ("kind", "points", "bins", "values"),
    [
        ("original", 8, 256, 256),
        ("circle", 4, 16, 16),
        ("uniform", 4, 15, 15),
        ("uniform", 8, 59, 59),
        ("uniform", 16, 243, 243),
        ("rotation_invariant", 4, 16, 6),
        ("rotation_invariant", 8, 256, 36),
        ("uniform_rotation_invariant", 8, 10, 10),
        ("uniform_rotation_invariant", 16, 18, 18),
    ],
)
def test_the_number_of_codes(kind: str, points: int, bins: int, values: int) -> None:
    occurring = lbp.values(kind, points)
    assert lbp.bins(kind, points) == bins
    assert len(occurring) == values
    assert occurring.tolist() == sorted(set(occurring.tolist()))
    assert int(occurring[-1]) < bins
    assert occurring.dtype == lbp.codes(noise(2, 2), kind=kind, points=points).dtype


@pytest.mark.parametrize("kind", lbp.KINDS[1:])
def test_the_dtype_is_the_narrowest_of_uint8_and_int32(kind: str) -> None:
    for points in (4, 8, 9, 16, 24):
        expected = torch.uint8 if lbp.bins(kind, points) <= 256 else torch.int32
        assert lbp.codes(noise(5, 5), points=points, kind=kind).dtype == expected


# scikit-image and exact arithmetic as oracles


@pytest.mark.parametrize(("points", "radius"), NEIGHBOURHOODS)
@pytest.mark.parametrize("name", pictures())
def test_equals_scikit_image_where_no_interpolated_neighbour_ties(name: str, points: int, radius: float) -> None:
    image = pictures()[name]
    difference, interpolated = differences(image, points, radius)
    tied = (np.abs(difference[interpolated]) < 10**4).any(axis=0)  # 1e-6 grey levels, in units of 1e-10
    for kind, method in METHODS.items():
        ours = lbp.codes(image, points=points, radius=radius, kind=kind).numpy()
        theirs = local_binary_pattern(image.numpy(), points, radius, method)
        np.testing.assert_array_equal(ours[~tied], theirs[~tied])
    if name in ("noise", "photo", "16 bit", "signed") or not interpolated.any():
        assert tied.mean() < 0.25  # the comparison above covers the picture


@pytest.mark.parametrize(("points", "radius"), NEIGHBOURHOODS)
@pytest.mark.parametrize("name", pictures())
def test_equals_exact_arithmetic_everywhere(name: str, points: int, radius: float) -> None:
    image = pictures()[name]
    bits = differences(image, points, radius)[0] >= 0
    plain = sum(bits[bit].astype(np.int64) << bit for bit in range(points))
    np.testing.assert_array_equal(lbp.codes(image, points=points, radius=radius).numpy(), plain)


@pytest.mark.parametrize(("points", "radius"), [(8, 1.0), (8, 2.0), (16, 2.0), (24, 3.0)])
def test_a_diagonal_slope_has_one_code_everywhere(points: int, radius: float) -> None:
    """Its diagonal neighbours tie by interpolation; scikit-image's rounding gives this slope four codes at 16/2."""
    slope = torch.arange(60, dtype=torch.uint8)[:, None] + torch.arange(60, dtype=torch.uint8)
    assert len(lbp.codes(slope, points=points, radius=radius)[3:-3, 3:-3].unique()) == 1


@pytest.mark.parametrize("dtype", [torch.int8, torch.int16, torch.int32, torch.uint32, torch.int64, torch.float64])
def test_the_dtype_of_the_picture_does_not_matter(dtype: torch.dtype) -> None:
    image = noise(20, 20, top=128)
    for points, radius in NEIGHBOURHOODS:
        expected = lbp.codes(image, points=points, radius=radius)
        assert torch.equal(lbp.codes(image.to(dtype), points=points, radius=radius), expected)


@pytest.mark.parametrize("scale", [1, 1_000, 900_000])
def test_wide_integers_stay_exact(scale: int) -> None:
    """Whole numbers that need 32-bit, float64 and 64-bit sums; a scale changes no comparison."""
    image = noise(20, 20, top=500, dtype=torch.int64)
    for points, radius in NEIGHBOURHOODS:
        expected = lbp.codes(image, points=points, radius=radius)
        assert torch.equal(lbp.codes(image * scale, points=points, radius=radius), expected)


@pytest.mark.parametrize(("sign", "bit"), [(1, 1), (-1, 0)])
@pytest.mark.parametrize(
    ("digits", "dtype"), [(14, torch.int16), (15, torch.int32), (28, torch.int64), (24, torch.float32)]
)
def test_the_closest_of_decisions_are_right(digits: int, dtype: torch.dtype, sign: int, bit: int) -> None:
    """Two pixels weigh against each other so closely that a type too narrow for the sum would round it to a tie."""
    far, near = 41421**2, 58579**2  # the weights of two pixels above right at radius 2, in units of 1e-10
    for largest in (2**digit for digit in range(2, digits + 1)):
        ratio = Fraction(far, near).limit_denominator(largest)
        towards = sign if far * ratio.denominator > near * ratio.numerator else -sign
        image = torch.zeros(5, 5, dtype=dtype)
        image[0, 4], image[1, 3] = towards * ratio.denominator, -towards * ratio.numerator
        assert lbp.codes(image, radius=2.0)[2, 2] >> 1 & 1 == bit
        assert lbp.explain(image, 2, 2, radius=2.0).neighbours[1].bit == bit


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_ties_of_whole_numbers_are_exact_in_float_pictures_too(dtype: torch.dtype) -> None:
    for name in ("few levels", "rows", "slope", "checks", "flat"):
        image = pictures()[name]
        for points, radius in NEIGHBOURHOODS:
            expected = lbp.codes(image, points=points, radius=radius)
            assert torch.equal(lbp.codes(image.to(dtype), points=points, radius=radius), expected)


def test_pictures_beyond_one_block_and_in_batches_are_coded_one_by_one() -> None:
    images = noise(2, 3, 150, 131)
    codes = lbp.codes(images, points=16, radius=2.0, kind="uniform")
    assert codes.shape == images.shape
    assert codes.is_contiguous()
    for index in itertools.product(range(2), range(3)):
        assert torch.equal(codes[index], lbp.codes(images[index], points=16, radius=2.0, kind="uniform"))


def test_an_empty_batch_gives_an_empty_batch() -> None:
    assert lbp.codes(noise(0, 4, 5).int()).shape == (0, 4, 5)
    assert lbp.histogram(lbp.codes(noise(0, 4, 5)), bins=256).shape == (0, 1, 1, 256)


def test_views_and_gradients_are_left_alone() -> None:
    image = noise(12, 12).float()
    before = image.clone()
    assert torch.equal(lbp.codes(image.T), lbp.codes(image.T.contiguous()))
    assert not lbp.codes(image.requires_grad_()).requires_grad
    assert torch.equal(image.detach(), before)


# Invariances


@pytest.mark.parametrize("kind", lbp.KINDS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float32])
def test_a_shifted_picture_has_shifted_codes(kind: str, dtype: torch.dtype) -> None:
    """Each cut of the picture gives the codes of the whole, away from the cut's border; ties and rounding included."""
    top = {torch.uint8: 4, torch.int64: 2**33}.get(dtype, 2**24)
    image = noise(40, 43, top=top, dtype=torch.int64).to(dtype)
    image = image / 7 if dtype.is_floating_point else image // 2**5 if dtype == torch.int64 else image
    for points, radius in [(8, 1.0)] if kind == "original" else [(8, 1.0), (16, 2.0), (8, 1.5)]:
        reach = int(np.ceil(radius))
        whole = lbp.codes(image, points=points, radius=radius, kind=kind)
        for row, column in itertools.product(range(7), repeat=2):
            cut = lbp.codes(image[row : row + 30, column : column + 31], points=points, radius=radius, kind=kind)
            moved = whole[row : row + 30, column : column + 31]
            assert torch.equal(cut[reach:-reach, reach:-reach], moved[reach:-reach, reach:-reach])


@pytest.mark.parametrize("kind", lbp.KINDS)
def test_brightness_does_not_matter_away_from_the_border(kind: str) -> None:
    image = noise(20, 20, top=200)
    inner = (slice(1, -1), slice(1, -1))
    assert torch.equal(lbp.codes(image + 55, kind=kind)[inner], lbp.codes(image, kind=kind)[inner])


@pytest.mark.parametrize("kind", lbp.KINDS)
def test_contrast_does_not_matter(kind: str) -> None:
    image = noise(20, 20, top=80)
    assert torch.equal(lbp.codes(image * 3, kind=kind), lbp.codes(image, kind=kind))


@given(levels=st.sets(st.integers(1, 10**6), min_size=16, max_size=16))
def test_any_increasing_map_leaves_the_original_codes(levels: set[int]) -> None:
    image = noise(9, 9, top=16, dtype=torch.int64)
    mapped = torch.tensor(sorted(levels))[image]
    inner = (slice(1, -1), slice(1, -1))
    assert torch.equal(lbp.codes(mapped, kind="original")[inner], lbp.codes(image, kind="original")[inner])


def test_an_increasing_map_can_change_the_codes_of_the_circle() -> None:
    """Its diagonal neighbours are averages, and averages do not survive a curve."""
    image = noise(20, 20, dtype=torch.int64)
    assert not torch.equal(lbp.codes(image**3)[1:-1, 1:-1], lbp.codes(image)[1:-1, 1:-1])


@pytest.mark.parametrize("kind", ["rotation_invariant", "uniform_rotation_invariant"])
@pytest.mark.parametrize(("points", "radius"), [(8, 1.0), (4, 1.0), (16, 2.0), (24, 3.0)])
def test_codes_that_turn_with_the_picture(kind: str, points: int, radius: float) -> None:
    for image in (picture.int() for picture in pictures().values()):
        for quarter in (1, 2, 3):
            turned = lbp.codes(image.rot90(quarter), points=points, radius=radius, kind=kind)
            assert torch.equal(turned, lbp.codes(image, points=points, radius=radius, kind=kind).rot90(quarter))


@pytest.mark.parametrize("kind", ["original", "circle", "uniform"])
def test_codes_that_do_not_turn_with_the_picture(kind: str) -> None:
    assert lbp.codes(PATCH.rot90(), kind=kind)[1, 1] != lbp.codes(PATCH, kind=kind)[1, 1]


def test_a_quarter_turn_turns_the_bits_of_the_circle() -> None:
    plain = int(lbp.codes(PATCH)[1, 1])
    turned = int(lbp.codes(PATCH.rot90())[1, 1])
    assert turned == ((plain << 2) | (plain >> 6)) & 255


# Properties

integer_images = arrays.arrays(
    st.sampled_from([np.uint8, np.int8, np.int16, np.uint16, np.int32, np.int64]),
    arrays.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=9),
)
float_images = arrays.arrays(
    st.sampled_from([np.float16, np.float32, np.float64]),
    arrays.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=9),
    elements=st.floats(width=16),
)


@settings(deadline=None, max_examples=150)
@given(
    array=integer_images | float_images,
    points=st.integers(-2, 26),
    radius=st.floats(0.1, 7.0) | st.floats() | st.integers(-1, 5),
    kind=st.sampled_from((*lbp.KINDS, "default")),
)
def test_codes_fit_their_bins_or_the_refusal_says_why(array: np.ndarray, points: int, radius: float, kind: str) -> None:
    try:
        codes = lbp.codes(torch.from_numpy(array), points=points, radius=radius, kind=kind)
    except ValueError as refusal:
        named = str(refusal).split()[0]
        codes = None
    if codes is None:
        assert named in ("images", "points", "radius", "kind")
        return
    assert codes.shape == array.shape
    assert not codes.is_floating_point()
    assert 0 <= int(codes.min()) <= int(codes.max()) < lbp.bins(kind, points)


@settings(deadline=None, max_examples=80)
@given(
    data=st.data(),
    array=integer_images | float_images,
    points=st.integers(3, 24),
    radius=st.floats(0.1, 4.0),
    kind=st.sampled_from(lbp.KINDS),
)
def test_the_explanation_agrees_with_the_codes(
    data: st.DataObject, array: np.ndarray, points: int, radius: float, kind: str
) -> None:
    assume(np.isfinite(array).all())
    image = torch.from_numpy(array.reshape(-1, array.shape[-1]))
    points, radius = (8, 1.0) if kind == "original" else (points, radius)
    row, column = (data.draw(st.integers(0, side - 1)) for side in image.shape)
    options = {"points": points, "radius": radius, "kind": kind}
    try:
        expected: int | str = int(lbp.codes(image, **options)[row, column])
    except ValueError as refusal:  # integers too large: the explanation refuses them in the same words
        expected = str(refusal)
    try:
        explained: int | str = lbp.explain(image, row, column, **options).code
    except ValueError as refusal:
        explained = str(refusal)
    assert explained == expected
