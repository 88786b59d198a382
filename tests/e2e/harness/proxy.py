# SPDX-License-Identifier: MIT
"""Kamailio as a proxy between a trunk's address and a user agent behind it."""
import shutil

from .process import check, wait_until

CONFIG = """\
debug=1
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:{ip}:5060
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (has_totag()) {{
    if (loose_route()) {{ t_relay(); exit; }}
    if (is_method("ACK") && t_check_trans()) t_relay();
    exit;
  }}
  if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
  if ({record_route} && is_method("INVITE")) record_route();
  if ($si == "{gateway}") {{ $du = "sip:{agent}:5060"; }} else {{ $du = "sip:{gateway}:5060"; }}
  t_relay();
}}
"""


class Kamailio:
    """At the host's own address; the user agent behind it is at `agent`, another address of the host."""

    def __init__(self, host, agent, record_route):
        binary = shutil.which("kamailio")
        check(binary is not None, "kamailio is not installed")
        self.folder = host.lab.folder / f"kamailio-{host.side}-{'in' if record_route else 'out'}"
        self.folder.mkdir()
        config = self.folder / "kamailio.cfg"
        config.write_text(CONFIG.format(ip=host.ip4, agent=agent, gateway=host.gateway4,
                                        record_route="1" if record_route else "0"))
        self.process = host.start([binary, "-DD", "-E", "-Y", self.folder, "-f", config, "-m", "16", "-M", "4"],
                                  self.folder.name)
        wait_until("kamailio listens", lambda: f"{host.ip4}:5060" in host.run(["ss", "-lnuH"]), 10)

    def close(self):
        self.process.stop()
