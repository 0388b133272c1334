"""``python -m sandbox.cmic``: start the stand-in for CMiC."""

from sandbox.cmic.options import read
from sandbox.cmic.server import serve

if __name__ == "__main__":
    serve(read())
