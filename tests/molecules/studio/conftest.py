"""What tests of the pages of a package share."""

from studio_fixtures import client, forked_models, root  # noqa: F401
