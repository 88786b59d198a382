# SPDX-License-Identifier: MIT
"""A real Asterisk 22 as the PBX: calls in both directions, early media, hold from both ends, a long call."""
import time

from harness.peers import Asterisk, Baresip
from harness.process import check, wait_until
from harness.registry import case
from harness.rtp import RtpEnd, exchange
from harness.sip import hang_up

FILES = {
    "asterisk.conf": """\
[directories]
astetcdir => /junctor/etc
astmoddir => /usr/lib/x86_64-linux-gnu/asterisk/modules
astvarlibdir => /var/lib/asterisk
astdbdir => /junctor/var/lib
astkeydir => /junctor/var/lib
astdatadir => /usr/share/asterisk
astagidir => /usr/share/asterisk/agi-bin
astspooldir => /junctor/var/spool
astrundir => /junctor/var/run
astlogdir => /junctor/var/log
[options]
verbose = 3
documentation_language = en_US
""",
    "modules.conf": """\
[modules]
autoload = no
load = res_sorcery_memory.so
load = res_sorcery_config.so
load = res_sorcery_astdb.so
load = res_timing_timerfd.so
load = res_pjproject.so
load = res_geolocation.so
load = res_pjsip.so
load = res_pjsip_pubsub.so
load = res_pjsip_session.so
load = res_pjsip_authenticator_digest.so
load = res_pjsip_outbound_authenticator_digest.so
load = res_pjsip_sdp_rtp.so
load = res_pjsip_caller_id.so
load = res_pjsip_rfc3326.so
load = res_pjsip_endpoint_identifier_ip.so
load = res_pjsip_dtmf_info.so
load = res_pjsip_logger.so
load = res_rtp_asterisk.so
load = res_musiconhold.so
load = chan_pjsip.so
load = pbx_config.so
load = res_clioriginate.so
load = app_dial.so
load = app_echo.so
load = app_playtones.so
load = func_channel.so
load = func_callerid.so
load = bridge_simple.so
load = bridge_native_rtp.so
load = bridge_softmix.so
load = codec_ulaw.so
load = codec_alaw.so
load = format_pcm.so
load = format_wav.so
load = app_milliwatt.so
load = app_chanspy.so
""",
    "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error,verbose\n",
    "musiconhold.conf": "[default]\nmode=files\ndirectory=/var/lib/asterisk/moh\n",
    "rtp.conf": "[general]\nrtpstart=12000\nrtpend=12999\nstrictrtp=yes\n",
    "pjsip.conf": """\
[transport]
type=transport
protocol=udp
bind=10.10.2.2:5060
[gateway]
type=endpoint
context=from-gateway
disallow=all
allow=ulaw,alaw
aors=gateway
direct_media=no
rtp_timeout=0
language=en
moh_passthrough=yes
[gateway]
type=aor
contact=sip:10.10.2.1:5060
[desk]
type=endpoint
context=from-gateway
disallow=all
allow=ulaw,alaw
aors=desk
direct_media=no
moh_passthrough=yes
[desk]
type=aor
contact=sip:10.10.2.3:5060
[gateway]
type=identify
endpoint=gateway
match=10.10.2.1
""",
    # 1001 rings, answers and gives back what it hears; 1002 plays tones before it answers; 1003 is busy;
    # 1004 is a desk phone of Asterisk's.
    "extensions.conf": """\
[from-gateway]
exten => 1001,1,Ringing()
 same => n,Wait(0.5)
 same => n,Answer()
 same => n,Echo()
exten => 1002,1,Progress()
 same => n,PlayTones(850+1490)
 same => n,Wait(3)
 same => n,Answer()
 same => n,Wait(60)
exten => 1003,1,Busy(2)
exten => 1004,1,Dial(PJSIP/desk)
[to-phones]
exten => echo,1,Answer()
 same => n,Echo()
""",
}


def asterisk(t):
    return Asterisk(t.pbx, FILES).start()


def echo_voice(t, media, what, count=25):
    """What the phone says comes back from Echo()."""
    end = RtpEnd(t.phones, 20000)
    for n in range(count):
        end.send((media.ip, media.port), b"echo-%04d" % n + b"\xff" * 151)
        time.sleep(0.02)
    back = [p for p in end.drain(0.3) if p[12:17] == b"echo-"]
    end.close()
    check(len(back) >= count - 3, f"{what}: {len(back)} of {count} packets came back from Asterisk's Echo()")


def call_in(t, phone, number, ring=180):
    a = phone.invite(number, phone.sdp(20000, formats="0 101"))
    a.expect(ring)
    a.media = a.expect(200, 10).sdp()
    a.ack()
    return a


def to_asterisk(t, phone, pbx):
    """A call from a phone: Asterisk rings, answers, echoes; the phone holds, resumes, hangs up."""
    a = call_in(t, phone, "1001")
    echo_voice(t, a.media, "a call to Asterisk")
    a.send_request("INVITE", phone.sdp(20000, formats="0 101", direction="sendonly", version=2))
    held = a.expect(200).sdp()
    a.ack()
    check(held.direction in ("recvonly", "inactive"), f"hold towards Asterisk was answered with {held.direction}")
    time.sleep(1)
    a.send_request("INVITE", phone.sdp(20000, formats="0 101", version=3))
    check(a.expect(200).sdp().direction == "sendrecv", "resume was not answered with sendrecv")
    a.ack()
    echo_voice(t, a.media, "after hold and resume by the phone")
    a.send_request("BYE")
    a.expect(200)
    wait_until("Asterisk has no channel left", lambda: pbx.channels() == 0, 5)


def early_media(t, phone):
    """Asterisk plays tones before it answers: 183 with SDP, and voice at once."""
    a = phone.invite("1002", phone.sdp(20000, formats="0 101"))
    early = a.expect(183).sdp()
    check(early.port, "183 came without SDP")
    end = RtpEnd(t.phones, 20000)
    heard = len(end.drain(0.5)) if end.receive(3) else 0
    check(heard > 20, f"{heard} packets of early media were heard")
    end.close()
    a.expect(200, 8)
    a.ack()
    a.send_request("BYE")
    a.expect(200)


def from_asterisk(t, phone, pbx):
    """Asterisk calls a phone, holds it (by a re-INVITE of its own), resumes, and hangs up."""
    pbx.console("channel originate PJSIP/2001@gateway extension echo@to-phones")
    b = phone.expect_call(5)
    b.reply(180)
    b.reply(200, phone.sdp(20000, formats="0 101"))
    b.expect("ACK")
    media = b.invite.sdp()
    echo_voice(t, media, "a call from Asterisk")
    channel = pbx.console("core show channels concise").split("!")[0].strip()
    pbx.console(f"channel request hangup {channel}")
    b.expect("BYE")
    b.reply(200)
    wait_until("Asterisk has no channel left", lambda: pbx.channels() == 0, 5)


def held_by_asterisk(t, phone, desk):
    """A desk phone of Asterisk's holds and resumes: Asterisk tells the gateway by re-INVITEs of its own."""
    a = phone.invite("1004", phone.sdp(20000, formats="0 101"))
    b = desk.expect_call()
    b.reply(180)
    a.expect(180)
    b.reply(200, desk.sdp(30000, formats="0 101"))
    b.expect("ACK")
    ok = a.expect(200).sdp()
    a.ack()
    told = []
    for version, direction in ((2, "sendonly"), (3, "sendrecv")):
        time.sleep(0.5)
        b.send_request("INVITE", desk.sdp(30000, formats="0 101", direction=direction, version=version))
        b.expect(200)
        b.ack()
        message = phone.next(lambda m: m.method in ("INVITE", "UPDATE") and not m.is_response, 2)
        if message is not None:
            told.append(message.sdp().direction)
            a.request = message
            answer = {"sendonly": "recvonly", "inactive": "inactive"}.get(told[-1], "sendrecv")
            a.reply(200, phone.sdp(20000, formats="0 101", direction=answer, version=version))
            if message.method == "INVITE":
                a.expect("ACK")
    check(told in (["sendonly", "sendrecv"], ["inactive", "sendrecv"]),
          f"hold and resume by Asterisk: the phone was told {told}")
    ends = [t.closing(RtpEnd(t.phones, 20000)), t.closing(RtpEnd(t.pbx, 30000, ip=desk.ip))]
    to_desk = b.invite.sdp()
    heard = exchange(*ends, (ok.ip, ok.port), (to_desk.ip, to_desk.port))
    check(min(map(len, heard)) >= 8, f"after hold and resume by Asterisk: heard {[len(h) for h in heard]} of 10")
    hang_up(a, b)


@case("e2e.peer.asterisk", timeout_s=150)
def peer_asterisk(t):
    t.gateway()
    pbx = asterisk(t)
    phone = t.agent(t.phones)
    to_asterisk(t, phone, pbx)
    early_media(t, phone)
    from_asterisk(t, phone, pbx)
    desk = t.agent(t.pbx, ip=t.pbx.add_address(3))
    desk.gateway = t.pbx.ip4
    held_by_asterisk(t, phone, desk)
    busy = phone.invite("1003", phone.sdp(20000))
    final = busy.expect(None, 8)
    check(final.status == 486, f"a busy extension got {final}")
    busy.ack_failure(final)


@case("e2e.peer.asterisk-ten-minutes", timeout_s=720, labels=("slow",))
def ten_minutes(t):
    """baresip calls Asterisk's Echo() for ten minutes: it hears itself all the time; nothing is lost."""
    gateway = t.gateway()
    pbx = asterisk(t)
    phone = Baresip(t.phones, answers=False, seconds=620).start(dial="1001")
    wait_until("the call is up", phone.in_call, 15)
    time.sleep(600)
    check(pbx.channels() == 1 and len(gateway.calls()) == 1, "the call ended before its time")
    legs = gateway.media()[0]["legs"]
    check(all(leg["packets_received"] > 29500 for leg in legs), f"the legs' packets: {legs}")
    check(all(leg["packets_lost"] == 0 for leg in legs), f"packets were lost: {legs}")
    phone.hang_up()
    heard = phone.heard_seconds("phones")
    t.note(f"heard for {heard:.0f} s of 600")
    check(heard > 590, f"the phone heard itself for {heard:.0f} s of 600")
