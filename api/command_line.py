"""What was mistyped on the command line of a program, said in the language of who typed it."""

from __future__ import annotations

import argparse
from typing import NoReturn


class SpokenParser(argparse.ArgumentParser):
    """The parser as it comes, but for its complaints: it has English ones alone."""

    def error(self, message: str) -> NoReturn:
        # Only who mistyped something waits for all words to be loaded.
        from billing.commands.desk import translator
        from billing.commands.mistyped import complaint, language_of_words

        t = translator(language_of_words())
        usage = self.format_usage().partition(": ")[2].rstrip()
        self.exit(2, "\n".join([*complaint(usage, self.prog, message, t), ""]))
