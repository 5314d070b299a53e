"""Lambda: the name of an error that a Node handler throws is the error's type.

AWS: errorType is the error's `name` (for a thrown value that is no Error, its JavaScript type), with errorMessage and trace; Step Functions
matches Retry and Catch by it, and gives the whole as the Cause.
https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html ("an unhandled error in Lambda")
MiniStack: always Runtime.HandlerError.
"""
import threading

import ministack.core.lambda_runtime as runtime
import ministack.services.lambda_svc as lambdas

from .seams import need, patch

REJECTED = 'status: "error", error: String(err.message || err), trace: err.stack || ""'
THROWN = 'status: "error", error: e.message, trace: e.stack'

_last = threading.local()


def _named(variable):
    return f"errorType: ({variable} && {variable}.name) || typeof {variable}"


def apply():
    script = runtime._NODEJS_WORKER_SCRIPT
    need(REJECTED in script and THROWN in script, "the lines of the Node worker that report an error")
    script = script.replace(REJECTED, f"{REJECTED}, {_named('err')}")
    runtime._NODEJS_WORKER_SCRIPT = script.replace(THROWN, f"{THROWN}, {_named('e')}")

    worker_invoke = getattr(runtime.Worker, "invoke", None)
    need(callable(worker_invoke), "lambda_runtime.Worker.invoke")

    def invoke(self, *args, **kwargs):
        _last.result = worker_invoke(self, *args, **kwargs)
        return _last.result

    runtime.Worker.invoke = invoke

    @patch(lambdas, "_execute_function_warm")
    def execute(original, function, event, request_id):
        _last.result = None
        outcome = original(function, event, request_id)
        result = _last.result
        if outcome.get("error") and result and result.get("errorType"):
            outcome["body"] = {
                "errorType": result["errorType"],
                "errorMessage": result.get("error", ""),
                "trace": (result.get("trace") or "").split("\n"),
            }
        return outcome
