"""Run the command `skecg` as `python -m skecg.cli`."""

import sys

from . import main

sys.exit(main())
