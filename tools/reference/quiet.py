"""Progress bars and warnings of the libraries, off: results are what these scripts print."""

import diffusers.utils.logging
import transformers.utils.logging


def quiet():
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
