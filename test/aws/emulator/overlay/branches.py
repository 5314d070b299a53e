"""Step Functions: a branch that is ended stops where it is.

AWS: a stopped or timed out execution, and the siblings of a failed branch, start no further state; what they had under way is dropped, and
neither Retry nor Catch sees it.
https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html ("If any branch fails ... all its branches are stopped")
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html

MiniStack has no way to end a branch. Here every execution, Map and Parallel has a Branch in a context variable (MiniStack copies those into
the threads of its branches), and everything that waits looks at it. What ends a branch is in other modules: abort, fail_fast, machine_timeout.
"""
import contextvars
import threading
import time

import ministack.services.stepfunctions as sfn

from .seams import patch

TICK_SECONDS = 0.02


class Ended(BaseException):
    """Not an Exception: MiniStack's branches swallow those."""


class Branch:
    def __init__(self, parent=None):
        self._ended = threading.Event()
        self._parent = parent

    def end(self):
        self._ended.set()

    def has_ended(self):
        return self._ended.is_set() or (self._parent is not None and self._parent.has_ended())

    def go_on(self):
        if self.has_ended():
            raise Ended()


_current = contextvars.ContextVar("branch", default=Branch())
_roots = {}


def current():
    return _current.get()


def root_of(execution_arn):
    """The branch that is all of an execution; None when it does not run."""
    return _roots.get(execution_arn)


class within:
    """Runs a block, and the threads started in it, in a branch of its own."""

    def __init__(self, branch=None):
        self.branch = branch or Branch(current())

    def __enter__(self):
        self._token = _current.set(self.branch)
        return self.branch

    def __exit__(self, *_):
        _current.reset(self._token)


def wait_until(done, seconds=None, look=None):
    """True once `done()` is, False after `seconds`. Ends with the branch; `look` may raise at any look."""
    until = None if seconds is None else time.monotonic() + seconds
    while True:
        current().go_on()
        if look:
            look()
        if done():
            return True
        left = TICK_SECONDS if until is None else until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(TICK_SECONDS, left))


class Work:
    """A call in a thread of its own, that nobody has to wait for."""

    def __init__(self, function, *args):
        self.done = False
        self.error = None
        self._value = None
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._run, function, args), daemon=True).start()

    def _run(self, function, args):
        try:
            self._value = function(*args)
        except BaseException as error:  # Ended, too: whoever waits decides
            self.error = error
        self.done = True

    def value(self):
        if self.error:
            raise self.error
        return self._value


def apply():
    @patch(sfn, "_run_execution")
    def run_execution(original, execution_arn):
        with within(Branch()) as root:
            _roots[execution_arn] = root
            try:
                original(execution_arn)
            except Ended:
                pass
            finally:
                _roots.pop(execution_arn, None)

    for state in ("_execute_task", "_execute_pass", "_execute_choice", "_execute_wait", "_execute_parallel", "_execute_map"):

        @patch(sfn, state)
        def execute(original, *args):
            current().go_on()
            result = original(*args)
            current().go_on()
            return result

    @patch(sfn, "_scaled_sleep")
    def sleep(_original, seconds):
        if seconds * sfn._SFN_WAIT_SCALE > 0:
            wait_until(lambda: False, seconds * sfn._SFN_WAIT_SCALE)

    # Branches of a Parallel are bare threads: one that is ended is no news.
    hook = threading.excepthook
    threading.excepthook = lambda args: None if args.exc_type is Ended else hook(args)
