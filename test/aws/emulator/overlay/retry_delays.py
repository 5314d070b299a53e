"""Step Functions: MaxDelaySeconds and JitterStrategy of a Retry.

AWS: no delay is longer than MaxDelaySeconds; with JitterStrategy FULL each is drawn between 0 and what it would have been.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
MiniStack ignores both. It also caps every delay at 60 seconds, which AWS does not, and which stays.
"""
import random

import ministack.services.stepfunctions as sfn

from .seams import need_text, patch


def apply():
    for function in (sfn._execute_task, sfn._with_retry_and_catch):
        need_text(function, 'retrier.get("BackoffRate", 2.0)')

    @patch(sfn, "_find_matching_retrier")
    def find_matching_retrier(original, retriers, error, retry_counts):
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retry_counts.get(index, 0)
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        if retrier.get("JitterStrategy") == "FULL":
            delay = random.uniform(0, delay)
        return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1}, index

