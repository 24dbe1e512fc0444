"""``python -m stocklevel`` is the command ``stocklevel``."""

from stocklevel.cli import main

main()
