"""What tests of the studio share."""

from browsing import chromium, page  # noqa: F401
from studio_fixtures import HERE, PORT, TOKEN, client, forked_models, root  # noqa: F401
