"""What went wrong on the user's side."""


class UserError(Exception):
    """One sentence that names the thing and says what was expected or what to do."""
