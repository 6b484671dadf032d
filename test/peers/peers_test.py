#!/usr/bin/env python3
"""tocsin with the programs that it meets in the world: Alertmanager, an SMTP server, rsyslog, syslog-ng, promtool.

  peers_test.py --tocsin build/dev/tocsin [PEER...]

A peer that is not installed is skipped, and said so. Prints one line for each and `N passed, N failed, N skipped`.
"""
import argparse
import datetime
import email
import email.policy
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


class Skipped(Exception):
    pass


def program(*names):
    for name in names:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:" + os.environ.get("PEERS_PATH", ""))
        if found:
            return found
    raise Skipped(f"{names[0]} is not installed")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain: {what}")


def now(seconds=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Scene:
    """A folder, and the processes in it, which are ended with it."""

    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-peers-"))
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, command, name):
        out = open(self.folder / f"{name}.log", "ab")
        self.processes.append(subprocess.Popen([str(part) for part in command], stdout=out, stderr=out, cwd=self.folder))
        return self.processes[-1]

    def log_of(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def tocsin(self, rules):
        (self.folder / "rules.yaml").write_text(rules)
        self.start([self.options.tocsin, "run", "--config", "rules.yaml", "--data-dir", "data", "--metrics-listen",
                    "127.0.0.1:0", "--output", "ndjson"], "tocsin")
        said = wait_for(lambda: [line for line in self.log_of("tocsin").splitlines() if "metrics on port" in line],
                        "tocsin listens")
        self.port = said[0].split()[-1]

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as page:
            return page.read().decode()

    def lines_taken(self):
        return next(int(line.split()[1]) for line in self.metrics().splitlines()
                    if line.startswith("tocsin_lines_total "))

    def write_outage(self, over):
        """Errors of the last minute but one; with `over`, quiet since then."""
        with open(self.folder / "shop.log", "a") as out:
            for second in range(-120, -75):
                out.write(json.dumps({"timestamp": now(second), "level": "ERROR", "service": "payment",
                                      "message": "pool exhausted"}) + "\n")
            if over:
                for second in range(-75, 60):
                    out.write(json.dumps({"timestamp": now(second), "level": "INFO", "service": "payment",
                                          "message": "fine"}) + "\n")


ALARM = """
version: 1
alarms:
  - name: errors
    for_each: service
    metric: {namespace: Tocsin, name: Errors, statistic: Sum}
    period: 10s
    evaluation_periods: 1
    comparison: ">"
    threshold: 2
    treat_missing_data: notBreaching
    severity: critical
    actions: {alarm: [contact:peer], ok: [contact:peer]}
sources: [{type: tail, paths: [shop.log]}]
"""


def test_alertmanager(scene):
    alertmanager, amtool = program("prometheus-alertmanager", "alertmanager"), program("amtool")
    (scene.folder / "am.yaml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    scene.start([alertmanager, "--config.file=am.yaml", "--storage.path=am", f"--web.listen-address=127.0.0.1:{port}",
                 "--cluster.listen-address="], "alertmanager")

    def alerts(*arguments):
        result = subprocess.run([amtool, f"--alertmanager.url={url}", "-o", "json", "alert", "query", *arguments],
                                capture_output=True, text=True)
        return json.loads(result.stdout) if result.returncode == 0 and result.stdout.strip() else None

    wait_for(lambda: alerts() is not None, "alertmanager answers")
    scene.write_outage(over=False)
    scene.tocsin(ALARM + f"contact_points: {{peer: {{type: alertmanager, url: '{url}', "
                         "allow_cidrs: [127.0.0.0/8]}}\n")
    shown = wait_for(alerts, "the alert is shown")
    assert len(shown) == 1, shown
    labels = shown[0]["labels"]
    assert labels["alertname"] and "payment" in json.dumps(labels) and labels["severity"] == "critical", labels
    scene.write_outage(over=True)
    wait_for(lambda: alerts() == [], "the alert is resolved")
    return f"shown with {labels}, then resolved"


def test_smtp(scene):
    try:
        import aiosmtpd.controller
        import aiosmtpd.handlers
    except ImportError:
        raise Skipped("python3-aiosmtpd is not installed") from None

    class Mailbox:
        def __init__(self):
            self.mails = []

        async def handle_DATA(self, server, session, envelope):
            self.mails.append(envelope)
            return "250 taken"

    mailbox = Mailbox()
    controller = aiosmtpd.controller.Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        scene.write_outage(over=True)
        scene.tocsin(ALARM + f"contact_points: {{peer: {{type: email, url: 'smtp://127.0.0.1:{controller.port}', "
                             "from: tocsin@example.com, to: [oncall@example.com], allow_cidrs: [127.0.0.0/8]}}\n")
        wait_for(lambda: len(mailbox.mails) >= 2, "two mails come")
    finally:
        controller.stop()
    subjects = []
    for mail in mailbox.mails:
        assert mail.rcpt_tos == ["oncall@example.com"], mail.rcpt_tos
        message = email.message_from_bytes(mail.content, policy=email.policy.default)
        assert message["Message-ID"] and message.get_body(("plain",)) and message.get_body(("html",))
        subjects.append(message["Subject"])
    return f"{len(subjects)} mails: {subjects}"


SYSLOG = """
version: 1
sources: [{type: syslog, listen: ["udp://127.0.0.1:PORT", "tcp://127.0.0.1:PORT"]}]
"""


def forwarded(scene, name, command, config, port):
    """What a syslog daemon forwards of a file that it follows arrives as events."""
    count = 500
    scene.tocsin(SYSLOG.replace("PORT", str(port)))
    (scene.folder / "app.log").touch()
    (scene.folder / f"{name}.conf").write_text(config)
    scene.start(command, name)
    time.sleep(2)
    before = scene.lines_taken()
    with open(scene.folder / "app.log", "a") as out:
        for number in range(count):
            out.write(f"payment error number {number}: pool exhausted\n")
    wait_for(lambda: scene.lines_taken() >= before + count, f"{count} lines by {name}: {scene.log_of(name)[-500:]}")
    page = scene.metrics()
    assert "tocsin_dead_letters_total{" not in page, page
    return f"{count} lines, all of them events"


def test_rsyslog_tcp(scene):
    return rsyslog(scene, 'protocol="tcp" TCP_Framing="octet-counted" Template="RSYSLOG_SyslogProtocol23Format"')


def test_rsyslog_udp(scene):
    return rsyslog(scene, 'protocol="udp" Template="RSYSLOG_TraditionalForwardFormat"')


def rsyslog(scene, how):
    rsyslogd, port = program("rsyslogd"), free_port()
    modules = pathlib.Path(rsyslogd).parent.parent / "lib/x86_64-linux-gnu/rsyslog"
    config = f"""
global(workDirectory="{scene.folder}")
module(load="imfile" PollingInterval="1")
input(type="imfile" File="{scene.folder}/app.log" Tag="payment:")
action(type="omfwd" target="127.0.0.1" port="{port}" {how})
"""
    command = [rsyslogd, "-n", "-f", "rsyslog.conf", "-i", scene.folder / "rsyslog.pid"]
    if modules.is_dir():
        command += ["-M", modules]
    return forwarded(scene, "rsyslog", command, config, port)


def test_syslog_ng(scene):
    syslog_ng, port = program("syslog-ng"), free_port()
    config = f"""@version: 3.38
source s {{ file("{scene.folder}/app.log" follow-freq(1) flags(no-parse) program-override("payment")); }};
destination d {{ syslog("127.0.0.1" port({port}) transport("tcp")); }};
log {{ source(s); destination(d); }};
"""
    command = [syslog_ng, "-F", "-f", "syslog-ng.conf", "--persist-file", "ng.persist", "--pidfile", "ng.pid",
               "--control", "ng.ctl", "--no-caps"]
    return forwarded(scene, "syslog-ng", command, config, port)


def test_promtool(scene):
    promtool = program("promtool")
    scene.write_outage(over=True)
    scene.tocsin(ALARM + "contact_points: {peer: {type: file, path: out.ndjson}}\n")
    wait_for(lambda: (scene.folder / "out.ndjson").exists(), "a notification is in the file")
    wait_for(lambda: scene.lines_taken() > 0, "lines are counted")
    result = subprocess.run([promtool, "check", "metrics"], input=scene.metrics(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return f"{len(scene.metrics().splitlines())} lines of metrics pass"


TESTS = {name[5:]: test for name, test in list(globals().items()) if name.startswith("test_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tocsin", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("peers", nargs="*", metavar="PEER", help=", ".join(TESTS))
    options = parser.parse_args()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name in options.peers or TESTS:
        with Scene(options) as scene:
            try:
                outcome, said = "passed", TESTS[name](scene)
            except Skipped as why:
                outcome, said = "skipped", why
            except Exception as fault:  # each peer is tried, whatever another did
                tocsin = scene.log_of("tocsin")[-1500:] if (scene.folder / "tocsin.log").exists() else ""
                outcome, said = "failed", f"{type(fault).__name__}: {fault}\n{tocsin}"
        counts[outcome] += 1
        print(f"{name}: {outcome}: {said}", flush=True)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
