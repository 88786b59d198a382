# SPDX-License-Identifier: MIT
"""Call records as files."""
import csv
import sqlite3

from harness.process import check
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up, talk


@case("e2e.records.kill", timeout_s=90)
def kill(t):
    """kill -9 right after hang-ups, four times: each call is one whole line of the file, and none twice."""
    gateway = t.gateway()
    phone, pbx = t.both()
    wanted = []
    for round_ in range(4):
        calls = []
        for n in range(8):
            number = f"1{round_}{n:02d}"
            calls.append(talk(phone, pbx, called=number))
            wanted.append(number)
        for a, _ in calls:
            a.send_request("BYE")
        for a, _ in calls:
            a.expect(200)
        gateway.kill_control()
        gateway.start_control()
    path = gateway.state_dir / "records" / "records.csv"
    text = path.read_text()
    check(text.endswith("\n"), "the file ends with half a line")
    rows = list(csv.DictReader(text.splitlines()))
    check(all(None not in row and None not in row.values() for row in rows), "a line has not the columns of the first")
    check(sorted(row["called"] for row in rows) == sorted(wanted),
          f"{len(rows)} lines of {len(wanted)} calls: {sorted(row['called'] for row in rows)}")
    check(len({row["id"] for row in rows}) == len(rows), "a call is there twice")
    check(all(row["ended_by"] == "caller" and row["sip_status"] == "200" for row in rows), "a record says something else")
    records = {r["id"] for r in gateway.records(100)}
    check({row["id"] for row in rows} == records, "the file and show records differ")


@case("e2e.records.columns")
def columns(t):
    """A call with voice, and one that is refused: the file and the table say the same, and all that is known."""
    gateway = t.gateway()
    phone, pbx = t.both()
    a, b = talk(phone, pbx, called="1001")
    ends = [t.closing(RtpEnd(h, p)) for h, p in ((t.phones, 20000), (t.pbx, 30000))]
    exchange(*ends, (a.media.ip, a.media.port), (b.media.ip, b.media.port), count=40)
    hang_up(a, b)
    c = phone.invite("1002", phone.sdp(20010))
    d = pbx.expect_call()
    d.reply(486)
    d.expect("ACK")
    c.ack_failure(c.expect(486))
    gateway.wait_no_calls()
    rows = list(csv.DictReader((gateway.state_dir / "records" / "records.csv").read_text().splitlines()))
    base = sqlite3.connect(f"file:{gateway.state_dir}/journal.db?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    table = [dict(row) for row in base.execute("SELECT * FROM record ORDER BY number")]
    base.close()
    check(len(rows) == len(table) == 2, f"{len(rows)} lines, {len(table)} rows of two calls")
    for line, row in zip(rows, table):
        for name, text in line.items():
            value = row[name]
            same = text == "" if value is None else text == value if isinstance(value, str) else float(text) == value
            check(same, f"{name} is {text!r} in the file and {value!r} in the table")
    good, refused = rows
    wanted = {"calling": "2001", "called": "1001", "called_out": "1001", "trunk_in": "phones", "trunk_out": "pbx", "route": "to-pbx",
              "sip_status": "200", "ended_by": "caller", "codec_in": "PCMU/8000", "codec_out": "PCMU/8000", "lost_in": "0",
              "lost_out": "0", "peer_in": f"{phone.ip}:5060", "peer_out": f"{pbx.ip}:5060", "call_id_in": a.call_id,
              "call_id_out": b.call_id}
    differs = {name: good[name] for name, value in wanted.items() if good[name] != value}
    check(not differs, f"the record says {differs}")
    check(good["started"] <= good["ringing"] <= good["answered"] < good["ended"], f"the times are {good}")
    for side in ("in", "out"):
        check(int(good[f"received_{side}"]) >= 40 and float(good[f"mos_{side}"]) > 4 and good[f"jitter_ms_{side}"],
              f"voice {side}: {good}")
    check((refused["sip_status"], refused["ended_by"], refused["answered"], refused["call_id_out"]) ==
          ("486", "callee", "", d.call_id), f"the refused call: {refused}")
