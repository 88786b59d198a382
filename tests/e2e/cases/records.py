# SPDX-License-Identifier: MIT
"""Call records as files."""
import csv

from harness.process import check
from harness.registry import case
from harness.sip import talk


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
