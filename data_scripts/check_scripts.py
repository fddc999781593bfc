"""Check the types of the browser scripts with TypeScript's compiler: ``make types``, for a developer who has Node.

The scripts of one explorer become one ES module, so each explorer's are checked together, against
ferviz/explorers/shared/types.d.ts. The compiler comes from npm, into npm's own cache. Without Node nothing is checked,
and that is said. Exits with 1 when something is wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ferviz import explorers
from ferviz.explorers.shared.scripts import FOOT, scripts_of

FOLDER = Path(explorers.__file__).resolve().parent
COMPILER = "typescript@7"
OPTIONS = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "strict": False,  # what a drawing holds is its explorer's own: `any`
    "strictBindCallApply": True,
    "target": "esnext",
    "module": "esnext",
    "lib": ["esnext", "dom", "dom.iterable"],
    "types": [],
}


def pages() -> dict[str, list[Path]]:
    """Every module of the explorers: name → its scripts."""
    found = {"foot": [f"{part}.js" for part in FOOT]}
    for name in explorers.__all__:
        kind = getattr(explorers, name)
        if isinstance(kind, type) and getattr(kind, "NAME", ""):
            found[name] = list(scripts_of(kind.SCRIPT or f"{kind.NAME}/stage", kind.PARTS))
    return {name: [FOLDER / script for script in scripts] for name, scripts in found.items()}


def check(scripts: list[Path], npx: str) -> list[str]:
    """What the compiler says of the scripts of one module, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tsconfig.json"
        files = [str(FOLDER / "shared" / "types.d.ts"), *map(str, scripts)]
        config.write_text(json.dumps({"compilerOptions": OPTIONS, "files": files}), "utf-8")
        command = [npx, "--yes", "-p", COMPILER, "tsc", "-p", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        lines = [line for line in done.stdout.splitlines() if "error TS" in line]
        if done.returncode and not lines:
            raise SystemExit(f"the compiler did not run: {done.stdout}{done.stderr}")
        return [os.path.relpath(Path(folder, line), FOLDER) if line[:1] == "." else line for line in lines]


def main() -> int:
    npx = shutil.which("npx")
    if npx is None:
        print("the types of the browser scripts were not checked: there is no Node.js here")
        return 0
    wrong: dict[str, None] = {}
    for name, scripts in pages().items():
        said = check(scripts, npx)
        print(f"{name}: {len(scripts)} scripts, {len(said)} errors")
        wrong |= dict.fromkeys(said)
    print("\n".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
