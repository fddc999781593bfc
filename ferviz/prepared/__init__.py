"""Real data sets on disk, once prepared: still faces as arrays (`Faces`), and clips, one file each.

The scripts ``data_scripts/prepare_*.py`` write them. Nothing here needs more than numpy.
"""

from __future__ import annotations

from ferviz.prepared.clips import LeftOut, PlannedClip, PreparedClips, read_clips, write_clips
from ferviz.prepared.faces import VOTE_NAMES, Faces, find_repeats, read_faces, write_faces

__all__ = [
    "VOTE_NAMES",
    "Faces",
    "LeftOut",
    "PlannedClip",
    "PreparedClips",
    "find_repeats",
    "read_clips",
    "read_faces",
    "write_clips",
    "write_faces",
]
