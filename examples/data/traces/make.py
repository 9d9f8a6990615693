#!/usr/bin/env python3
"""Writes `coding`, `support` and `browsing` (`.tools.json`, `.jsonl`) beside itself, after checking them.

`make.py` writes; `make.py --check` only says whether what is written is what would be written.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

import browsing  # noqa: E402
import coding  # noqa: E402
import support  # noqa: E402
from build import check, rows  # noqa: E402


def main():
    here = pathlib.Path(__file__).resolve().parent
    only_check, stale = "--check" in sys.argv[1:], []
    for name, suite in (("coding", coding.SUITE), ("support", support.SUITE), ("browsing", browsing.SUITE)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows(name, suite)]
        wordings = check(name, suite, lines)
        written = {
            f"{name}.tools.json": json.dumps(suite["tools"], indent=1, ensure_ascii=False) + "\n",
            f"{name}.jsonl": "\n".join(lines) + "\n",
        }
        for file, text in written.items():
            path = here / file
            if not only_check:
                path.write_text(text, encoding="utf-8", newline="\n")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(file)
        print(f"{name}: {len(suite['tools'])} tools, {len(lines)} rows, {wordings} wordings")
    if stale:
        sys.exit(f"not as written by make.py: {', '.join(stale)}")


main()
