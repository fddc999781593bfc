"""Claims are committed before their measurement: git is asked. And a file of claims says what it must."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ferviz.measured import Claims, claims, measured
from ferviz.measured.claims import FOLDER
from ferviz.papers import PAPERS

ROOT = Path(__file__).resolve().parents[2]
MADE = [(path, one) for path in sorted(FOLDER.glob("*.json")) for one in claims(path.stem).claims]
CLAIM = {"id": "one", "says": "More is better.", "record": "r", "table": "t", "row": "more", "than": "less"}
CLAIM |= {"score": "accuracy", "direction": "above", "matters": 0.01, "family": "f", "runs": 5}


def git(tree: Path, *words: str) -> list[str]:
    """The lines that git prints; it is told who commits, since a fresh machine does not know."""
    who = {f"GIT_{one}_{what}": "test@example.org" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", "-c", f"safe.directory={tree}", *words]
    done = subprocess.run(command, cwd=tree, env=os.environ | who, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.splitlines()


def first_with(tree: Path, text: str, file: str) -> str:
    """The commit that first brought a text into a file."""
    return git(tree, "log", "--reverse", "--format=%H", "-S", text, "--", file)[0]


def claimed_first(tree: Path, claim: str, claims_file: str, record: str) -> bool:
    """Whether the commit of a claim is an ancestor of, and not the same as, the one of the number that answers it."""
    said = first_with(tree, f'"id": "{claim}"', claims_file)
    measured_in = first_with(tree, f'"claim": "{claim}"', record)
    return said != measured_in and said in git(tree, "rev-list", measured_in)


def test_every_claim_of_the_house_was_committed_before_its_measurement():
    if not (ROOT / ".git").exists():
        return  # an unpacked archive has no history to ask
    for path, claim in MADE:
        record = f"ferviz/assets/measured/{claim.record}.json"
        if f'"claim": "{claim.id}"' in (ROOT / record).read_text("utf-8"):
            assert claimed_first(ROOT, claim.id, path.relative_to(ROOT).as_posix(), record), (path.name, claim.id)


@pytest.mark.parametrize("order", ["claim first", "together", "measurement first"])
def test_git_tells_what_came_first(tmp_path, order):
    claim, record = ("claims.json", '{"id": "one"}'), ("record.json", '{"claim": "one"}')
    steps = {"claim first": [[claim], [record]], "together": [[claim, record]]}
    steps["measurement first"] = [[record], [claim]]
    git(tmp_path, "init", "-q")
    for step in steps[order]:
        for name, text in step:
            (tmp_path / name).write_text(text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "a step")
    assert claimed_first(tmp_path, "one", "claims.json", "record.json") == (order == "claim first")


def test_every_number_that_answers_a_claim_answers_one_that_was_made():
    known = {(one.record, one.table, one.id, one.row, one.than, one.family) for _, one in MADE}
    for path in sorted((ROOT / "ferviz" / "assets" / "measured").glob("*.json")):
        for table, entries in measured(path.stem).tables.items():
            for one in entries:
                if one.claim is not None:
                    assert (path.stem, table, one.claim, one["row"], one.than, one.holm_over) in known


def test_claims_are_of_papers_and_each_id_is_its_own():
    assert {path.stem for path, _ in MADE} <= set(PAPERS)
    assert all(claims(path.stem).paper == path.stem for path, _ in MADE)
    assert len({one.id for _, one in MADE}) == len(MADE)


def text(*made: dict, **more: object) -> str:
    return json.dumps({"paper": "p", "about": "a", "rule": "r", "claims": list(made), **more})


def test_a_file_of_claims_is_read():
    found = Claims.from_json(text(CLAIM), "p.json")
    assert (found.paper, found.claims[0].says, found.claims[0].runs) == ("p", "More is better.", 5)
    assert found.claims[0].clips is None
    assert Claims.from_json(text({**CLAIM, "clips": "degraded"}), "p.json").claims[0].clips == "degraded"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (text(CLAIM, more=1), "p.json must hold paper, about, rule, claims; got paper, about, rule, claims, more"),
        (text({"id": "one"}), "p.json must hold id, says, record, .* got id"),
        (text({**CLAIM, "films": "all"}), "p.json must hold id, .* clips; got id, .* runs, films"),
        (text(CLAIM, CLAIM), "p.json: each claim needs an id of its own; got one, one"),
        (text(*({**CLAIM, "id": str(n)} for n in range(5))), "p.json: at most 4 claims of the family f; got 5"),
        (text(*({**CLAIM, "id": str(n), "family": str(n)} for n in range(9))), "at most 8 claims of a paper; got 9"),
        (text({**CLAIM, "direction": "up"}), "p.json: direction must be one of above, below; got 'up'"),
        (text({**CLAIM, "matters": 0}), "p.json: matters must be above 0; got 0"),
        (text({**CLAIM, "runs": 4}), "p.json: runs must be at least 5: fewer get no verdict; got 4"),
    ],
)
def test_a_file_of_claims_that_does_not_fit_is_refused(written, says):
    with pytest.raises(ValueError, match=says):
        Claims.from_json(written, "p.json")


def test_a_paper_without_claims_is_said():
    with pytest.raises(ValueError, match="paper must be one of .*lbp-attention.*; got 'nobody'"):
        claims("nobody")
