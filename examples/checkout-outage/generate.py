#!/usr/bin/env python3
"""Writes the log of an outage in a small shop: payment's database connections run out, and checkout fails with it.

The same options give the same bytes. Five services write JSON lines: auth, inventory, payment, checkout, recommendation.
By default 42 minutes from 2026-11-20T09:40:00Z. Connections begin to run out after 22 minutes (10:02), calls fail 90 seconds
later, and the shop recovers after 36 (10:16). Other lengths keep these proportions.
"""
import argparse
import math
import os
import random

START_MS = 1795167600000  # 2026-11-20T09:40:00Z
OUTAGE_BEGINS = 22 / 42
OUTAGE_ENDS = 36 / 42
CLIMB_S = 90.0            # from the first slow call to the first that fails
LINES_PER_REQUEST = 3.0   # a little under what a calm minute has

PRODUCTS = ("lamp", "desk", "chair", "shelf", "rug", "mirror", "clock", "vase")
BENIGN = {                # errors of a normal day: message, status
    "auth": ("token rejected: signature does not match", 401),
    "inventory": ("product not found: sku {sku}", 404),
    "payment": ("card declined: insufficient funds, order {order}", 402),
    "checkout": ("cart rejected: order {order} is empty", 400),
    "recommendation": ("model answered with no candidates for user {user}", 500),
}
ROUTES = {"auth": "POST /verify", "inventory": "POST /reserve", "payment": "POST /charge", "checkout": "POST /orders",
          "recommendation": "GET /suggestions"}
BASE_LATENCY_MS = {"auth": 9.0, "inventory": 24.0, "payment": 62.0, "checkout": 120.0, "recommendation": 31.0}


class Outage:
    """How bad payment is at a moment: nothing before, a climb of 90 s, then exhausted until the end."""

    def __init__(self, seconds):
        self.begins = seconds * OUTAGE_BEGINS
        self.fails = self.begins + min(CLIMB_S, seconds * 0.1)
        self.ends = seconds * OUTAGE_ENDS
        self.breaker = self.fails + (self.ends - self.fails) * 0.4

    def pressure(self, at):
        if at < self.begins or at >= self.ends:
            return 0.0
        return min(1.0, (at - self.begins) / (self.fails - self.begins))


class Shop:
    """Writes the lines of one request after another. Every line is (time it is written at in ms, text)."""

    def __init__(self, seed, seconds):
        self.random = random.Random(seed).random
        self.outage = Outage(seconds)
        self.lines = []
        self.second = None
        self.second_text = ""

    def chance(self, share):
        return self.random() < share

    def pick(self, low, high):
        return low + int(self.random() * (high - low + 1))

    def latency(self, service, factor=1.0):
        """Most calls near the base, a few several times as long."""
        u = self.random()
        u4 = u * u * u * u
        return BASE_LATENCY_MS[service] * factor * (0.6 + 0.5 * u + 2.4 * u4 * u4 * u4)

    def stamp(self, at_ms):
        second, ms = divmod(at_ms, 1000)
        if second != self.second:
            of_day = (START_MS // 1000 + second) % 86400
            self.second = second
            self.second_text = f"2026-11-20T{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}"
        return f"{self.second_text}.{ms:03}Z"

    def write(self, at, level, service, message, caller=None, latency=None, status=None, trace=None):
        at_ms = int(at * 1000)
        parts = [f'{{"timestamp":"{self.stamp(at_ms)}","level":"{level}","service":"{service}",'
                 f'"host":"{service}-{self.pick(1, 3)}"']
        if caller:
            parts.append(f'"caller":"{caller}"')
        if status:
            parts.append(f'"route":"{ROUTES[service]}","status":{status}')
        if latency is not None:
            parts.append(f'"latency_ms":{latency:.1f}')
        if trace:
            parts.append(f'"trace_id":"{trace}"')
        parts.append(f'"message":"{message}"}}\n')
        # Lines of different hosts reach the file a little out of order.
        arrival = at_ms + (self.pick(0, 60) if self.chance(0.03) else 0)
        self.lines.append((arrival, len(self.lines), ",".join(parts)))

    def call(self, at, service, caller, trace, message, factor=1.0):
        """A call that works, but for the odd error of a normal day. Gives the time it ends at, and whether it worked."""
        latency = self.latency(service, factor)
        end = at + latency / 1000
        if self.chance(0.002):
            text, status = BENIGN[service]
            text = text.format(sku=self.pick(1000, 9999), order=self.pick(100000, 999999), user=self.pick(1000, 99999))
            self.write(end, "ERROR", service, text, caller, latency, status, trace)
            return end, False
        self.write(end, "INFO", service, message, caller, latency, 200, trace)
        return end, True

    def browse(self, at, trace):
        user = self.pick(1000, 99999)
        at, known = self.call(at, "auth", "web", trace, f"token verified for user {user}")
        if not known:
            return
        pressure = self.outage.pressure(at)
        # Suggestions look at recent orders, which are slow to read while payment is down.
        if pressure >= 1 and self.chance(0.012):
            latency = 250 + 200 * self.random()
            self.write(at + latency / 1000, "WARN", "recommendation",
                       f"order history is slow, suggesting popular products to user {user}", "web", latency, 200, trace)
            return
        self.call(at, "recommendation", "web", trace,
                  f"{self.pick(4, 12)} products suggested to user {user}", 1 + 0.8 * pressure)

    def order(self, at, trace):
        order, user, product = self.pick(100000, 999999), self.pick(1000, 99999), PRODUCTS[self.pick(0, 7)]
        begin = at
        if self.chance(0.006):
            self.refuse(at, trace, order)
            return
        at, known = self.call(at, "auth", "checkout", trace, f"token verified for user {user}")
        if not known:
            return
        pressure = self.outage.pressure(at)
        if pressure >= 1 and self.chance(0.25):
            # What failed orders hold back is asked for again.
            wait = 90 + 120 * self.random()
            self.write(at + wait / 1000, "WARN", "inventory",
                       f"{product} is held by an unfinished order, retrying for order {order}", "checkout", wait, 409, trace)
            at += wait / 1000
        at, stocked = self.call(at, "inventory", "checkout", trace, f"{self.pick(1, 3)} {product} reserved for order {order}")
        if not stocked:
            return
        at, paid = self.charge(at, trace, order, pressure)
        if paid:
            own = self.latency("checkout", 0.4) / 1000
            self.write(at + own, "INFO", "checkout", f"order {order} placed by user {user}", "web",
                       (at + own - begin) * 1000, 201, trace)
        elif paid is None:
            self.fail_order(begin, at, trace, order)

    def refuse(self, at, trace, order):
        text, status = BENIGN["checkout"]
        latency = 2 + 6 * self.random()
        self.write(at + latency / 1000, "ERROR", "checkout", text.format(order=order), "web", latency, status, trace)

    def charge(self, at, trace, order, pressure):
        """Payment's part of an order. Gives the end, and True, False (declined) or None (payment is down)."""
        if pressure == 0:
            return self.call(at, "payment", "checkout", trace, f"charged order {order}, {self.pick(9, 480)}.{self.pick(10, 99)} EUR")
        if at > self.outage.breaker and self.chance(0.25):
            return at, None  # checkout's circuit breaker is open: payment is not even asked
        failing = 0.72 if pressure >= 1 else 0.3 * max(0.0, pressure - 0.75)
        if self.chance(failing):
            waited = 2001 + 170 * self.random()
            self.write(at + waited / 1000, "ERROR", "payment", "connection pool exhausted: 50/50 in use, waited 2000 ms",
                       "checkout", waited, 503, trace)
            return at + waited / 1000, None
        wait = 1700 * pressure * pressure * (0.4 + 0.6 * self.random())
        latency = wait + self.latency("payment")
        end = at + latency / 1000
        if wait > 400 and self.chance(0.3):
            self.write(end, "WARN", "payment", f"waited {int(wait)} ms for a database connection, {self.pick(44, 49)}/50 in use",
                       "checkout", trace=trace)
        self.write(end, "INFO", "payment", f"charged order {order}, {self.pick(9, 480)}.{self.pick(10, 99)} EUR", "checkout",
                   latency, 200, trace)
        return end, True

    def fail_order(self, begin, at, trace, order):
        if at - begin < 1:
            latency = 2 + 4 * self.random() + (at - begin) * 1000
            message, status = "payment call refused: circuit breaker is open", 503
        else:
            latency = (at - begin) * 1000 + 8 + 30 * self.random()
            message, status = "payment call failed: deadline exceeded after 2000 ms", 504
        self.write(begin + latency / 1000, "ERROR", "checkout", message, "web", latency, status, trace)
        if self.chance(0.15):
            self.write(begin + latency / 1000 + 0.005, "WARN", "checkout", f"order {order} will be tried again by its owner", "web",
                       trace=trace)

    def heartbeat(self, at):
        """What payment says about its connections, every five seconds."""
        pressure = self.outage.pressure(at)
        used = 50 if pressure >= 1 else int(9 + 40 * pressure + 5 * self.random())
        level = "INFO" if used < 40 else "WARN"
        self.write(at, level, "payment", f"connection pool {used}/50 in use, {0 if pressure < 1 else self.pick(40, 160)} waiting")


def generate(seed, seconds, requests):
    shop = Shop(seed, seconds)
    # The day's slow swell, and a minute-long ripple.
    cells = 4096
    weights = [1 + 0.22 * math.sin(2 * math.pi * i / cells - 1.2) + 0.08 * math.sin(2 * math.pi * i * seconds / 60 / cells)
               + 0.1 * shop.random() for i in range(cells)]
    total = sum(weights)
    spread, number = 0.0, 0
    for i, weight in enumerate(weights):
        spread += weight / total * requests
        while number < spread and number < requests:
            number += 1
            at = (i + shop.random()) * seconds / cells
            trace = f"{shop.pick(0, 0xffffffffffff):012x}{number:08x}"
            if shop.chance(0.52):
                shop.browse(at, trace)
            else:
                shop.order(at, trace)
    for beat in range(0, int(seconds), 5):
        shop.heartbeat(beat + shop.random())
    end = int(seconds * 1000)
    return [text for at, _, text in sorted(shop.lines) if at < end]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Writes the log of an outage in a small shop.")
    parser.add_argument("--lines", type=int, default=120000, help="at least this many lines (default 120000)")
    parser.add_argument("--minutes", type=float, default=42, help="of event time (default 42)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another day (default 1)")
    parser.add_argument("--out", default=os.path.join(here, "incident.ndjson"), help="default: incident.ndjson beside this script")
    options = parser.parse_args()
    if options.lines < 1 or not 1 <= options.minutes <= 720:
        parser.error("--lines needs at least 1, --minutes 1 to 720")

    requests = math.ceil(options.lines / LINES_PER_REQUEST)
    lines = generate(options.seed, options.minutes * 60, requests)
    while len(lines) < options.lines:
        requests += max(1, requests // 20)
        lines = generate(options.seed, options.minutes * 60, requests)

    # Written beside the file and moved there, so that a broken run leaves no half of it.
    unfinished = f"{options.out}.{os.getpid()}.tmp"
    with open(unfinished, "w", encoding="ascii", newline="\n") as file:
        file.writelines(lines)
    os.replace(unfinished, options.out)
    print(f"{options.out}: {len(lines)} lines")


if __name__ == "__main__":
    main()
