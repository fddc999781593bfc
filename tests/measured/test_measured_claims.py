"""Claims are committed before their measurement: git is asked. And a file of claims says what it must."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ferviz.measured import Claim, Claims, Figures, Measured, answers, claim_of, claims, measured, said, sentences
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
    if not (ROOT / ".git").exists() or git(ROOT, "rev-parse", "--is-shallow-repository") == ["true"]:
        return  # an unpacked archive, or a clone of the last commits alone, has no history to ask
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
    known = {(one.record, one.table, one.id, one.row, one.than): one.family for _, one in MADE}
    for path in sorted((ROOT / "ferviz" / "assets" / "measured").glob("*.json")):
        for table, entries in measured(path.stem).tables.items():
            for one in entries:
                if one.claim is not None:
                    family = known[path.stem, table, one.claim, one["row"], one.than]
                    assert one.holm_over == (None if one.p_holm is None else family)


BEYOND = {("fan.json", "spoiled")}  # measured, and not within what is asked: lesson 04 More says so


def test_what_is_measured_of_false_alarms_is_within_what_is_asked_or_named_here():
    beyond = set()
    for path in sorted((ROOT / "ferviz" / "assets" / "measured").glob("*.json")):
        for entry in measured(path.stem).tables.get("false alarms", ()):
            if entry.what.startswith("share of ") and (entry.value > 0.05 or (entry.high or 0) > 0.07):
                beyond.add((path.name, entry.get("score")))
    assert beyond == BEYOND


def test_claims_are_of_papers_and_each_id_is_its_own():
    assert {path.stem.removesuffix("-small") for path, _ in MADE} <= set(PAPERS)  # the small grid is of one of them
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
        (text({**CLAIM, "films": "all"}), "p.json must hold id, .* clips, note; got id, .* runs, films"),
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


# ---- what became of a claim ----

NEITHER = {"p": 0.3, "p_holm": 0.9}
RULED_OUT = "Not shown; a difference of 0.01, which would matter, is ruled out."
SURE = {"p": 0.001, "p_holm": 0.004}


def number(low: float | None, high: float | None, *, row="no attention", than="all", claim="attention", runs=10, **p):
    value = -0.002 if low is None else (low + high) / 2
    way = {"way": "95 %, Student's t over runs and people"} if low is not None else {}
    seeds = {str(seed): value * seed for seed in range(runs)}  # one of them is 0, so that not all have one sign
    p |= {"holm_over": "ablation"} if p else {}
    return Measured(what="difference", of={"row": row}, than=than, value=value, low=low, high=high, seeds=seeds,
                    claim=claim, **way, **p)  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "p", "runs", "outcome", "told"),
    [
        (-0.03, -0.005, SURE, 10, "confirmed", "Confirmed."),
        (-0.03, -0.016, SURE, 10, "confirmed", "Confirmed, and it is more than would matter (0.01)."),
        (-0.03, -0.011, SURE, 10, "confirmed", "Confirmed."),  # more than would matter, but for the other claims
        (-0.009, -0.001, SURE, 10, "confirmed", "Confirmed, but it is less than would matter (0.01)."),
        (0.001, 0.02, SURE, 10, "refuted", "Refuted: the reverse is clear."),
        (0.001, 0.02, {"p": 0.04, "p_holm": 0.16}, 10, "ruled out", RULED_OUT),
        (-0.003, 0.02, NEITHER, 10, "ruled out", RULED_OUT),
        (-0.009, 0.02, NEITHER, 10, "not shown", "Not shown."),  # ruled out but for the other claims
        (-0.01, 0.02, NEITHER, 10, "not shown", "Not shown."),
        (-0.02, 0.001, NEITHER, 10, "not shown", "Not shown."),
        (-0.02, -0.001, {"p": 0.03, "p_holm": 0.12}, 10, "not shown", "Not shown."),  # clear but for the other claims
        (-0.008, -0.001, {"p": 0.03, "p_holm": 0.12}, 10, "ruled out", RULED_OUT),
        (None, None, {}, 10, "no verdict", "No verdict."),
        (-0.03, -0.005, SURE, 4, "no verdict", "No verdict."),
    ],
)
def test_the_interval_against_0_and_what_matters_says_what_became_of_a_claim(
    monkeypatch, low, high, p, runs, outcome, told
):
    found = number(low, high, runs=runs, **p)
    claim = claim_of(found)
    assert claim.outcome(found) == claim.outcome(found.turned()) == outcome
    above = Claim(**{**vars(claim), "row": "all", "than": "no attention", "direction": "above"})
    assert above.outcome(found) == above.outcome(found.turned()) == outcome
    record = {"ablation": {"difference": (found,)}}
    monkeypatch.setattr(sentences, "measured", lambda name: Figures("x", record[name]))
    name = "no attention minus all" + (" over 10 runs" if runs >= 5 else "")
    start = f"Without attention accuracy is lower. {told} {name}: "
    answer = answers("lbp-attention")[0]
    assert answer.startswith(start)
    assert ("seeds" in answer) == (runs < 5)
    if runs >= 5:
        side = ("above" if low > 0 else "below") if found.clear() else None
        end = "not clear of 0" if side is None else f"clearly {side} 0"
        assert said(found, line=0).endswith(f"; {end}; what was claimed: {told[0].lower()}{told[1:-1]}")
        assert said(found, line=-1).endswith("of -1" if low is None else "clearly above -1")
    else:
        assert said(found, line=0).endswith("; no verdict of fewer than 5 runs")


def test_what_is_not_measured_yet_is_said(monkeypatch):
    (claim, *_) = claims("lbp-attention").claims
    assert claim.outcome(number(-0.03, -0.01, claim=None)) == "no verdict"
    monkeypatch.setattr(sentences, "measured", lambda name: Figures("x", {"difference": (number(0, 1, claim=None),)}))
    assert answers("lbp-attention")[0] == "Without attention accuracy is lower. Not yet measured."


def test_a_note_is_told_with_the_answer_and_changes_nothing_in_it(monkeypatch):
    (claim, *rest) = claims("lbp-attention").claims
    found = number(-0.03, -0.01, p=0.001, p_holm=0.001, claim=claim.id)
    monkeypatch.setattr(sentences, "measured", lambda name: Figures("x", {"difference": (found,)}))
    bare = answers("lbp-attention")[0]
    noted = Claim(**{**vars(claim), "note": "It was asked twice."})
    told = Claims(paper="lbp-attention", about="a", rule="r", claims=(noted, *rest))
    monkeypatch.setattr(sentences, "claims", lambda paper: told)
    assert answers("lbp-attention")[0] == f"{bare} It was asked twice."
    assert noted.outcome(found) == claim.outcome(found)
    assert all(one.note is None or one.note.endswith(".") for _, one in MADE)


def test_a_number_that_answers_another_question_is_refused():
    with pytest.raises(ValueError, match="entry must be 'no attention' minus 'all', .*; got 'sobel minus all'"):
        claim_of(number(0, 1)).outcome(number(0, 1, row="sobel"))
    with pytest.raises(ValueError, match="entry must answer one of the claims .*attention, .*; got 'none'"):
        claim_of(number(0, 1, claim="none"))
