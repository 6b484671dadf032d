#!/usr/bin/env python3
"""Kills tocsin while it follows a log that is being written, again and again, and compares what it has concluded in the
end with a run that was never killed: alarm history, findings, executions, dead letters, and what the receiver got.

  crash_test.py --tocsin build/dev/tocsin --kills 20 --seed 1
  crash_test.py --tocsin build/dev/tocsin --kills 200 --inject      also kills at chosen system calls, by strace

Prints what it did as one line, and exits with 1 where anything differs. The seed decides what is written, when it is
killed and where; the same seed is nearly the same run.
"""
import argparse
import atexit
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

RULES = """
version: 1
workflows:
  investigate:
    definition:
      StartAt: Both
      States:
        Both:
          Type: Parallel
          Branches:
            - StartAt: Wait
              States:
                Wait: {Type: Wait, Seconds: 45, Next: Analyze}
                Analyze:
                  Type: Task
                  Resource: tocsin:analyze
                  Parameters: {"incident.$": $.incident}
                  Catch: [{ErrorEquals: [States.ALL], Next: Over}]
                  End: true
                Over: {Type: Pass, End: true}
            - StartAt: Fails
              States:
                Fails:
                  Type: Task
                  Resource: tocsin:notify
                  Parameters: {contact_points: [nobody], type: x.y, data: {}}
                  Retry: [{ErrorEquals: [States.ALL], IntervalSeconds: 20, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: FULL}]
                  Catch: [{ErrorEquals: [States.ALL], Next: Caught}]
                  End: true
                Caught: {Type: Pass, End: true}
          Next: Tell
        Tell:
          Type: Task
          Resource: tocsin:notify
          Parameters: {contact_points: [oncall], type: incident.finding, "data.$": "$[0]"}
          End: true
contact_points:
  oncall: {type: webhook, url: "http://127.0.0.1:PORT/", secret: SECRET, allow_cidrs: [127.0.0.0/8]}
  grouped: {type: webhook, url: "http://127.0.0.1:PORT/", secret: SECRET, allow_cidrs: [127.0.0.0/8],
            group_by: [severity], group_wait: 30s, group_interval: 1m}
alarms:
  - name: errors
    for_each: service
    metric: {namespace: Tocsin, name: Errors, statistic: Sum}
    period: 60s
    evaluation_periods: 1
    comparison: ">"
    threshold: 4
    treat_missing_data: notBreaching
    severity: critical
    actions: {alarm: [workflow:investigate, contact:oncall, contact:grouped], ok: [contact:oncall, contact:grouped]}
  - name: slow
    for_each: service
    metric: {namespace: Tocsin, name: Latency, statistic: p99}
    period: 60s
    evaluation_periods: 3
    datapoints_to_alarm: 2
    comparison: ">"
    threshold: 300
    treat_missing_data: missing
    actions: {alarm: [contact:oncall]}
"""


def write_incident(path, lines, seed):
    """A log of forty minutes with an outage in the middle, and lines that can't be parsed among it."""
    subprocess.run([sys.executable, SOURCE / "examples/checkout-outage/generate.py", "--minutes", "40", "--lines",
                    str(lines), "--out", path], check=True, stderr=subprocess.DEVNULL)
    rng = random.Random(seed)
    bad = [b"no json at all\n", b"{\"message\": \"no time\"}\n", b"{broken\n", b"\n", b"\xff\xfe\n",
           b"{\"timestamp\": \"2026-13-40T99:00:00Z\"}\n"]
    whole = pathlib.Path(path).read_bytes().splitlines(keepends=True)
    out = []
    for line in whole:
        out.append(line)
        if rng.random() < 0.01:
            out.append(rng.choice(bad))
    return out


class Receiver:
    def __init__(self, folder):
        self.log = folder / "deliveries"
        self.log.touch()
        self.process = subprocess.Popen(
            [sys.executable, SOURCE / "examples/webhook-receiver/receiver.py", "--port", "0", "--json", "--secret",
             SECRET, "--log", self.log], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        atexit.register(self.process.kill)
        digits = "".join(c if c.isdigit() else " " for c in self.process.stdout.readline()).split()
        self.port = digits[-1]

    def ids(self):
        return collections.Counter(json.loads(line)["id"] for line in self.log.read_text().splitlines())

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Tocsin:
    """One run over the folder's log."""

    def __init__(self, options, folder, inject=None):
        self.folder = folder
        self.out = open(folder / "out", "ab")
        self.err = open(folder / "err", "ab")
        self.err_begin = self.err.tell()
        command = [options.tocsin, "tail", str(folder / "shop.log"), "--data-dir", str(folder / "data"), "--rules",
                   str(folder / "rules.yaml"), "--output", "ndjson", "--metrics-listen", "127.0.0.1:0",
                   "--idle-timeout", "1h"]
        if inject:
            command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + inject[0], "-e",
                       f"inject={inject[0]}:signal=KILL:when={inject[1]}"] + command
        # A group of its own, so that a kill reaches what strace has started, too.
        self.process = subprocess.Popen(command, stdout=self.out, stderr=self.err, start_new_session=True)

    def port(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            told = (self.folder / "err").read_bytes()[self.err_begin:].decode(errors="replace")
            lines = [line for line in told.splitlines() if "metrics on port" in line]
            if lines:
                return lines[-1].split()[-1]
            time.sleep(0.02)
        raise SystemExit("tocsin does not start:\n" + (self.folder / "err").read_text()[-2000:])

    def metric(self, port, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            for line in page.read().decode().splitlines():
                if line.startswith(name):
                    yield line, float(line.rsplit(" ", 1)[1])

    def wait_for(self, lines):
        """Until all lines are taken in and all deliveries made."""
        port = self.port()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit("tocsin ended:\n" + (self.folder / "err").read_text()[-2000:])
            taken = sum(value for _, value in self.metric(port, "tocsin_lines_total "))
            pending = sum(value for line, value in self.metric(port, "tocsin_deliveries{") if '"pending"' in line)
            if taken == lines and pending == 0:
                return
            if taken > lines:
                raise SystemExit(f"{taken:.0f} lines were taken in, {lines} were written")
            time.sleep(0.2)
        raise SystemExit(f"after two minutes {taken:.0f} of {lines} lines were taken in, {pending:.0f} deliveries wait")

    def stop(self, how=signal.SIGTERM):
        try:
            os.killpg(self.process.pid, how)
        except ProcessLookupError:
            pass
        self.process.wait()
        while how == signal.SIGKILL:  # until the last of the group is gone
            try:
                os.killpg(self.process.pid, how)
                time.sleep(0.005)
            except ProcessLookupError:
                break
        self.out.close()
        self.err.close()


def conclusions(options, folder):
    """What the data directory holds, as sorted lines a kind."""
    def rows(*command):
        result = subprocess.run([options.tocsin, *command, "--data-dir", folder / "data", "--output", "ndjson"],
                                capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit(f"tocsin {' '.join(command)}: {result.stderr}")
        return sorted(result.stdout.splitlines())

    found = {
        "alarm history": rows("alarms", "history"),
        "incidents": rows("incidents", "ls"),
        "executions": rows("executions", "ls"),
        "dead letters": rows("dead-letters", "ls"),
    }
    # A dead letter's id names the file's incarnation; its offset stays.
    found["dead letters"] = sorted(json.dumps({key: value for key, value in json.loads(line).items() if key != "id"})
                                   for line in found["dead letters"])
    histories = []
    for line in found["executions"]:
        histories += rows("executions", "show", json.loads(line)["id"])
    found["execution histories"] = histories
    deliveries = []
    for line in rows("deliveries", "ls"):
        delivery = json.loads(line)
        deliveries.append(json.dumps({key: delivery[key] for key in ("id", "contact_point", "state")}))
    found["deliveries"] = deliveries
    text = json.dumps(found).replace(str(folder), "FOLDER")
    return json.loads(text)


def write_slowly(path, lines, rng, stop, seconds):
    """Appends all, in pieces of any size, also in the middle of lines."""
    data = b"".join(lines)
    begin, at = time.monotonic(), 0
    with open(path, "ab", buffering=0) as out:
        while at < len(data):
            due = len(data) if stop.is_set() else int(len(data) * (time.monotonic() - begin) / seconds)
            if due <= at:
                time.sleep(0.005)
                continue
            size = min(due - at, rng.choice([1, 7, 100, 1000, 10_000, 100_000]), len(data) - at)
            out.write(data[at:at + size])
            at += size


def prepare(folder):
    folder.mkdir()
    receiver = Receiver(folder)
    text = RULES.replace("PORT", receiver.port).replace("SECRET", SECRET)
    (folder / "rules.yaml").write_text(text)
    return receiver


def run_through(options, folder, lines):
    receiver = prepare(folder)
    (folder / "shop.log").write_bytes(b"".join(lines))
    run = Tocsin(options, folder)
    run.wait_for(len(lines))
    run.stop()
    receiver.stop()
    return conclusions(options, folder), receiver.ids()


def run_killed(options, folder, lines, rng):
    receiver = prepare(folder)
    (folder / "shop.log").touch()
    stop = threading.Event()
    seconds = options.kills * 0.12
    writer = threading.Thread(target=write_slowly,
                              args=(folder / "shop.log", lines, random.Random(options.seed), stop, seconds))
    writer.start()
    kills = collections.Counter()
    calls = ["fdatasync", "fsync", "pwrite64", "openat", "sendto", "read", "unlink", "ftruncate"]
    while sum(kills.values()) < options.kills:
        if options.inject and rng.random() < 0.3:
            call = rng.choice(calls)
            run = Tocsin(options, folder, (call, rng.choice([1, 2, 3, 5, 8, 13, 40, 100])))
            try:
                run.process.wait(rng.uniform(0.5, 3))
                kills["at " + call] += 1
            except subprocess.TimeoutExpired:
                kills["at any moment"] += 1
        else:
            run = Tocsin(options, folder)
            time.sleep(rng.choice([rng.uniform(0, 0.05), rng.uniform(0, 0.3), rng.uniform(0, 1)]))
            kills["at any moment"] += 1
        run.stop(signal.SIGKILL)
    stop.set()
    writer.join()
    run = Tocsin(options, folder)
    run.wait_for(len(lines))
    run.stop()
    receiver.stop()
    return conclusions(options, folder), receiver.ids(), kills


def differences(whole, killed):
    for kind, expected in whole.items():
        if killed[kind] == expected:
            continue
        missing = [line for line in expected if line not in set(killed[kind])]
        extra = [line for line in killed[kind] if line not in set(expected)]
        yield f"{kind}: {len(missing)} missing, {len(extra)} more than expected"
        for line in missing[:2]:
            yield "  missing: " + line[:600]
        for line in extra[:2]:
            yield "  extra:   " + line[:600]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tocsin", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--lines", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inject", action="store_true", help="also kill at chosen system calls (needs strace)")
    parser.add_argument("--keep", action="store_true", help="leave the folder behind")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-crash-"))
    begin = time.monotonic()
    rng = random.Random(options.seed)
    lines = write_incident(folder / "incident.ndjson", options.lines, options.seed)
    whole, whole_ids = run_through(options, folder / "whole", lines)
    killed, killed_ids, kills = run_killed(options, folder / "killed", lines, rng)
    faults = list(differences(whole, killed))
    if set(whole_ids) != set(killed_ids):
        faults.append(f"webhook ids: {len(set(whole_ids) - set(killed_ids))} never arrived, "
                      f"{len(set(killed_ids) - set(whole_ids))} were not expected")
    for kind in ("alarm history", "executions", "deliveries", "dead letters"):
        if not whole[kind]:
            faults.append(f"{kind}: there is nothing to compare")
    counts = ", ".join(f"{len(rows)} {kind}" for kind, rows in whole.items())
    print(f"seed {options.seed}: {sum(kills.values())} kills ({', '.join(f'{n} {k}' for k, n in sorted(kills.items()))}) over "
          f"{len(lines)} lines; {counts}; {len(whole_ids)} webhook ids, sent {sum(killed_ids.values())} times; "
          f"{time.monotonic() - begin:.0f} s; {'equal' if not faults else 'DIFFERENT'}")
    for fault in faults:
        print(fault)
    if options.keep or faults:
        print(f"left in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
