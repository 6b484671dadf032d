#!/usr/bin/env python3
"""Whether `tocsin tail` keeps its size: a day of event time is written as fast as it is taken in.

  memory_bench.py --tocsin build/release/tocsin

Twenty services, an outage every twenty minutes; resident memory is read after each hour of event time, when all its lines
have been taken in.
"""
import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

START = 1_795_132_800


def resident_kb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def lines_taken(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        return next(int(line.split()[1]) for line in page.read().decode().splitlines()
                    if line.startswith("tocsin_lines_total "))


def minute_of_lines(minute, count, rng):
    services = [f"s{number:02d}" for number in range(20)]
    for number in range(count):
        ms = int((START + minute * 60 + number * 60 / count) * 1000)
        service = rng.choice(services)
        bad = rng.random() < 0.01 or (minute % 20 < 4 and service == "s03" and rng.random() < 0.5)
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"
        yield json.dumps({"timestamp": at, "level": "ERROR" if bad else "INFO", "service": service,
                          "message": f"{'pool exhausted' if bad else 'served'} {rng.randrange(10 ** 6)}",
                          "latency_ms": rng.randrange(400)}) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tocsin", required=True)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--lines", type=int, default=700, help="lines a minute of event time")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-memory-"))
    (folder / "shop.log").touch()
    log = open(folder / "err", "w")
    tocsin = subprocess.Popen([options.tocsin, "tail", folder / "shop.log", "--data-dir", folder / "data", "--output",
                               "none", "--dry-run", "--metrics-listen", "127.0.0.1:0", "--idle-timeout", "1h"],
                              stderr=log)
    while "metrics on port" not in (folder / "err").read_text():
        time.sleep(0.05)
    port = next(line.split()[-1] for line in (folder / "err").read_text().splitlines() if "metrics on port" in line)
    rng, written, sizes = random.Random(1), 0, []
    with open(folder / "shop.log", "a") as out:
        for hour in range(options.hours):
            for minute in range(60):
                out.writelines(minute_of_lines(hour * 60 + minute, options.lines, rng))
                written += options.lines
            out.flush()
            while lines_taken(port) < written:
                time.sleep(0.05)
            sizes.append(resident_kb(tocsin.pid))
    tocsin.terminate()
    tocsin.wait()
    shown = ", ".join(f"{sizes[hour - 1] / 1024:.1f}" for hour in (1, 2, 6, 12, 18, 24) if hour <= len(sizes))
    print(f"{written} lines, {options.hours} hours: MB after hour 1, 2, 6, 12, 18, 24: {shown}; "
          f"last to first {sizes[-1] / sizes[0]:.3f}")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
