"""Serves the adder: `python -m e2e_k8s`, on port 8080 unless PORT says otherwise."""

import logging
import os
import signal
import sys

import waitress

from . import create_app


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # A container's first process ignores TERM unless it asks for it. Waitress finishes what it has begun.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(create_app(), host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))


if __name__ == "__main__":
    main()
