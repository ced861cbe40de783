"""`python -m mandorla` is the command `mandorla`."""

from mandorla.cli import main

main()
