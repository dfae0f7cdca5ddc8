"""`python -m mentor_ui.sandbox`: start the provider sandbox."""

from mentor_ui.sandbox.server import main

main()
