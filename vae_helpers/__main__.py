"""`python -m vae_helpers` opens the course; `collect`, `page` and `pretrain` are for those who teach it."""

import sys
from importlib import import_module
from io import TextIOWrapper

COMMANDS = ("collect", "page", "pretrain")


def main(arguments: list[str]) -> None:
    """Run the command that is named first, or else open the course."""
    if isinstance(sys.stdout, TextIOWrapper):  # a code page of Windows may lack a letter of a name
        sys.stdout.reconfigure(errors="backslashreplace")
    if not arguments or arguments[0].startswith("-"):
        arguments = ["open", *arguments]
    elif arguments[0] not in COMMANDS:
        sys.exit(
            f"there is no command {arguments[0]!r}, but {', '.join(COMMANDS)}; without one, the course opens"
        )
    import_module(f"vae_helpers.course.{arguments[0]}").main(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
