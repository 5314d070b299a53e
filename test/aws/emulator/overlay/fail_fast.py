"""Step Functions: an error that an iteration of a Map or a branch of a Parallel does not handle fails the state at once, and stops the others.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html#error-handling-in-parallel-state
https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html (inline mode)

MiniStack waits for all the others, and runs them to their end.
"""
import ministack.services.stepfunctions as sfn

from .branches import current, within
from .seams import patch


def apply():
    @patch(sfn, "_run_sub_machine")
    def run_sub_machine(original, *args):
        current().go_on()
        try:
            return original(*args)
        except sfn._ExecutionError:
            current().end()
            raise

    for state in ("_run_map_items", "_run_parallel_branches"):

        @patch(sfn, state)
        def run(original, *args):
            with within():
                return original(*args)
