# SPDX-License-Identifier: MIT
"""The operator's own rewriting of SIP messages."""
from harness.gateway import basic_config
from harness.process import check
from harness.registry import case
from harness.sip import hang_up


def rules_config():
    config = basic_config()
    config["message_rules"] = [
        # What comes from the phones: a name for the call centre becomes one that everybody may see.
        {"name": "own-name", "trunk": "phones", "direction": "RECEIVED", "methods": ["INVITE"], "kind": "REQUESTS",
         "header": "P-Asserted-Identity", "match": "Desk ([0-9]+)", "action": "REPLACE", "value": "Hotline \\1"},
        {"name": "no-scanner", "direction": "RECEIVED", "header": "User-Agent", "match": "(?i)friendly-scanner",
         "action": "REFUSE", "status": 488},
        # What goes to the PBX.
        {"name": "mark", "trunk": "pbx", "direction": "SENT", "methods": ["INVITE"], "kind": "REQUESTS",
         "header": "X-Origin", "action": "SET", "value": "gateway 1"},
        {"name": "no-agent", "trunk": "pbx", "direction": "SENT", "header": "Supported", "action": "REMOVE"},
        {"name": "ptime", "trunk": "pbx", "direction": "SENT", "methods": ["INVITE"], "sdp_attribute": "maxptime",
         "action": "SET", "value": "20"},
        {"name": "no-hold", "trunk": "phones", "direction": "RECEIVED", "methods": ["INVITE"], "sdp_attribute": "inactive",
         "action": "REMOVE"},
        # What goes back to the phones.
        {"name": "answer", "trunk": "phones", "direction": "SENT", "kind": "RESPONSES", "methods": ["INVITE"],
         "header": "X-Answered", "action": "ADD", "value": "yes"}]
    return config


@case("e2e.sip.message-rules")
def message_rules(t):
    """Header fields and SDP attributes changed on the way in and out; a request refused; other trunks as they were."""
    gateway = t.gateway(rules_config(), folder=True)
    phone, pbx = t.both()
    a = phone.invite("1001", phone.sdp(), headers=[f'P-Asserted-Identity: "Desk 7" <sip:2001@{phone.ip}>'])
    b = pbx.expect_call()
    check(b.invite.get("p-asserted-identity").startswith('"Hotline 7"'), b.invite.get("p-asserted-identity"))
    check(b.invite.all("x-origin") == ["gateway 1"], f"X-Origin: {b.invite.all('x-origin')}")
    check(not b.invite.get("supported"), f"Supported: {b.invite.get('supported')}")
    check("maxptime:20" in b.invite.sdp().values("a"), b.invite.body)
    b.reply(180)
    check(a.expect(180).all("x-answered") == ["yes"], "the 180 has no X-Answered")
    b.reply(200, pbx.sdp(30000))
    ok = a.expect(200)
    check(ok.all("x-answered") == ["yes"], f"X-Answered: {ok.all('x-answered')}")
    check("maxptime:20" not in ok.sdp().values("a"), "the phones' side has the attribute of the other")
    a.ack()
    check(not b.expect("ACK").get("x-origin"), "the ACK has what is for an INVITE")
    changed = gateway.counter("message_rules.changed")
    check(changed >= 5, f"{changed} changes were counted")
    # The rules of the next commit hold for the next message, the call stays.
    text = gateway.console("configure", "set message-rule bad direction sent header Via action remove", "commit", fails=True)
    check("dialogs and transactions" in text, text)
    text = gateway.console("configure", "set message-rule mark value \"gateway 2\"", "commit")
    check("revision 2 holds" in text, text)
    hang_up(a, b)
    c = phone.invite("1001", phone.sdp())
    d = pbx.expect_call()
    check(d.invite.all("x-origin") == ["gateway 2"], f"X-Origin: {d.invite.all('x-origin')}")
    d.reply(486)
    d.expect("ACK")
    c.ack_failure(c.expect(486))
    # The description may be one part of several: a rule is about it there as well.
    described = phone.sdp(more=["a=inactive"])
    both = f"--b\r\nContent-Type: application/sdp\r\nContent-Length: {len(described)}\r\n\r\n{described}\r\n" \
           "--b\r\nContent-Type: text/plain\r\nContent-Disposition: info;handling=optional\r\n\r\na=inactive\r\n--b--\r\n"
    for body, headers in ((described, []), (both, ["Content-Type: multipart/mixed;boundary=b"])):
        check("a=inactive" in described, described)
        c = phone.invite("1001", body, headers=headers)
        d = pbx.expect_call()
        check("inactive" not in d.invite.sdp().values("a"), f"the rule was not applied to\n{body}\n{d.invite.body}")
        d.reply(486)
        d.expect("ACK")
        c.ack_failure(c.expect(486))
    for method in ("INVITE", "OPTIONS"):
        if method == "INVITE":
            refused = phone.invite("1001", phone.sdp(), headers=["User-Agent: Friendly-Scanner 1.0"])
            final = refused.expect(None)
            refused.ack_failure(final)
        else:
            final = phone.ask(method, headers=["User-Agent: friendly-scanner"])
        check(final.status == 488, f"{method}: {final}")
    pbx.expect_no_call()
    check(gateway.counter("message_rules.refused") == 2, "the refusals were not counted")
