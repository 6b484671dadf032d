#!/usr/bin/env python3
"""How long it takes from a line appended to a file until the webhook's first byte is at a local receiver.

  latency_bench.py --tocsin build/release/tocsin --rate 50000 --seconds 30

Writes lines at a steady rate to a file that `tocsin tail` follows. Event time runs faster than the clock, so that an
alarm with a period of ten seconds has an evaluation due every --every seconds; each evaluation changes its state and so
sends a webhook. A sample is the time between the write() of the line that makes the evaluation due and the arrival of
the webhook's first byte at a receiver in this program: the whole way through tail, parse, engine, commit to disk and
HTTP, everything but the alarm's own period.
"""
import argparse
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PERIOD_MS = 10_000
START_MS = 1_795_000_000_000 // PERIOD_MS * PERIOD_MS
RULES = """
version: 1
defaults: none
event: {timestamp: [timestamp], level: [level], message: [message]}
categories: {select: '{ $.level = "ERROR" }', classes: [{name: fast_failure, below: 100}, {name: critical_timeout}]}
metric_filters:
  - name: errors
    log_group: /tocsin/*
    pattern: '{ $.level = "ERROR" }'
    metric: {namespace: Bench, name: Errors, value: 1, default_value: 0}
alarms:
  - name: errors
    metric: {namespace: Bench, name: Errors, statistic: Sum}
    period: 10s
    evaluation_periods: 1
    comparison: ">"
    threshold: 0
    treat_missing_data: notBreaching
    actions: {alarm: [contact:bench], ok: [contact:bench]}
contact_points:
  bench: {type: webhook, url: "http://127.0.0.1:PORT/", allow_cidrs: [127.0.0.0/8]}
"""


def stamp(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class Receiver:
    """Accepts webhooks and notes when the first byte of each came."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        self.arrivals = []  # (monotonic time, body)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        data = b""
        while True:
            piece = connection.recv(65536)
            now = time.monotonic()
            if not piece:
                return
            first, data = (now if not data else first), data + piece
            while b"\r\n\r\n" in data:
                head, rest = data.split(b"\r\n\r\n", 1)
                length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if
                              line.lower().startswith(b"content-length"))
                if len(rest) < length:
                    break
                self.arrivals.append((first, rest[:length]))
                data = rest[length:]
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def write_lines(path, options, due):
    """`due` gets the time of the write that made the evaluation of each event time due."""
    filler = "x" * 160
    step = max(1, options.rate // 1000)  # lines in a write
    event_ms_per_s = PERIOD_MS / options.every
    begin, written, last_ms = time.monotonic(), 0, START_MS
    with open(path, "ab", buffering=0) as out:
        while True:
            elapsed = time.monotonic() - begin
            if elapsed > options.seconds:
                return
            behind = int(elapsed * options.rate) - written
            if behind < step:
                time.sleep(0.0002)
                continue
            ms = START_MS + int(elapsed * event_ms_per_s)
            at = stamp(ms)
            # Every other period has errors.
            bad = (ms // PERIOD_MS) % 2 == 0
            good_line = f'{{"timestamp":"{at}","level":"INFO","service":"shop","message":"{filler}"}}\n'
            bad_line = f'{{"timestamp":"{at}","level":"ERROR","service":"shop","message":"{filler}"}}\n'
            count = min(behind, 4 * step)
            data = (bad_line if bad else good_line) + good_line * (count - 1)
            now = time.monotonic()
            out.write(data.encode())
            written += count
            for boundary in range(last_ms // PERIOD_MS + 1, ms // PERIOD_MS + 1):
                due[boundary * PERIOD_MS] = now
            last_ms = ms


def percentile(values, percent):
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tocsin", required=True)
    parser.add_argument("--rate", type=int, default=50_000, help="lines a second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--every", type=float, default=0.1, help="seconds between evaluations")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-latency-"))
    receiver = Receiver()
    (folder / "rules.yaml").write_text(RULES.replace("PORT", str(receiver.port)))
    (folder / "shop.log").touch()
    tocsin = subprocess.Popen(
        [options.tocsin, "tail", folder / "shop.log", "--data-dir", folder / "data", "--rules", folder / "rules.yaml",
         "--output", "none", "--format", "ndjson", "--log-level", "error"])
    time.sleep(1)
    due = {}
    write_lines(folder / "shop.log", options, due)
    time.sleep(1)
    tocsin.terminate()
    tocsin.wait()
    samples = []
    lag_ms = None
    for arrival, body in receiver.arrivals:
        at = json.loads(body)["timestamp"]
        ms = int(time.mktime(time.strptime(at[:19] + "UTC", "%Y-%m-%dT%H:%M:%S%Z")) - time.timezone) * 1000
        if ms in due:
            samples.append((arrival - due[ms]) * 1000)
    samples.sort()
    if len(samples) < 10:
        print(f"only {len(samples)} webhooks arrived, {len(due)} were due; {lag_ms}", file=sys.stderr)
        return 1
    print(f"{options.rate} lines/s: {len(samples)} webhooks of {len(due)} evaluations; from write() to first byte: "
          f"median {percentile(samples, 50):.2f} ms, p90 {percentile(samples, 90):.2f} ms, "
          f"p99 {percentile(samples, 99):.2f} ms, max {samples[-1]:.2f} ms")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
