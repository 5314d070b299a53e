"""EventBridge: a function that is a rule's target is called asynchronously, and called again when it fails.

AWS: EventBridge hands the event to Lambda's queue; a function that throws is called up to twice more (MaximumRetryAttempts), then the event goes to its
dead-letter queue or on-failure destination.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
MiniStack calls it once. Its delays between attempts are seconds, where those of AWS are minutes.
"""
import json

import ministack.services.eventbridge as eventbridge
import ministack.services.lambda_svc as lambdas

from .seams import need, patch


def apply():
    need(callable(getattr(lambdas, "invoke_async_with_retry", None)), "lambda_svc.invoke_async_with_retry")

    @patch(eventbridge, "_dispatch_to_lambda")
    def dispatch_to_lambda(_original, arn, payload):
        try:
            event = json.loads(payload)
        except (ValueError, TypeError):
            event = {"body": payload}
        record, config, name = lambdas._get_func_record_for_ref(arn)
        if not record or not config:
            eventbridge.logger.warning("EventBridge -> Lambda: function %s not found", name)
            return
        base, _config, _name = lambdas._get_base_func_record_for_ref(arn)
        called = lambdas._execution_record_for_config(record, config)
        lambdas.invoke_async_with_retry({**(base or {}), **called}, event)
