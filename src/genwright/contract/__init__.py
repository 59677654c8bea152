"""Tests that every family must pass: `pytest --pyargs genwright.contract`, or `-k my-flow` for one alone.

A family of your own takes part once it is registered; see docs/your-family.md.
"""
