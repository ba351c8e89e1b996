"""The command line of a script whose golden files are one folder."""

import argparse
import sys
import tempfile
from pathlib import Path


def main(doc, folder, write):
    """Writes the files that `write` puts into a folder, or, with --check, proves that it would write the same bytes."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        folder.mkdir(parents=True, exist_ok=True)
        write(folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        write(Path(temporary))
        for path in sorted(Path(temporary).rglob("*")):
            name = path.relative_to(temporary)
            if path.is_file() and path.read_bytes() != (folder / name).read_bytes():
                sys.exit(f"{folder.name}/{name} is not what {Path(sys.argv[0]).name} writes.")
    print(f"{folder.name}: reproduced")
