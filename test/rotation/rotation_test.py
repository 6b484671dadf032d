#!/usr/bin/env python3
"""Rotates a log with the real logrotate, again and again, while a program writes numbered lines into it and tocsin
follows it, and compares the numbers in tocsin's store with those that were written: none lost, none twice.

  rotation_test.py --tocsin build/release/tocsin --seconds 20
  rotation_test.py --tocsin build/release/tocsin --mode copytruncate --rate 20000

After a rename the program goes on in the old file until logrotate tells it, as daemons do. With copytruncate it keeps
its file, and what it writes between logrotate's last read and its truncation is in no file any more: such lines are
counted and shown, those that tocsin did not read before. A line that some file still has must have been read, and no
line twice; and tocsin must have told that the file was emptied.

Prints one line a mode, and exits with 1 where anything is wrong, with 77 where logrotate is missing.
"""
import argparse
import gzip
import multiprocessing
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

MODES = {
    "rename": "create",
    "compress": "create\n compress",
    "delaycompress": "create\n compress\n delaycompress",
    "copytruncate": "copytruncate",
    "copytruncate-compress": "copytruncate\n compress",
}

# Every line is stored: it is an error, and nothing is made of it.
CONFIG = """
version: 1
alarms: []
sources:
  - {type: tail, name: app, paths: ["FOLDER/app.log*"]}
retention: {events: 7d}
daemon: {data_dir: FOLDER/data, metrics_listen: "127.0.0.1:0", idle_timeout: 1h}
"""

# logrotate waits until the program has opened its file again, before it compresses the old one.
LOGROTATE = """FOLDER/app.log {
 rotate 10000
 missingok
 OPTIONS
 postrotate
  touch FOLDER/rotated
  while [ -e FOLDER/rotated ]; do sleep 0.005; done
 endscript
}
"""

AT_ONCE = 500  # lines in one write()
FIRST = 1_790_000_000  # the time of the first line


def lines(begin, end, rate):
    stamp = FIRST + begin / rate
    head = '{"timestamp":%.3f,"level":"ERROR","service":"shop","message":"' % stamp
    return "".join([f'{head}{number:010d}"}}\n' for number in range(begin, end)]).encode()


def write_all(folder, options, keeps_file, stop, written):
    """The program whose log it is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rng = random.Random(options.seed)
    path, rotated = folder / "app.log", folder / "rotated"
    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    begin, reopen_at = time.monotonic(), None
    while not stop.is_set():
        now = time.monotonic()
        if rotated.exists():
            if reopen_at is None:
                reopen_at = now if keeps_file else now + rng.uniform(0, 0.03)
            if now >= reopen_at:
                if not keeps_file:
                    os.close(out)
                    out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                reopen_at = None
                rotated.unlink()
        if written.value > (now - begin) * options.rate:
            time.sleep(0.002)
            continue
        data = lines(written.value, written.value + AT_ONCE, options.rate)
        while data:
            data = data[os.write(out, data):]
        written.value += AT_ONCE
    rotated.unlink(missing_ok=True)
    os.close(out)


class Tocsin:
    def __init__(self, options, folder):
        (folder / "tocsin.yaml").write_text(CONFIG.replace("FOLDER", str(folder)))
        self.log = folder / "tocsin.err"
        with open(self.log, "wb") as err:
            self.process = subprocess.Popen([options.tocsin, "run", "--config", folder / "tocsin.yaml"],
                                            stdout=subprocess.DEVNULL, stderr=err)
        self.port = None
        deadline = time.monotonic() + 30
        while self.port is None:
            found = re.search(r"metrics on port (\d+)", self.log.read_text())
            self.port = found and found[1]
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("tocsin does not start:\n" + self.log.read_text())
            time.sleep(0.02)

    def metrics(self):
        """Each metric's sum over its labels."""
        sums = {}
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as page:
            for line in page.read().decode().splitlines():
                if not line.startswith("#"):
                    name, value = re.split(r"(?:{.*})? ", line)
                    sums[name] = sums.get(name, 0) + float(value)
        return sums

    def settle(self, expected, seconds, quiet):
        """Until that many lines are taken in (None: all there are), and for `quiet` seconds no more have come."""
        deadline, last, since = time.monotonic() + seconds, -1, 0
        while time.monotonic() < deadline and self.process.poll() is None:
            now = self.metrics()
            taken = now["tocsin_lines_total"]
            if taken != last:
                last, since = taken, time.monotonic()
            done = taken >= expected if expected is not None else now["tocsin_source_lag_bytes"] == 0
            if done and time.monotonic() - since > quiet:
                break
            time.sleep(0.05)
        return now

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def age_archives(folder):
    """A compressed file is looked into when it has not changed for some seconds: so it need not be waited for."""
    for path in folder.glob("app.log.*.gz"):
        os.utime(path, (time.time() - 3600, time.time() - 3600))


def in_store(folder, written):
    """How often each number is there, and what could not be parsed."""
    counts = bytearray(written)
    torn = strange = 0
    database = sqlite3.connect(f"file:{next((folder / 'data').glob('*.db'))}?mode=ro", uri=True)
    for (message,) in database.execute("SELECT message FROM event"):
        number = int(message) if message.isdigit() else written
        if number < written:
            counts[number] = min(counts[number] + 1, 255)
        else:
            strange += 1
    for (row,) in database.execute("SELECT json FROM result WHERE type='dead_letter'"):
        torn += 1
    database.close()
    return counts, torn, strange


def on_disk(folder, missing):
    """Those of the missing numbers that some file still has."""
    left = set()
    wanted = re.compile(rb'"message":"(\d{10})"}\n')
    for path in folder.glob("app.log*"):
        opened = gzip.open(path) if path.suffix == ".gz" else open(path, "rb")
        with opened as file:
            left.update(number for number in map(int, wanted.findall(file.read())) if number in missing)
    return left


def rotate(folder, options, rng, stop_at):
    count = 0
    while time.monotonic() < stop_at:
        time.sleep(rng.uniform(options.pause / 4, options.pause))
        # gzip complains where a file grows while it reads it; what counts is what is lost.
        result = subprocess.run(["logrotate", "-f", "-s", folder / "state", folder / "logrotate.conf"],
                                capture_output=True, text=True)
        if result.returncode != 0:
            raise SystemExit("logrotate: " + result.stderr)
        count += 1
    return count


def run(mode, options, folder):
    """The faults that were found; prints its line."""
    folder.mkdir()
    may_lose = mode.startswith("copytruncate")
    config = folder / "logrotate.conf"
    config.write_text(LOGROTATE.replace("FOLDER", str(folder)).replace("OPTIONS", MODES[mode]))
    config.chmod(0o600)
    stop, written = multiprocessing.Event(), multiprocessing.Value("q", 0, lock=False)
    begin = time.monotonic()
    tocsin = Tocsin(options, folder)
    writer = multiprocessing.Process(target=write_all, args=(folder, options, may_lose, stop, written), daemon=True)
    writing = time.monotonic()
    writer.start()
    rotations = rotate(folder, options, random.Random(options.seed), writing + options.seconds)
    stop.set()
    writer.join()
    total, took = written.value, time.monotonic() - writing
    behind = total - tocsin.metrics()["tocsin_lines_total"]
    # The metrics are of the last second.
    metrics = tocsin.settle(None if may_lose else total, options.patience, 1.2 if may_lose else 0.4)
    if "compress" in MODES[mode]:
        age_archives(folder)
        metrics = tocsin.settle(None if may_lose else total, options.patience, 1.2)
    exit_code = tocsin.stop()

    counts, torn, strange = in_store(folder, total)
    missing = {number for number in range(total) if counts[number] == 0}
    unread = on_disk(folder, missing) if missing else set()
    twice = sum(1 for count in counts if count > 1)
    truncations = int(metrics["tocsin_source_truncations_total"])
    told = tocsin.log.read_text().count(" was emptied")
    faults = []
    if exit_code != 128 + signal.SIGTERM:
        faults.append(f"tocsin ended with {exit_code}")
    if twice or strange:
        faults.append(f"{twice} lines were read twice, {strange} were never written")
    if unread:
        faults.append(f"{len(unread)} lines are in the files and were not read, from {min(unread)} to {max(unread)}")
    if not may_lose and (missing or torn):
        faults.append(f"{len(missing)} lines are lost, {torn} are torn")
    if may_lose and (torn > 2 * rotations or not 1 <= truncations <= rotations or told != truncations):
        faults.append(f"{torn} torn lines, {truncations} truncations counted, {told} told, of {rotations}")
    if not may_lose and truncations:
        faults.append(f"{truncations} truncations were counted, and there was none")
    window = ""
    if may_lose:
        window = (f" ({100 * len(missing) / max(total, 1):.3f} %, all in the window of truncation; torn {torn}; "
                  f"{truncations} truncations told, {int(metrics['tocsin_source_lost_bytes_total'])} bytes known lost)")
    print(f"{mode}: {total} lines at {total / took:.0f} a second, {rotations} rotations; lost {len(missing)}{window}, "
          f"twice {twice}; {behind:.0f} behind at the end of writing; {time.monotonic() - begin:.0f} s; "
          f"{'ok' if not faults else 'WRONG'}", flush=True)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tocsin", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--mode", choices=[*MODES, "all"], default="all")
    parser.add_argument("--seconds", type=float, default=20, help="of writing, each mode")
    parser.add_argument("--rate", type=int, default=100_000, help="lines a second, or what the machine gives")
    parser.add_argument("--pause", type=float, default=0.4, help="seconds between rotations, at most")
    parser.add_argument("--patience", type=float, default=180, help="seconds until all must have been read")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folders behind")
    options = parser.parse_args()
    if shutil.which("logrotate") is None:
        print("logrotate is not installed")
        return 77
    base = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-rotation-"))
    failed = False
    for mode in MODES if options.mode == "all" else [options.mode]:
        faults = run(mode, options, base / mode)
        for fault in faults:
            print("  " + fault)
        failed = failed or bool(faults)
        if faults or options.keep:
            print(f"  left in {base / mode}")
        else:
            shutil.rmtree(base / mode)
    if not failed and not options.keep:
        shutil.rmtree(base)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
