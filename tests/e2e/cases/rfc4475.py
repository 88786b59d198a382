# SPDX-License-Identifier: MIT
"""The 49 torture messages of RFC 4475, each with what the gateway does with it and why.

Outcomes: CALL, the INVITE arrives at the other side as a call; a status, which the sender gets; DROP, nothing is
answered, since it is a response. Where the RFC leaves a choice, the sentence says what was chosen.
"""
import pathlib
import re

from harness.process import check
from harness.registry import case
from harness.message import Message
from harness.sip import Agent

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "rfc4475"
CALL, DROP = "call", "drop"

TABLE = [
    # 3.1.1 valid
    ("wsinv", 481, "white space and folding everywhere; read well, its To has the tag of a call that is not here"),
    ("intmeth", 501, "an unusual but well-formed method that nobody knows"),
    ("esc01", CALL, "an escaped user part is a called number like any other"),
    ("escnull", 405, "REGISTER with escaped nulls; there is no registrar"),
    ("esc02", 501, "% in a method is no escape: RE%47IST%45R is not REGISTER"),
    ("lwsdisp", 200, "no space between display name and <"),
    ("longreq", CALL, "long values in all places"),
    ("dblreq", 405, "what follows the body in a datagram is ignored: one answer, to the REGISTER"),
    ("semiuri", 200, "semicolons in the user part"),
    ("transports", 200, "unknown transports in lower Via headers"),
    ("mpart01", 405, "MESSAGE with a multipart body of octets"),
    ("unreason", DROP, "a response to nothing that we sent"),
    ("noreason", DROP, "a response to nothing that we sent, without reason phrase"),
    # 3.1.2 invalid
    ("badinv01", 400, "empty parameters in Via"),
    ("clerr", 400, "Content-Length larger than the datagram"),
    ("ncl", 400, "negative Content-Length"),
    ("scalar02", 400, "CSeq, Max-Forwards, Expires over their range in a request"),
    ("scalarlg", DROP, "the same in a response"),
    ("quotbal", 400, "a quote that never ends in To"),
    ("ltgtruri", 400, "<> around the Request-URI"),
    ("lwsruri", 400, "white space within the Request-URI"),
    ("lwsstart", CALL, "more than one space in the request line; read liberally, and not sent on so"),
    ("trws", 200, "space at the end of the request line; read liberally"),
    ("escruri", 400, "headers escaped in the Request-URI"),
    ("baddate", CALL, "Date in EST; we do not read Date"),
    ("regbadct", 400, "parameters in Contact without <>; there is no registrar"),
    ("badaspec", 200, "spaces in the addr-spec of To; read liberally"),
    ("baddn", 400, "display names that are no tokens"),
    ("badvers", 505, "SIP/7.0"),
    ("mismatch01", 400, "CSeq names another method"),
    ("mismatch02", 400, "CSeq names another method than an unknown one"),
    ("bigcode", DROP, "a response with a status beyond all"),
    # 3.2 transaction layer
    ("badbranch", 200, "a branch of z9hG4bK only: as RFC 2543 has it"),
    # 3.3 application layer
    ("insuf", 400, "no Call-ID, From, To"),
    ("unkscm", 416, "a Request-URI of an unknown scheme"),
    ("novelsc", 416, "a Request-URI of a known scheme that is not SIP's"),
    ("unksm2", 405, "unknown schemes in To and From; there is no registrar"),
    ("bext01", 420, "Require and Proxy-Require of what nobody supports"),
    ("invut", 415, "INVITE with a body of an unknown type"),
    ("regaut01", 405, "REGISTER with an unknown authorization scheme; there is no registrar"),
    ("multi01", 400, "several Call-ID, To, From, Max-Forwards, CSeq"),
    ("mcl01", 400, "two Content-Length"),
    ("bcast", DROP, "a response whose Via names the broadcast address"),
    ("zeromf", 483, "Max-Forwards 0: a B2BUA goes no further, as a proxy (RFC 7332, 5)"),
    ("cparam01", 405, "REGISTER with a contact parameter; there is no registrar"),
    ("cparam02", 405, "REGISTER with a URI parameter in Contact; there is no registrar"),
    ("regescrt", 405, "REGISTER with an escaped Route; there is no registrar"),
    ("sdp01", 406, "Accept of something that is no SDP"),
    # 3.4 backward compatibility
    ("inv2543", CALL, "INVITE of RFC 2543: no branch, no Max-Forwards, no Contact tag"),
]


def outcome(phones, pbx, name):
    """What became of the message: what the sender got, or that a call came."""
    data = (DATA / f"{name}.dat").read_bytes()
    sent = Message(data)
    call_id = sent.get("call-id")
    phones[0].socket.sendto(data, (phones[0].gateway, 5060))
    wait_s = 0.6 if sent.is_response else 2.0

    def answered(message):
        return message.status >= 200 and (not call_id or message.get("call-id") == call_id)
    for _ in range(int(wait_s / 0.05)):
        call = pbx.next(lambda m: m.method == "INVITE" and not m.is_response, 0.02)
        if call is not None:
            check(re.fullmatch(r"INVITE \S+ SIP/2.0", call.first), f"{name} was sent on as '{call.first}'")
            refuse(pbx, call)
            for _ in range(20):
                final = next(filter(None, (p.next(answered, 0.1) for p in phones)), None)
                if final is not None:
                    acknowledge(phones[0], sent, final)
                    break
            return CALL
        for phone in phones:
            final = phone.next(answered, 0.015)
            if final is not None:
                if sent.method == "INVITE":
                    acknowledge(phones[0], sent, final)
                return final.status
    return DROP


def refuse(pbx, invite):
    reply = ["SIP/2.0 486 Busy"] + [f"Via: {v}" for v in invite.all("via")]
    reply += [f"From: {invite.get('from')}", f"To: {invite.get('to')};tag=torture", f"Call-ID: {invite.get('call-id')}",
              f"CSeq: {invite.get('cseq')}", "Content-Length: 0"]
    pbx.send("\r\n".join(reply) + "\r\n\r\n")


def acknowledge(phone, sent, final):
    """ACK, so that the refusal is not repeated during the messages that follow."""
    lines = [f"ACK {sent.first.split()[1]} SIP/2.0", f"Via: {final.get('via')}", f"From: {final.get('from')}",
             f"To: {final.get('to')}", f"Call-ID: {final.get('call-id')}", f"CSeq: {final.cseq} ACK", "Max-Forwards: 70",
             "Content-Length: 0"]
    phone.send("\r\n".join(lines) + "\r\n\r\n")


@case("e2e.sip.rfc4475", timeout_s=120)
def rfc4475(t):
    gateway = t.gateway()
    pbx = t.agent(t.pbx)
    # Some of the Via headers name a port of their own.
    phones = [t.agent(t.phones)] + [t.agent(t.phones, port=port) for port in (5050, 5070)]
    names = {file.stem for file in DATA.glob("*.dat")}
    check(names == {row[0] for row in TABLE} and len(names) == 49, "the table and the messages differ")
    wrong = []
    for name, expected, sentence in TABLE:
        allowed = expected if isinstance(expected, tuple) else (expected,)
        got = outcome(phones, pbx, name)
        if got not in allowed:
            wrong.append(f"{name} ({sentence}): {got}, not {' or '.join(map(str, allowed))}")
        t.note(f"{name:12} {got:>5}  {sentence}") if t.verbose else None
        if not gateway.control.running():
            wrong.append(f"{name}: junctor-control died\n{gateway.control.tail()}")
            break
        alive = Agent.ask(phones[0], "OPTIONS")
        check(alive.status == 200, f"after {name}: OPTIONS got {alive}")
    check(not wrong, f"{len(wrong)} of 49:\n    " + "\n    ".join(wrong))
    check(gateway.counter("malformed") > 0, "no malformed message was counted")
