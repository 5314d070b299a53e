"""An aid for tests, no behaviour of AWS's: SIGUSR1 has IAM enforced from now on, SIGUSR2 ends that.

MiniStack decides it at start (AUTH=true), and `cdk deploy` does not work under it; so a suite deploys first and enforces then.
"""
import signal

import ministack.app as app

from .seams import need


def apply():
    need(hasattr(app, "AUTH"), "app.AUTH")
    signal.signal(signal.SIGUSR1, lambda *_: setattr(app, "AUTH", True))
    signal.signal(signal.SIGUSR2, lambda *_: setattr(app, "AUTH", False))
