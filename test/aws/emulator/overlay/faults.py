"""An aid for tests, no behaviour of AWS's: calls that fail, functions that are killed in the middle of one, and tasks that run twice.

PUT /_groundswell/faults replaces what goes wrong: a list of

- {"service": "dynamodb", "status": 503, "every": 3, "times": 9}: each third call of a service (by its name in the signature) is answered so and not
  done, nine times in all;
- {"service": "lambda", "method": "PUT", "path": "/aliases/", "kills": "DeployBatch", "times": 1}: the call is done, and who waits for its answer
  is killed: the processes of functions with that in their name which are at work;
- {"twice": true}: Step Functions calls each function twice, one after the other, and takes the second answer.

The answer has how often each went wrong before. A client whose user agent says `onlooker` is never hit.
"""
import json
import re
import threading

import ministack.app as app
import ministack.core.lambda_runtime as runtime
import ministack.services.stepfunctions as sfn

from .seams import need, patch

PATH = "/_groundswell/faults"
SIGNED = re.compile(rb"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")

_lock = threading.Lock()
_faults = []


class Fault:
    def __init__(self, wanted):
        self.wanted = wanted
        self.seen = 0
        self.hits = 0

    def is_about(self, service, method, path):
        wanted = self.wanted
        return wanted.get("service") == service and wanted.get("method", method) == method and wanted.get("path", "") in path

    def strikes(self):
        self.seen += 1
        if self.seen % self.wanted.get("every", 1) or self.hits >= self.wanted.get("times", self.hits + 1):
            return False
        self.hits += 1
        return True


def _struck(scope):
    headers = dict(scope["headers"])
    signature = SIGNED.search(headers.get(b"authorization", b""))
    if not signature or b"onlooker" in headers.get(b"user-agent", b""):
        return None
    with _lock:
        about = [each for each in _faults if each.is_about(signature.group(1).decode(), scope["method"], scope["path"])]
        return next((each.wanted for each in about if each.strikes()), None)


def _replace(wanted):
    global _faults
    with _lock:
        told = [each.hits for each in _faults]
        _faults = [Fault(each) for each in wanted]
        return told


def _kill(part):
    with runtime._lock:
        workers = [each for pool in runtime._workers.values() for each in pool if each.in_use and part in each.func_name]
    for worker in workers:
        worker._proc.kill()


async def _body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _answer(send, status, body=b""):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def _runs_twice():
    with _lock:
        twice = next((each for each in _faults if each.wanted.get("twice")), None)
        if twice:
            twice.hits += 1
        return twice is not None


def apply():
    need(isinstance(getattr(runtime, "_workers", None), dict), "lambda_runtime._workers")

    @patch(app, "app")
    async def faulty(original, scope, receive, send):
        if scope["type"] != "http":
            return await original(scope, receive, send)
        if scope["path"] == PATH:
            return await _answer(send, 200, json.dumps(_replace(json.loads(await _body(receive)))).encode())
        struck = _struck(scope)
        if struck is None:
            return await original(scope, receive, send)
        if "kills" in struck:

            async def first_kill(message):
                if message["type"] == "http.response.start":
                    _kill(struck["kills"])
                await send(message)

            return await original(scope, receive, first_kill)
        await _body(receive)
        return await _answer(send, struck["status"])

    @patch(sfn, "_call_lambda")
    def call(original, reference, event):
        if _runs_twice():
            try:
                original(reference, event)
            except sfn._ExecutionError:
                pass  # nobody hears of it
        return original(reference, event)
