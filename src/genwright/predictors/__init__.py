"""Predictors: labels and links of graphs, properties of molecules, texts of images. Each task has its own objective."""
