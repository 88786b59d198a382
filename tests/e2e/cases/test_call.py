# SPDX-License-Identifier: MIT
"""`test call`: the gateway calls by itself, talks with a peer, and reports what it heard."""
import json
import re
import signal
import subprocess
import time

from cases.asterisk import FILES
from harness.peers import Asterisk
from harness.process import check, wait_until
from harness.registry import case
from harness.voice import Voice, frequency_of, level_dbm0

PBX_PORT = 30000


class TestCall:
    """A `junctor test call` that runs beside the test."""

    def __init__(self, gateway, *words, trunk="pbx", number="1000"):
        argv = gateway.lab.gw.argv([f"{gateway.bin}/junctor", "--run-dir", gateway.run_dir,
                                    "test", "call", trunk, "number", number, *words])
        self.process = subprocess.Popen(list(map(str, argv)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, status=0, timeout_s=20):
        text, _ = self.process.communicate(timeout=timeout_s)
        check(self.process.returncode == status, f"test call ended with {self.process.returncode}:\n{text}")
        return text

    def result(self, timeout_s=20):
        return json.loads(self.end(timeout_s=timeout_s))

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def answer(t, pbx, formats="0", **voice):
    """The peer rings, answers, and has a voice; (call, voice)."""
    call = pbx.expect_call()
    offer = call.invite.sdp()
    call.reply(180)
    time.sleep(0.6)     # longer than the console waits between two questions
    call.reply(200, pbx.sdp(PBX_PORT, formats=formats))
    call.expect("ACK")
    payload_type = int(formats.split()[0])
    return call, t.closing(Voice(t.pbx, PBX_PORT, payload_type=payload_type, **voice)).start((offer.ip, offer.port))


def near(what, got, wanted, by):
    check(abs(got - wanted) <= by, f"{what} is {got:.2f}, not {wanted} within {by}")


def unbroken(packets):
    """The longest run of packets that follow each other. A dataplane that stood still for longer than 100 ms leaves out
    what it is too late for: the next packet says so by marker and timestamp, and no other does."""
    runs = [[packets[0]]]
    check(packets[0][1] == 1 and packets[0][5] == 8, f"the first packet is {packets[0][1:6]}")
    for n, (before, packet) in enumerate(zip(packets, packets[1:]), 1):
        later = (packet[3] - before[3]) & 0xffffffff
        check(packet[2] == (before[2] + 1) & 0xffff and packet[4:6] == before[4:6] and later % 160 == 0 and
              packet[1] == (later > 160), f"packet {n} is {packet[1:6]} after {before[1:6]}")
        check(len(packet[6]) == 160, f"packet {n} has {len(packet[6])} octets")
        if packet[1]:
            runs.append([])
        runs[-1].append(packet)
    return max(runs, key=len)


def hangs_up(call):
    call.expect("BYE", 15)
    call.reply(200)


@case("e2e.test-call.tone")
def tone(t):
    """A peer that plays 425 Hz is reported with frequency and level; what it hears is 1004 Hz at -10 dBm0, without a
    gap; the call is among the others, in the trace, and in the records."""
    gateway = t.gateway()
    pbx = t.agent(t.pbx)
    test = t.closing(TestCall(gateway, "calling", "4711", "4"))
    call, voice = answer(t, pbx, "8", tone=(425, -13.2))
    check("sip:4711@" in call.invite.get("from"), f"From is {call.invite.get('from')}")
    wait_until("the voice is there", lambda: len(voice.packets) > 50, 5)
    shown = gateway.calls()
    check(len(shown) == 1 and shown[0]["state"] == "hearing", f"show calls: {shown}")
    check([leg["trunk"] for leg in shown[0]["legs"]] == ["test call", "pbx"], f"its legs: {shown[0]['legs']}")
    media = gateway.media()
    check(media[0]["legs"][1]["codec"] == "PCMA/8000", f"show media: {media}")
    hangs_up(call)
    text = test.end()
    for line in ("calling 1000 at pbx (10.10.2.2:5060) ...", "180 Ringing after", "answered after", "hears a tone of 425 Hz",
                 "heard     a tone of 425 Hz at -13.", "0 lost (0.0 %)", "PCMA/8000", "MOS 4."):
        check(line in text, f"{line!r} is not in the report:\n{text}")
    t.note(text.strip().replace("\n", "\n  "))

    packets = voice.packets
    whole = unbroken(packets)
    check(len(whole) >= 50, f"of {len(packets)} packets no more than {len(whole)} follow each other")
    t.note(f"{len(packets)} packets came, {len(whole)} of them in a row, "
           f"one each {(whole[-1][0] - whole[0][0]) * 1000 / (len(whole) - 1):.2f} ms")
    near("the time that they are of, in packets", ((packets[-1][3] - packets[0][3]) & 0xffffffff) / 160, 200, 50)
    samples = voice.heard()
    begin = 160 * packets.index(whole[0])
    near("the frequency", frequency_of(samples[begin:begin + 160 * len(whole)]), 1004, 1)
    near("the level", level_dbm0(8, samples), -10, 0.1)

    record = gateway.records()[-1]
    check((record["trunk_in"], record["trunk_out"], record["calling"], record["called"], record["sip_status"]) ==
          ("test call", "pbx", "4711", "1000", 200), f"its record: {record}")
    check(record["media"][1]["packets_received"] > 150, f"the voice of its record: {record['media']}")
    trace = gateway.junctor("show", "trace", record["id"])
    check("INVITE" in trace and "BYE" in trace, f"its trace:\n{trace}")


@case("e2e.test-call.echo")
def echo(t):
    """The peer hears itself, at its own level."""
    gateway = t.gateway()
    pbx = t.agent(t.pbx)
    test = t.closing(TestCall(gateway, "echo", "3", "|", "json"))
    call, voice = answer(t, pbx, "0", tone=(620, -20))
    hangs_up(call)
    result = test.result()
    check(result["echo"] and result["state"] == "ended", f"the result: {result}")
    near("the frequency that was heard", result["heard"]["tone_hz_x10"] / 10, 620, 6)
    samples = voice.heard(skip=20)
    near("the frequency of the echo", frequency_of(samples), 620, 3)
    near("the level of the echo", level_dbm0(0, samples), -20, 0.3)


@case("e2e.test-call.early")
def early(t):
    """What a peer lets hear before it answers, or before it refuses, is reported apart; nothing is said to it until then."""
    gateway = t.gateway()
    pbx = t.agent(t.pbx)
    test = t.closing(TestCall(gateway, "3"))
    call = pbx.expect_call()
    offer = call.invite.sdp()
    call.reply(183, pbx.sdp(PBX_PORT, formats="8"))
    voice = t.closing(Voice(t.pbx, PBX_PORT, payload_type=8, tone=(425, -20))).start((offer.ip, offer.port))
    time.sleep(2.6)
    check(not voice.packets, f"{len(voice.packets)} packets were sent to a peer that has not answered")
    voice.tone = (620, -10)
    call.reply(200, pbx.sdp(PBX_PORT, formats="8"))
    call.expect("ACK")
    hangs_up(call)
    text = test.end()
    for line in ("183 Session Progress after", "early media after", "hears early a tone of 425 Hz", "answered after",
                 "hears a tone of 620 Hz", "early     a tone of 425 Hz at -20.", "heard     a tone of 620 Hz at -10."):
        check(line in text, f"{line!r} is not in the report:\n{text}")
    share = int(re.search(r"heard     a tone of 620 Hz .* in (\d+) % of the time", text).group(1))
    check(share >= 97, f"the two are mixed:\n{text}")
    near("the number of packets", len(voice.packets), 150, 4)
    near("the frequency", frequency_of(voice.heard()), 1004, 1)
    voice.close()

    test = t.closing(TestCall(gateway, "3"))
    call = pbx.expect_call()
    offer = call.invite.sdp()
    call.reply(183, pbx.sdp(PBX_PORT + 2, formats="0"))
    voice = t.closing(Voice(t.pbx, PBX_PORT + 2, tone=(950, -15))).start((offer.ip, offer.port))
    time.sleep(1.5)
    call.reply(404)
    call.expect("ACK")
    text = test.end(status=1)
    check("early     a tone of 950 Hz at -15." in text and "404 Test" in text, f"of an announcement:\n{text}")
    check(gateway.records()[-1]["media"][1]["packets_received"] > 50, "its record has no voice")


@case("e2e.test-call.failures")
def failures(t):
    """A peer that says nothing, one that is silent, one that refuses, one that never answers, one that hangs up."""
    gateway = t.gateway()
    pbx = t.agent(t.pbx)
    test = t.closing(TestCall(gateway, "2"))
    call, voice = answer(t, pbx)
    hangs_up(call)
    voice.close()
    text = test.end()
    check("heard     nothing: no voice came" in text, f"of a peer that says nothing:\n{text}")

    test = t.closing(TestCall(gateway, "2"))
    call = pbx.expect_call()
    call.reply(486, reason="Busy Here")
    call.expect("ACK")
    text = test.end(status=1)
    check("not answered" in text and "486" in text, f"of a peer that is busy:\n{text}")

    test = t.closing(TestCall(gateway, "60"))
    call = pbx.expect_call()
    call.reply(180)
    time.sleep(0.5)
    test.process.send_signal(signal.SIGINT)
    cancel = call.expect("CANCEL")
    call.reply(200, request=cancel)
    call.reply(487, request=call.invite)
    call.expect("ACK")
    text = test.end(status=1)
    check("180 Ringing" in text and "hung up before an answer" in text, f"of ^C:\n{text}")

    test = t.closing(TestCall(gateway, "60"))
    call, _ = answer(t, pbx, "0", tone=(1000, -90))
    time.sleep(2)
    call.send_request("BYE")
    call.expect(200)
    text = test.end()
    check("hung up" in text and "heard     silence" in text, f"of a peer that hangs up:\n{text}")

    for words, wanted in ((("61",), "1 to 60 seconds"), (("5", "5"), "nothing may follow")):
        check(wanted in t.closing(TestCall(gateway, *words)).end(status=2), f"{words} is taken")
    check("no trunk" in t.closing(TestCall(gateway, trunk="none")).end(status=1), "a trunk that is not there")
    pbx.silence(0.2)


@case("e2e.test-call.restarts", timeout_s=90)
def restarts(t):
    """junctor-dataplane dies: the tone goes on in the same stream. junctor-control dies: the peer gets a BYE."""
    gateway = t.gateway()
    pbx = t.agent(t.pbx)
    test = t.closing(TestCall(gateway, "60"))
    call, voice = answer(t, pbx, "0", tone=(425, -10))
    wait_until("the voice is there", lambda: len(voice.packets) > 25, 5)
    gateway.kill_dataplane()
    gateway.start_dataplane()
    before = len(voice.packets)
    wait_until("the voice is there again", lambda: len(voice.packets) > before + 50, 15)
    last, again = voice.packets[before - 1], voice.packets[before]
    check(last[4] == again[4], "the SSRC is another")
    ahead = (again[2] - last[2]) & 0xffff
    check(0 < ahead < 1000, f"the sequence number went on by {ahead}")
    check((again[3] - last[3]) & 0xffffffff == 160 * ahead, "the timestamp did not go on with it")
    near("the frequency", frequency_of(voice.heard(skip=before + 5)), 1004, 2)

    gateway.kill_control()
    gateway.start_control()
    call.expect("BYE", 10)
    call.reply(200)
    test.end(status=1)
    record = gateway.records()[-1]
    check(record["trunk_in"] == "test call" and "started again" in record["reason"], f"its record: {record}")
    count = len(voice.packets)
    time.sleep(0.5)
    check(len(voice.packets) <= count + 1, "the tone goes on after the end of the call")


@case("e2e.test-call.asterisk", timeout_s=90)
def with_asterisk(t):
    """Asterisk's Echo() gives back our tone; its Milliwatt() is 1 kHz at 0 dBm0; a busy extension says so."""
    gateway = t.gateway()
    files = dict(FILES)
    files["extensions.conf"] = files["extensions.conf"].replace(
        "[to-phones]", "exten => 1005,1,Answer()\n same => n,Milliwatt(o)\n[to-phones]")
    Asterisk(t.pbx, files).start()
    for number, hertz, dbm0 in (("1001", 1004, -10), ("1005", 1000, 0)):
        result = t.closing(TestCall(gateway, "4", "|", "json", number=number)).result()
        heard = result["heard"]
        check(heard["tone_permille"] > 900, f"{number}: {heard}")
        near(f"{number}: the frequency", heard["tone_hz_x10"] / 10, hertz, 5)
        near(f"{number}: the level", heard["tone_dbm0_x10"] / 10, dbm0, 0.3)
        check(result["media"]["packets_lost"] == 0, f"{number}: {result['media']}")
    text = t.closing(TestCall(gateway, number="1003")).end(status=1, timeout_s=30)
    check("486" in text, f"a busy extension:\n{text}")
