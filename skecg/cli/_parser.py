"""A parser that names what is near an unknown option, and reads options from a file."""

import argparse
import sys

from .._near import hint
from ._config import arguments_of


class UsageError(ValueError):
    """Raised if an argument is wrong, whatever the files hold."""


class Parser(argparse.ArgumentParser):
    """A parser that knows its actions by name.

    Attributes
    ----------
    named : dict
        The actions by the names of their options, without dashes, or of their positions, without those that print
        something and `--config`.
    """

    def __init__(self, *args, **kwargs):
        self.named, self._spelt = {}, []
        super().__init__(*args, **kwargs)

    def add_argument(self, *args, **kwargs):
        """Add an argument, and remember its action."""
        action = super().add_argument(*args, **kwargs)
        self._spelt += action.option_strings
        name = action.option_strings[-1].lstrip("-") if action.option_strings else action.dest
        if name not in ("config", "help", "traceback", "version"):
            self.named[name] = action
        return action

    def check(self, arguments):
        """End the process with 2 if an option is unknown, before argparse says that another one is missing."""
        for text in arguments:
            name, *_ = text.partition("=")
            if name == "--":
                return
            if name.startswith("--") and not any(known.startswith(name) for known in self._spelt):
                self.error(f"unrecognized arguments: {text}{hint(name, self._spelt)}")


def parse(parser, commands, arguments=None):
    """Parse the arguments, those in the file that `--config` names included.

    Parameters
    ----------
    parser : Parser
    commands : dict of Parser
        The parsers of the commands, by name.
    arguments : list of str, default=None
        By default those of the process.

    Returns
    -------
    options : argparse.Namespace
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    at = next((i for i, text in enumerate(arguments) if not text.startswith("-")), None)
    if at is None:
        return parser.parse_args(arguments)
    command, rest = arguments[at], arguments[at + 1 :]
    if command not in commands:
        parser.error(f"invalid choice: {command!r}; choose from {', '.join(commands)}{hint(command, commands)}")
    commands[command].check(rest)
    finder = argparse.ArgumentParser(prog=commands[command].prog, add_help=False)
    finder.add_argument("--config")
    path = finder.parse_known_args(rest)[0].config
    if path is not None:
        try:
            rest = [*arguments_of(path, command, {name: parser.named for name, parser in commands.items()}), *rest]
        except (OSError, ValueError) as error:
            commands[command].error(f"--config {error}")
    return parser.parse_args([*arguments[: at + 1], *rest])
