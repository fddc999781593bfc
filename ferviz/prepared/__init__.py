"""Real data sets on disk, once prepared: still faces as arrays (`Faces`), and clips, one file each.

The scripts that prepare a data set write them, and share what is here: the account of a source (`Account`), tables as
spreadsheets save them (`read_table`), what is kept from before, and the command line (`run`, `run_clips`).
"""

from __future__ import annotations

from ferviz.prepared.account import PICTURES, Account, visible
from ferviz.prepared.clip_set import PreparedClips, read_clips
from ferviz.prepared.clips import LeftOut, PlannedClip, write_clips
from ferviz.prepared.command import FindFaces, Plan, run, run_clips
from ferviz.prepared.face_set import read_faces, write_faces
from ferviz.prepared.faces import VOTE_NAMES, Faces, find_repeats
from ferviz.prepared.tables import read_table, text_encoding
from ferviz.prepared.viewers import Viewers, read_viewers

__all__ = [
    "PICTURES",
    "VOTE_NAMES",
    "Account",
    "Faces",
    "FindFaces",
    "LeftOut",
    "Plan",
    "PlannedClip",
    "PreparedClips",
    "Viewers",
    "find_repeats",
    "read_clips",
    "read_faces",
    "read_table",
    "read_viewers",
    "run",
    "run_clips",
    "text_encoding",
    "visible",
    "write_clips",
    "write_faces",
]
__dir__ = __all__.copy  # completion offers what is public, not what this module imports
