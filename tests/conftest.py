"""What every test shares: async tests run on asyncio, and no example has to be quick."""

import pytest
from hypothesis import settings

# A busy machine is no fault of the code's.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
