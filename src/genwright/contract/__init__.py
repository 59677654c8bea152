"""What every family must do, as tests: `pytest --pyargs genwright.contract`, or `-k my-flow` of one alone.

A family of your own takes part once it is registered; see docs/your-family.md.
"""
