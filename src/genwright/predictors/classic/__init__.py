"""The rungs below graph convolution: how labels of nodes were learned before it, one method a file."""
