#!/usr/bin/env python3
"""Receives tocsin's webhooks, checks their signatures (Standard Webhooks 1.0.0) and prints a line for each delivery.

  receiver.py --port 8787 --secret whsec_...            204 for a good signature, 401 for a bad one
  receiver.py --port 8787 --secret whsec_... --fail-first 2   503 for the first two requests, to watch the retries
  receiver.py --port 0 --secret whsec_... --json        any free port, told on the first line

Needs only Python 3.9 or later.
"""
import argparse
import base64
import binascii
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300          # how far the sender's clock may be from ours, both ways
MOST_BODY = 1024 * 1024    # bytes
MOST_IDS = 100_000         # webhook ids remembered


def key_of(secret):
    """The key's bytes of "whsec_" and base64; the prefix and the padding may be left out."""
    text = secret[len("whsec_"):] if secret.startswith("whsec_") else secret
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret is 'whsec_' and base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"a webhook secret holds 24 to 64 bytes; this one holds {len(key)}")
    return key


def problem_of(key, headers, body, now):
    """Why a delivery can't be trusted; None where it can."""
    message_id = headers.get("webhook-id") or ""
    timestamp = headers.get("webhook-timestamp") or ""
    signatures = headers.get("webhook-signature") or ""
    if not (message_id and timestamp and signatures):
        return "missing header"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "bad timestamp"
    if abs(now - int(timestamp)) > TOLERANCE_S:
        return "timestamp out of tolerance"
    signed = f"{message_id}.{timestamp}.".encode("latin-1") + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # The header is a list: during a change of keys the sender signs with both. All are compared, each in constant time.
    matches = [hmac.compare_digest(one.encode("latin-1"), b"v1," + expected.encode()) for one in signatures.split(" ")]
    return None if any(matches) else "no matching signature"


def type_of(body):
    try:
        kind = json.loads(body)["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "?"
    return kind if isinstance(kind, str) else "?"


class Receiver:
    """What has come in. Requests are handled on threads of their own; the lock keeps counts and lines whole."""

    def __init__(self, key, options):
        self.key = key
        self.fail_first = options.fail_first
        self.as_json = options.json
        self.log = open(options.log, "a", encoding="utf-8") if options.log else None
        self.lock = threading.Lock()
        self.requests = 0
        self.attempts = {}      # webhook-id -> requests with it
        self.accepted = {}      # webhook-id -> how often it was answered 204

    def take(self, headers, body):
        """The status to answer with."""
        problem = problem_of(self.key, headers, body, int(time.time())) if self.key else None
        message_id = headers.get("webhook-id") or "?"
        with self.lock:
            self.requests += 1
            status = 503 if self.requests <= self.fail_first else 401 if problem else 204
            attempt = self.count(self.attempts, message_id, 1)
            accepted = self.count(self.accepted, message_id, 1 if status == 204 else 0)
            self.tell({
                "id": message_id, "type": type_of(body), "attempt": attempt, "status": status,
                "verified": problem is None if self.key else None, "problem": problem, "accepted": accepted,
                "timestamp": headers.get("webhook-timestamp"), "bytes": len(body),
            })
        return status

    @staticmethod
    def count(counts, message_id, step):
        while len(counts) >= MOST_IDS and message_id not in counts:
            del counts[next(iter(counts))]
        counts[message_id] = counts.get(message_id, 0) + step
        return counts[message_id]

    def tell(self, delivery):
        line = json.dumps(delivery)
        if self.log:
            self.log.write(line + "\n")
            self.log.flush()
        if not self.as_json:
            # What a sender wrote is shown escaped: it must not drive the terminal.
            message_id, kind = (json.dumps(delivery[name])[1:-1][:80] for name in ("id", "type"))
            verified = {True: "verified", False: f"NOT VERIFIED ({delivery['problem']})", None: "not checked"}
            repeat = "  (repeated)" if delivery["accepted"] > 1 else ""
            line = (f"{delivery['status']}  {message_id}  {kind}  attempt {delivery['attempt']}  "
                    f"{verified[delivery['verified']]}{repeat}")
        print(line, flush=True)


def handler_for(receiver):
    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self):
            length = self.headers.get("content-length") or ""
            if not (length.isascii() and length.isdigit()):
                return self.answer(411)
            if len(length) > 12 or int(length) > MOST_BODY:
                return self.answer(413)
            body = self.rfile.read(int(length))
            return self.answer(receiver.take(self.headers, body))

        def answer(self, status):
            self.send_response(status)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()
            self.close_connection = True

        def log_message(self, *_):
            pass    # the receiver prints its own lines

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8787, help="0 takes any free port (default 8787)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--secret", default=os.environ.get("TOCSIN_WEBHOOK_SECRET"),
                        help="whsec_...; default $TOCSIN_WEBHOOK_SECRET; without any, signatures are not checked")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N requests with 503")
    parser.add_argument("--log", metavar="FILE", help="append each delivery to FILE, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    options = parser.parse_args()
    try:
        key = key_of(options.secret) if options.secret else None
    except ValueError as error:
        parser.error(str(error))
    try:
        receiver = Receiver(key, options)
        server = ThreadingHTTPServer((options.host, options.port), handler_for(receiver))
    except OSError as error:
        sys.exit(f"receiver: {error}")
    address = f"http://{server.server_address[0]}:{server.server_address[1]}/"
    print(json.dumps({"listening": address, "port": server.server_address[1]}) if options.json
          else f"listening on {address}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    server.server_close()
    repeated = sum(1 for times in receiver.accepted.values() if times > 1)
    print(f"{receiver.requests} requests, {len(receiver.attempts)} ids, {repeated} of them accepted more than once",
          file=sys.stderr)


if __name__ == "__main__":
    main()
