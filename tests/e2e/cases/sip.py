# SPDX-License-Identifier: MIT
"""Hostile, broken and large SIP."""
import time

from harness.gateway import basic_config
from harness.message import bracket
from harness.process import check, wait_until
from harness.registry import case
from harness.sip import hang_up, talk


def big_value(letter, size):
    return letter * size


@case("e2e.sip.large-messages")
def large_messages(t):
    """8 KB over UDP with ten Via and eight Record-Route headers, in fragments: as request and as response, both ways."""
    t.gateway()
    phone, pbx = t.both()
    for caller, called in ((phone, pbx), (pbx, phone)):
        branch = [f"Via: SIP/2.0/UDP {caller.ip}:5060;branch=z9hG4bKhop{n}{big_value('v', 150)};received=192.0.2.{n}"
                  for n in range(9)]
        routes = [f"Record-Route: <sip:{caller.ip}:5060;lr;hop={n}{big_value('r', 300)}>" for n in range(8)]
        more = branch + routes + [f"X-Long: {big_value('x', 3500)}"]
        a = caller.invite("1001", caller.sdp(20000), headers=more)
        size = len(caller.log[-1][2])
        check(size > 8000, f"the INVITE has only {size} octets")
        b = called.expect_call()
        check(len(b.invite.all("via")) == 1, "Via headers of one side are seen on the other")
        check(not b.invite.all("record-route"), "Record-Route headers of one side are seen on the other")
        answer_routes = [f"Record-Route: <sip:{called.ip}:5060;lr;hop={n}{big_value('q', 700)}>" for n in range(8)]
        b.reply(180, headers=answer_routes)
        ringing = a.expect(180)
        check([f"Via: {v}" for v in ringing.all("via")[1:]] == branch,
              f"180 has not the ten Via headers in their order: {[v[:60] for v in ringing.all('via')]}")
        b.reply(200, called.sdp(30000), headers=answer_routes + [f"X-Long: {big_value('y', 2000)}"])
        ok = a.expect(200)
        check([f"Record-Route: {r}" for r in ok.all("record-route")] == routes, "200 has not the Record-Route headers in their order")
        check([f"Via: {v}" for v in ok.all("via")[1:]] == branch, "200 has not the ten Via headers in their order")
        check(len(ok.all("record-route")) == 8, f"200 has {len(ok.all('record-route'))} Record-Route headers of 8")
        check(len(ok.data) > 3500, f"the 200 has only {len(ok.data)} octets")
        a.route = []            # we are the whole route ourselves
        a.ack()
        ack = b.expect("ACK")
        check(len(ack.all("route")) == 8, f"the ACK to the called side has {len(ack.all('route'))} Route headers of 8")
        check(len(ack.data) > 5600, f"the ACK has only {len(ack.data)} octets")
        b.route = []
        hang_up(b, a)
        check(len(a.request.all("route")) == 8, f"BYE has {len(a.request.all('route'))} Route headers of 8")


@case("e2e.sip.large-sdp-over-tcp")
def large_tcp(t):
    """The same size over TCP, in pieces of a few octets: framing is by Content-Length, not by segment."""
    t.gateway(transport="TCP")
    phone, pbx = t.both(transport="TCP")
    more = [f"a=x-long-{n}:{'z' * 200}" for n in range(35)]
    send, pieces = phone.send, []

    def in_pieces(text):
        data = text.encode()
        phone.log.append((time.time(), ">", data))
        for start in range(0, len(data), 97):
            phone.stream.sendall(data[start:start + 97])
            pieces.append(start)
            if start % 1940 == 0:
                time.sleep(0.01)
    check(phone.ask("OPTIONS").status == 200, "OPTIONS over TCP is not answered")
    phone.send = in_pieces
    a = phone.invite("1001", phone.sdp(20000, more=more))
    phone.send = send
    check(len(phone.log[-1][2]) > 7000 and len(pieces) > 70, "the INVITE was not large")
    b = pbx.expect_call()
    b.reply(200, pbx.sdp(30000, more=more))
    a.expect(200)
    a.ack()
    b.expect("ACK")
    hang_up(a, b)


@case("e2e.sip.too-large")
def too_large(t):
    """Larger than max_message_bytes over TCP: 413 or the connection ends; the gateway goes on."""
    config = basic_config(transport="TCP")
    config["sip"]["max_message_bytes"] = 8192
    t.gateway(config)
    phone, pbx = t.both(transport="TCP")
    phone.invite("1001", phone.sdp(20000), headers=[f"X-Long: {'x' * 20000}"])
    pbx.expect_no_call(1)
    phone.stream = None
    a, b = talk(phone, pbx)
    hang_up(a, b)


@case("e2e.sip.connections")
def connections(t):
    """What comes over a connection is answered on it, whatever Via says; a ping is answered; a message without
    Content-Length ends it, after all that came before."""
    gateway = t.gateway(transport="TCP")
    phone, pbx = t.both(transport="TCP")
    send, stream = phone.send, []

    def with_udp_in_via(text):
        send(text.replace("SIP/2.0/TCP", "SIP/2.0/UDP", 1))
        stream.append(phone.stream)
    phone.send = with_udp_in_via
    a, b = talk(phone, pbx)
    hang_up(a, b)
    check(len(set(stream)) == 1, f"{len(set(stream))} connections were needed for one call")
    phone.send = send
    phone.stream.sendall(b"\r\n\r\n")       # RFC 5626, 5.4
    pong = phone.stream.recv(100)
    check(pong == b"\r\n", f"a ping was answered with {pong}")
    ask = [phone.request_text("OPTIONS", f"framing{n}") for n in range(2)]
    phone.stream.sendall((ask[0] + ask[1].replace("Content-Length: 0\r\n", "")).encode())
    got = [phone.next(lambda m: m.status >= 200, 2) for _ in ask]
    check([m and m.status for m in got] == [200, 400], f"got {got}")
    wait_until("the connection has ended", lambda: phone.next(lambda m: True, 0.05) is None and phone.stream is None)
    check(gateway.counter("sip.malformed") == 1, "the message without Content-Length was not counted")
    a, b = talk(phone, pbx)
    hang_up(a, b)


@case("e2e.sip.strangers", timeout_s=40)
def strangers(t):
    """A caller of no trunk gets 403 or nothing, and is counted; a flood of them does not slow a trunk's call."""
    t.phones.add_address(66)
    gateway = t.gateway()
    phone, pbx = t.both()
    stranger = t.agent(t.phones, ip="10.10.1.66")
    a = stranger.invite("1001", stranger.sdp())
    pbx.expect_no_call(1)
    refused = stranger.next(lambda m: m.status >= 200, 0.5)
    check(refused is None or refused.status in (403, 404), f"a stranger's call got {refused}")
    for n in range(3000):     # about as fast as the answers of ten PBXs
        text = stranger.log[0][2].replace(a.call_id.encode(), b"flood%d" % n).replace(b"branch=z9hG4bK", b"branch=z9hG4bK%d" % n)
        stranger.socket.sendto(text, (stranger.gateway, 5060))
        time.sleep(0.0003)
    begun = time.monotonic()
    x, y = talk(phone, pbx)
    took = time.monotonic() - begun
    t.note(f"a call set-up took {took:.1f} s beside a flood of strangers")
    hang_up(x, y)
    pbx.expect_no_call(0.2)

    def counted():
        return sum(gateway.counter(n) for n in ("stranger_refused", "stranger_dropped", "stranger_limit", "strangers_limit"))
    wait_until("strangers are counted", lambda: counted() > 2000, 5)


@case("e2e.sip.garbage")
def garbage(t):
    """Octets that are no SIP, and SIP with broken bodies: answered with 4xx where SIP wants an answer; nothing dies."""
    gateway = t.gateway()
    phone, pbx = t.both()
    phone.send(b"\x00" * 1200)
    phone.send(bytes(range(256)) * 4)
    phone.send(b"INVITE")
    phone.send(b"\r\n\r\n")
    bodies = [
        ("application/sdp", "v=0\r\no=- 1 1 IN IP4 10.10.1.2\r\ns=-\r\nc=IN IP4 10.10.1.2\r\nt=0 0\r\nm=audio 99999999 RTP/AVP 0\r\n"),
        ("application/sdp", "m=\r\n" * 500),
        ("application/sdp", "not sdp at all"),
        ("application/sdp", "v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 300.1.1.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"),
        ("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0"),
        ("multipart/mixed", "--b\r\n\r\n--b--\r\n"),
    ]
    for kind, body in bodies:
        a = phone.invite("1001", body, headers=[f"Content-Type: {kind}"])
        final = a.expect(None)
        check(400 <= final.status < 500, f"{kind} '{body[:30]!r}' got {final}")
        a.ack_failure(final)
    pbx.expect_no_call(0.1)
    a, b = talk(phone, pbx)
    hang_up(a, b)
    check(gateway.control.running(), "junctor-control died")


@case("e2e.sip.trunk-health", timeout_s=40)
def trunk_health(t):
    """OPTIONS watch a trunk: it goes down when its peer is silent, and up again."""
    config = basic_config()
    config["trunks"][1]["options_interval_s"] = 1
    gateway = t.gateway(config)
    pbx = t.agent(t.pbx)

    def state():
        return next(k["state"] for k in gateway.show("trunks") if k["name"] == "pbx")

    def answer():
        message = pbx.next(lambda m: m.method == "OPTIONS" and not m.is_response, 0.3)
        if message is not None:
            reply = [f"SIP/2.0 200 OK"] + [f"Via: {v}" for v in message.all("via")]
            reply += [f"From: {message.get('from')}", f"To: {message.get('to')};tag=x", f"Call-ID: {message.get('call-id')}",
                      f"CSeq: {message.get('cseq')}", "Content-Length: 0"]
            pbx.send("\r\n".join(reply) + "\r\n\r\n")

    def becomes(wanted, answering):
        def step():
            if answering:
                answer()
            return state() == wanted
        return step
    wait_until("the trunk is up", becomes("up", True), 10)
    pbx.close()
    wait_until("the trunk is down", becomes("down", False), 20)
    phone = t.agent(t.phones)
    a = phone.invite("1001", phone.sdp())
    final = a.expect(None, 6)
    check(final.status in (503, 500, 480), f"a call to a trunk that is down got {final}")
    a.ack_failure(final)
    pbx = t.agent(t.pbx)
    wait_until("the trunk is up again", becomes("up", True), 20)
