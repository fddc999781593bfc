"""The papers: one row for each, from which everything that belongs to a paper is listed.

The zoo, ``ferviz train``, the cards, the pictures and table of README and the lessons' references are made from these
rows, and a test says which piece of a paper is missing. To add a paper, add its files and one row (CONTRIBUTING.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

__all__ = ["BASELINE", "NETWORKS", "PAPERS", "Network", "Paper", "Papers", "lesson_link", "papers"]


@dataclass(frozen=True)
class Network:
    """A trained network: ``ferviz.models.<model>.shipped(variant)`` builds it, before its weights.

    ``name`` is what `load_model` and ``ferviz train`` call it, and what its file of weights and its card are called.
    """

    name: str
    model: str
    variant: str = ""


@dataclass(frozen=True)
class Paper:
    """What belongs to a paper. Files are named, never loaded.

    Parameters
    ----------
    slug : str
        A short name, without spaces.
    title, authors, venue, link : str
        The reference: ``venue`` with the year, ``link`` an address of DOI or arXiv.
    idea : str
        One sentence.
    networks : tuple of Network
        What ships trained.
    recipe : str
        The module of ``ferviz.learning.recipes`` that trains them.
    explorers : tuple of str
        Classes of ``ferviz.explorers``.
    lesson, lesson_title, lesson_about : str
        The notebook without its suffix, its title, and what it is about in half a sentence.
    measured : tuple of str
        Files of ``ferviz/assets/measured``, without their suffix.
    commands : tuple of str
        Scripts of ``data_scripts`` that measure.
    stands : bool
        Whether it is built. A paper that is still to come has a reference, and a recipe where its networks can be
        trained already; nothing else.
    """

    slug: str
    title: str
    authors: str
    venue: str
    link: str
    idea: str
    networks: tuple[Network, ...] = ()
    recipe: str = ""
    explorers: tuple[str, ...] = ()
    lesson: str = ""
    lesson_title: str = ""
    lesson_about: str = ""
    measured: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    stands: bool = True

    @property
    def reference(self) -> str:
        """Authors, title, venue and address, in one line."""
        return f"{self.authors}, “{self.title}”, {self.venue}. {self.link}"


BASELINE = Network("mini-xception", "mini_xception")
"""The published network that every lesson starts from. It belongs to none of the five papers."""

_ROWS = (
    Paper(
        slug="lbp-attention",
        title="Attention mechanism-based CNN for facial expression recognition",
        authors="J. Li, K. Jin, D. Zhou, N. Kubota, Z. Ju",
        venue="Neurocomputing 411, 2020",
        link="https://doi.org/10.1016/j.neucom.2020.06.014",
        idea="A picture of the face's texture helps to decide which of the photo's features are made stronger.",
        networks=(
            Network("lbp-attention", "lbp_attention", "FER2013"),
            Network("lbp-attention-ferplus", "lbp_attention", "FER+"),
            Network("lbp-attention-synthetic", "lbp_attention", "FER2013"),
        ),
        recipe="lbp_attention",
        explorers=("LBPStepper", "Masks"),
        lesson="03_attention_masks",
        lesson_title="03 · Attention masks",
        lesson_about="a network that reads a face and its local binary patterns, and its mask, held against the "
        "pixels that changed",
        measured=("ablation", "masks", "zoo", "label_noise", "pretext"),
        commands=("measure_ablation.py", "measure_masks.py", "measure_zoo.py", "measure_label_noise.py"),
    ),
    Paper(
        slug="frame-attention",
        title="Frame attention networks for facial expression recognition in videos",
        authors="D. Meng, X. Peng, K. Wang, Y. Qiao",
        venue="ICIP 2019",
        link="https://arxiv.org/abs/1907.00193",
        idea="A clip's vector is a mean of its frames' vectors, with a learned weight for each frame.",
        networks=(
            Network("fan", "frame_attention", "relation"),
            Network("fan-self", "frame_attention", "self"),
            Network("fan-pool", "frame_attention", "pool"),
            Network("fan-mean", "frame_attention", "mean"),
        ),
        recipe="frame_attention",
        explorers=("Frames",),
        lesson="04_frame_attention",
        lesson_title="04 · Frame attention",
        lesson_about="a network that weighs the frames of a clip, held against intensity and evidence",
        measured=("fan", "fan_pixels", "video_features"),
        commands=("measure_fan.py", "measure_fan_pixels.py", "measure_video_features.py"),
    ),
    Paper(
        slug="region-attention",
        title="Region attention networks for pose and occlusion robust facial expression recognition",
        authors="K. Wang, X. Peng, J. Yang, D. Meng, Y. Qiao",
        venue="IEEE Transactions on Image Processing, 2020",
        link="https://arxiv.org/abs/1905.04075",
        idea="The face and several crops of it go through one network, and two stages of attention weigh them.",
        networks=(
            Network("ran", "region_attention", "relation"),
            Network("ran-mean", "region_attention", "mean"),
            Network("ran-face", "region_attention", "face"),
        ),
        recipe="region_attention",
        explorers=("Regions",),
        lesson="05_region_attention",
        lesson_title="05 · Region attention",
        lesson_about="a network that weighs crops of a face, held against what a cover hides and where an expression "
        "shows",
        measured=("ran",),
        commands=("measure_ran.py",),
    ),
    Paper(
        slug="multi-task",
        title="Facial expression and attributes recognition based on multi-task learning of lightweight neural "
        "networks",
        authors="A. V. Savchenko",
        venue="SISY 2021",
        link="https://arxiv.org/abs/2103.17107",
        idea="One light body that has learned to tell people apart carries small heads for several questions.",
        networks=(
            Network("mtl", "multi_task", "mobilenet"),
            Network("mtl-head", "multi_task", "mobilenet"),
        ),
        recipe="multi_task",
        explorers=("Heads", "Statistics"),
        lesson="06_one_body_many_heads",
        lesson_title="06 · One body, many heads",
        lesson_about="a light network that learns people first and expressions then, and what tuning it for one head "
        "does to the others",
        measured=("mtl", "mtl_small", "mtl_given", "mtl_longer", "costs"),
        commands=(
            "measure_mtl.py",
            "measure_mtl_small.py",
            "measure_mtl_given.py",
            "measure_longer.py",
            "measure_costs.py",
        ),
    ),
    Paper(
        slug="audio-video",
        title="Exploring emotion features and fusion strategies for audio-video emotion recognition",
        authors="H. Zhou, D. Meng, Y. Zhang, X. Peng, J. Du, K. Wang, Y. Qiao",
        venue="ICMI 2019",
        link="https://arxiv.org/abs/2012.13912",
        idea="Face and voice are pooled by attention, each on its own, and multiplied.",
        networks=(
            Network("av", "audio_video", "both"),
            Network("av-face", "audio_video", "face"),
            Network("av-voice", "audio_video", "voice"),
            Network("av-self", "audio_video", "both-self"),
            Network("av-mean", "audio_video", "both-mean"),
            Network("av-concatenation", "audio_video", "both-concatenation"),
        ),
        recipe="audio_video",
        explorers=("TwoStreams", "Viewers"),
        lesson="07_face_and_voice",
        lesson_title="07 · Face and voice",
        lesson_about="a network of two streams, whom it follows where they part, and whom people follow",
        measured=("av_votes", "av_voices", "av_films", "av_conditions"),
        commands=(
            "measure_av_votes.py",
            "measure_av_voices.py",
            "measure_av_films.py",
            "measure_av_conditions.py",
        ),
    ),
)

PAPERS: Mapping[str, Paper] = MappingProxyType({row.slug: row for row in _ROWS})
"""Slug → row, in the order in which the papers are told."""

NETWORKS: Mapping[str, Network] = MappingProxyType(
    {network.name: network for network in (BASELINE, *(n for row in _ROWS for n in row.networks))}
)
"""Name → network, for everything that ships trained."""


class Papers(tuple[Paper, ...]):
    """The papers, shown as a table."""

    def __repr__(self) -> str:
        return "\n".join(f"{row.slug}: {row.reference}{'' if row.stands else ' (to come)'}" for row in self)

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col' style='text-align:left'>{name}</th>" for name in ("paper", "idea", "here"))
        body = "".join(
            f"<tr><td style='text-align:left'>{escape(row.authors)}, <a href='{escape(row.link)}'>{escape(row.title)}"
            f"</a>, {escape(row.venue)}</td><td style='text-align:left'>{escape(row.idea)}</td>"
            f"<td style='text-align:left'>{'<br>'.join(map(escape, _here(row)))}</td></tr>"
            for row in self
        )
        return f"<table aria-label='Papers'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def markdown(self) -> str:
        """The table as README shows it."""
        rows = (f"| {r.authors}, [{r.title}]({r.link}), {r.venue} | {r.idea} | {'; '.join(_here(r))} |" for r in self)
        return "\n".join(("| paper | idea | here |", "|---|---|---|", *rows))


def _here(row: Paper) -> list[str]:
    if not row.stands:
        return ["to come"]
    networks = ", ".join(network.name for network in row.networks)
    return [f"lesson {row.lesson_title}", f"networks {networks}", f"explorers {', '.join(row.explorers)}"]


def papers() -> Papers:
    """The papers that ferviz is about, in order; those that are still to come are marked as such.

    Examples
    --------
    >>> [row.slug for row in papers() if not row.stands and row.networks]  # of a paper to come nothing ships
    []
    """
    return Papers(_ROWS)


def lesson_link(slug: str) -> str:
    """The lesson of a paper as another lesson names it: a link in bold.

    Raises
    ------
    ValueError
        For an unknown paper, or one that has no lesson yet.
    """
    row = PAPERS.get(slug)
    if row is None or not row.lesson:
        known = ", ".join(s for s, r in PAPERS.items() if r.lesson)
        raise ValueError(f"slug must name a paper with a lesson ({known}); got {slug!r:.200}")
    return f"**[{row.lesson_title}]({row.lesson}.ipynb)**"
