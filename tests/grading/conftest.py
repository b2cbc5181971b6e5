import pytest

from coursekit.grading import sandbox as sandboxes


@pytest.fixture(scope="session")
def sandbox():
    """One warm sandbox for all tests: what one submission does must not matter to the next."""
    with sandboxes.Sandbox(memory=320 * 2**20) as box:
        yield box
