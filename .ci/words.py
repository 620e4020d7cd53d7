"""Find words that make sentences of this project hard to read; docs/contributing.rst gives the rules.

    python .ci/words.py [PATH ...]

Prints each line that holds one, and fails if there is any.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ("skecg", "tests", "benchmarks", "docs", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
MADE = {"_build", "api", "gallery", "__pycache__", "results"}
WORDS = re.compile(
    r"\b_?(told|tells of|alike|beside|in earnest|nobody else|its company|the company of|the door to|read on folds?|"
    r"known again|known beside|of your own|of the user's own|(?i:whoever))_?\b"
)


def main(places):
    """Print the lines that hold one of the words, and return how many there are."""
    n_found = 0
    for place in places:
        path = ROOT / place
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix not in {".py", ".md", ".rst"} or MADE & set(file.parts):
                continue
            for number, line in enumerate(file.read_text().split("\n"), 1):
                if WORDS.search(line):
                    print(f"{file.relative_to(ROOT)}:{number}: {line.strip()}")
                    n_found += 1
    return n_found


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:] or PLACES)))
