"""``python -m hamsim`` is the command `hamsim`."""

from hamsim.cli.main import main

if __name__ == "__main__":
    main()
