"""The words that the base is taught well: words.txt, one group a line."""

from pathlib import Path


def groups():
    """[[word]], in the order of the file."""
    text = Path(__file__).with_name("words.txt").read_text()
    return [[word.strip() for word in line.split(";")] for line in text.splitlines() if line.strip()]


def chosen(available, words, others):
    """[(name, group or None)]: at most `words` of those that are available, spread over the groups, then at most `others` of
    the rest in their order."""
    rows = [[word for word in group if word in available] for group in groups()]
    known = {word for row in rows for word in row}
    picked, at = [], 0
    while len(picked) < min(words, len(known)):
        picked += [(row[at], number) for number, row in enumerate(rows) if at < len(row)]
        at += 1
    taken = sorted(picked[:words], key=lambda pair: (pair[1], rows[pair[1]].index(pair[0])))
    names = {name for name, _ in taken}
    rest = [name for name in available if name not in names]
    return taken + [(name, None) for name in rest[:others]]
