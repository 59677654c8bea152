"""What tests of commands share."""

from command_fixtures import do, home  # noqa: F401
