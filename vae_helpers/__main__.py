"""`python -m vae_helpers` opens the course; `collect`, `page` and `pretrain` are for those who teach it."""

import sys
from importlib import import_module

COMMANDS = ("collect", "page", "pretrain")


def main(arguments: list[str]) -> None:
    """Run the command that is named first, or else open the course."""
    if arguments and arguments[0] in COMMANDS:
        import_module(f"vae_helpers.course.{arguments[0]}").main(arguments[1:])
    else:
        import_module("vae_helpers.course.open").main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
