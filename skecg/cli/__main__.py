"""`python -m skecg.cli` is `skecg`."""

import sys

from . import main

sys.exit(main())
