"""What went wrong on the user's side."""


class UserError(Exception):
    """One sentence that names the thing and says what was expected or what to do."""


def first_line(error, most=160):
    """What a library says of an error, short enough for a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:most].rstrip(".")
