# SPDX-License-Identifier: MIT
"""A SIP end that does exactly what a test says, one message after the other, so that a test reads as a ladder.

    phone.invite("1001")            call = pbx.expect_call()
                                    call.reply(180)
    call.expect(180) ...

Nothing happens by itself: no 100, no ACK, no retransmission. Repeated messages (the gateway retransmits over UDP) are
shown to the test once; 100 only if it is asked for. A message that is neither expected nor repeated is a failure.
"""
import collections
import select
import socket
import time

from .message import Message, bracket, finish, make_sdp, split_list, token, uri_of
from .process import check

class Agent:
    """One address and port of a peer, with the calls that it has."""

    def __init__(self, host, transport="UDP", family=4, port=5060, ip=None):
        self.host = host
        self.transport = transport
        self.ip = ip or (host.ip4 if family == 4 else host.ip6)
        self.gateway = (host.gateway4 if family == 4 else host.gateway6)
        self.port = port
        self.messages = collections.deque()
        self.seen = set()
        self.log = []
        kind = socket.AF_INET6 if ":" in self.ip else socket.AF_INET
        with host.enter():
            self.socket = socket.socket(kind, socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind((self.ip, port))
            if transport == "TCP":
                self.socket.listen(16)
        self.streams = {}       # socket -> bytes not yet framed
        self.stream = None      # where we send
        self._kind = kind

    def close(self):
        for s in (self.socket, *self.streams):
            s.close()

    # --- the wire

    def send(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.log.append((time.time(), ">", data))
        if self.transport == "UDP":
            self.socket.sendto(data, (self.gateway, 5060))
            return
        if self.stream is None:
            with self.host.enter():
                self.stream = socket.socket(self._kind, socket.SOCK_STREAM)
                self.stream.bind((self.ip, 0))
                self.stream.settimeout(5)
                self.stream.connect((self.gateway, 5060))
            self.streams[self.stream] = b""
        self.stream.sendall(data)

    def _pump(self, timeout_s):
        ready, _, _ = select.select([self.socket, *self.streams], [], [], timeout_s)
        for s in ready:
            if s is self.socket and self.transport == "TCP":
                connection, _ = s.accept()
                self.streams[connection] = b""
                if self.stream is None:
                    self.stream = connection
            elif s is self.socket:
                self._take(s.recv(65536))
            else:
                self._read_stream(s)

    def _read_stream(self, s):
        try:
            data = s.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.streams.pop(s)
            s.close()
            if s is self.stream:
                self.stream = None
            return
        rest = self.streams[s] + data
        while True:
            rest = rest.lstrip(b"\r\n")
            head, separator, body = rest.partition(b"\r\n\r\n")
            if not separator:
                break
            size = int(Message(head + separator).get("content-length") or 0)
            if len(body) < size:
                break
            self._take(head + separator + body[:size])
            rest = body[size:]
        self.streams[s] = rest

    def _take(self, data):
        if not data.strip():
            return
        self.log.append((time.time(), "<", data))
        message = Message(data)
        # A repeated message is told by transaction and kind; a 200 after a lost ACK comes in the same octets.
        key = (message.name, message.get("call-id"), message.cseq, message.param("via", "branch"),
               message.param("to", "tag"), message.first)
        if key in self.seen:
            return
        self.seen.add(key)
        self.messages.append(message)

    def next(self, wanted, timeout_s):
        """Takes out the first message that wanted() likes; None after the time."""
        end = time.monotonic() + timeout_s
        while True:
            for message in self.messages:
                if wanted(message):
                    self.messages.remove(message)
                    return message
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._pump(left)

    def silence(self, seconds, what="anything"):
        """Nothing new may come."""
        message = self.next(lambda m: m.status != 100, seconds)
        check(message is None, f"{self.host.side}: {what} must not come, but {message} did")

    # --- calls

    def contact(self):
        more = ";transport=tcp" if self.transport == "TCP" else ""
        return f"<sip:{self.host.side}@{bracket(self.ip)}:{self.port}{more}>"

    def via(self, branch=None):
        return f"SIP/2.0/{self.transport} {bracket(self.ip)}:{self.port};branch={branch or 'z9hG4bK' + token('b')};rport"

    def sdp(self, port=20000, **kwargs):
        return make_sdp(self.ip, port, **kwargs)

    def invite(self, called, sdp=None, headers=(), calling="2001"):
        call = Call(self)
        call.call_id = token("call") + "@" + self.ip
        call.local = f"<sip:{calling}@{bracket(self.ip)}>;tag={token('t')}"
        call.remote = f"<sip:{called}@{bracket(self.gateway)}>"
        call.target = f"sip:{called}@{bracket(self.gateway)}:5060"
        call.send_request("INVITE", sdp, headers)
        return call

    def expect_call(self, timeout_s=5):
        invite = self.next(lambda m: m.method == "INVITE" and not m.is_response and not m.param("to", "tag"), timeout_s)
        check(invite is not None, f"{self.host.side}: no INVITE came in {timeout_s:g} s{self._waiting()}")
        return Call(self, invite)

    def expect_no_call(self, seconds=0.5):
        self.silence(seconds, "a call")

    def _waiting(self):
        return "; waiting are: " + ", ".join(map(str, self.messages)) if self.messages else ""

    def request_text(self, method, call_id):
        """One request outside a call, not sent."""
        return finish([f"{method} sip:{bracket(self.gateway)} SIP/2.0", f"Via: {self.via()}", "Max-Forwards: 70",
                       f"From: <sip:test@{bracket(self.ip)}>;tag={token('t')}", f"To: <sip:{bracket(self.gateway)}>",
                       f"Call-ID: {call_id}", f"CSeq: 1 {method}"], None)

    def ask(self, method, headers=(), uri=None, timeout_s=5):
        """One request outside a call; its final response."""
        call = Call(self)
        call.call_id = token("ask") + "@" + self.ip
        call.local = f"<sip:test@{bracket(self.ip)}>;tag={token('t')}"
        call.remote = f"<sip:{bracket(self.gateway)}>"
        call.target = uri or f"sip:{bracket(self.gateway)}:5060"
        call.send_request(method, None, headers)
        return call.expect(None, timeout_s)


class Call:
    """A dialog at one end: knows its identifiers, and sends and expects what the test says."""

    def __init__(self, agent, invite=None):
        self.agent = agent
        self.cseq = 0
        self.route = []
        self.sent = None            # our last request: (method, cseq, branch)
        self.sent_invite = None
        self.request = invite       # their last request
        if invite is None:
            return
        self.call_id = invite.get("call-id")
        self.local = invite.get("to") + ";tag=" + token("t")
        self.remote = invite.get("from")
        self.target = uri_of(invite.get("contact"))
        self.route = split_list(invite.all("record-route"))
        self.invite = invite

    def send_request(self, method, sdp=None, headers=(), cseq=None, branch=None):
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        branch = branch or "z9hG4bK" + token("b")
        number = cseq or self.cseq
        lines = [f"{method} {self.target} SIP/2.0", f"Via: {self.agent.via(branch)}", "Max-Forwards: 70",
                 f"From: {self.local}", f"To: {self.remote}", f"Call-ID: {self.call_id}", f"CSeq: {number} {method}"]
        lines += [f"Route: {r}" for r in self.route]
        if method in ("INVITE", "UPDATE", "ACK"):
            lines.append(f"Contact: {self.agent.contact()}")
        lines += list(headers)
        if method not in ("ACK", "CANCEL"):
            self.sent = (method, number, branch)
        if method == "INVITE":
            self.sent_invite = (number, branch, self.target, self.remote)
        self.agent.send(finish(lines, sdp))

    def ack(self, sdp=None, headers=()):
        """For a 200: a new transaction, in the dialog."""
        self.send_request("ACK", sdp, headers, cseq=self.sent_invite[0])

    def settle(self):
        """An OPTIONS of the dialog: its answer says that all that was sent before, an ACK above all, has been read. Until
        then an offer of the other end is right to get 491 (RFC 3261, 14.2)."""
        self.send_request("OPTIONS")
        self.expect(200)

    def ack_failure(self, response):
        number, branch, target, _ = self.sent_invite
        self.agent.send(finish([
            f"ACK {target} SIP/2.0", f"Via: {self.agent.via(branch)}", "Max-Forwards: 70", f"From: {self.local}",
            f"To: {response.get('to')}", f"Call-ID: {self.call_id}", f"CSeq: {number} ACK"], None))

    def cancel(self):
        number, branch, target, remote = self.sent_invite
        self.agent.send(finish([
            f"CANCEL {target} SIP/2.0", f"Via: {self.agent.via(branch)}", "Max-Forwards: 70", f"From: {self.local}",
            f"To: {remote}", f"Call-ID: {self.call_id}", f"CSeq: {number} CANCEL"], None))

    def reply(self, status, sdp=None, headers=(), request=None, reason="Test"):
        """Answers their last request, or the one that is given."""
        request = request or self.request
        lines = [f"SIP/2.0 {status} {reason}"]
        lines += [f"Via: {v}" for v in request.all("via")]
        lines += [f"Record-Route: {v}" for v in request.all("record-route")]
        to = request.get("to")
        if not request.param("to", "tag") and status != 100:
            to = self.local
        lines += [f"From: {request.get('from')}", f"To: {to}", f"Call-ID: {self.call_id}",
                  f"CSeq: {request.get('cseq')}"]
        if 101 <= status < 300 and request.method in ("INVITE", "UPDATE"):
            lines.append(f"Contact: {self.agent.contact()}")
        lines += list(headers)
        self.agent.send(finish(lines, sdp))

    def expect(self, what, timeout_s=5):
        """The next message of this call: a status, a method, or None for any final response."""
        message = self.agent.next(lambda m: m.get("call-id") == self.call_id and (m.status != 100 or what == 100), timeout_s)
        side = self.agent.host.side
        check(message is not None, f"{side}: {what or 'a response'} did not come in {timeout_s:g} s")
        wanted = (message.status >= 200 if what is None else
                  message.status == what if isinstance(what, int) else
                  not message.is_response and message.method == what)
        check(wanted, f"{side}: {what or 'a final response'} was expected, but {message} came:\n{message.data.decode(errors='replace')}")
        self._learn(message)
        return message

    def _learn(self, message):
        if not message.is_response:
            if message.method != "ACK":
                self.request = message
            if message.method in ("INVITE", "UPDATE") and message.get("contact"):
                self.target = uri_of(message.get("contact"))
            return
        if message.method == "INVITE" and 100 < message.status < 300:
            self.remote = message.get("to")
            if message.get("contact"):
                self.target = uri_of(message.get("contact"))
            if message.all("record-route"):
                self.route = split_list(message.all("record-route"))[::-1]

    def silence(self, seconds, what="anything"):
        message = self.agent.next(lambda m: m.get("call-id") == self.call_id and m.status != 100, seconds)
        check(message is None, f"{self.agent.host.side}: {what} must not come, but {message} did")


def talk(phone, pbx, called="1001", offer=None, answer=None, headers=()):
    """A whole call set-up; both ends of it."""
    a = phone.invite(called, offer or phone.sdp(20000), headers)
    b = pbx.expect_call()
    b.reply(180)
    a.expect(180)
    b.reply(200, answer or pbx.sdp(30000))
    ok = a.expect(200)
    a.ack()
    b.expect("ACK")
    a.media, b.media = ok.sdp(), b.invite.sdp()
    return a, b


def hang_up(first, second):
    """One end says BYE, the other hears it, both are done."""
    first.send_request("BYE")
    second.expect("BYE")
    second.reply(200)
    first.expect(200)
