"""`python -m mentor_ui`: the operator's commands, where the `mentor` script is not installed."""

from mentor_ui.cli import main

if __name__ == "__main__":
    main()
