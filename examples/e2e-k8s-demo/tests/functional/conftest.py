import pytest
from webtest import TestApp

from e2e_k8s import create_app


@pytest.fixture(scope="session")
def browser():
    """The whole application, asked without a network."""
    return TestApp(create_app())
