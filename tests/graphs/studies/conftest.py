"""Figures are sketched: tests here look at what is drawn, hardly at how it looks."""

from sketched import sketched  # noqa: F401
