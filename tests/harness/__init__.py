"""What the tests stand on: projects to work in, programs to run in them, and faults to strike them with."""

from pkgutil import iter_modules

import pytest

# What these modules assert is told as in a test.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in iter_modules(__path__)))
