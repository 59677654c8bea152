"""The fields of `zoo.fields`, for the recipes of predictors."""

from ..zoo.fields import *  # noqa: F403
