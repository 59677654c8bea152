"""What tests of the studio share."""

from studio_fixtures import HERE, PORT, TOKEN, client, forked_models, root  # noqa: F401
