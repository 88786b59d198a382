// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/journal_codec.hpp"

namespace junctor::cp {

using interop::Direction;

namespace {

void write_address(const SocketAddress& address, media::v1::SocketAddress& out) {
  const Bytes octets = address.ip.bytes();
  out.set_ip(octets.data(), octets.size());
  out.set_port(address.port);
}

SocketAddress read_address(const media::v1::SocketAddress& in) {
  return SocketAddress{IpAddress::from_bytes(as_bytes(in.ip())),
                       static_cast<std::uint16_t>(in.port())};
}

void write_hop(const Hop& hop, journal::v1::Hop& out) {
  out.set_listener(hop.listener);
  out.set_tcp(hop.transport == Transport::Tcp);
  write_address(hop.peer, *out.mutable_peer());
}

Hop read_hop(const journal::v1::Hop& in) {
  return Hop{in.listener(), in.tcp() ? Transport::Tcp : Transport::Udp, read_address(in.peer())};
}

}  // namespace

void write_leg(const Leg& leg, journal::v1::Leg& out) {
  out.set_trunk(leg.trunk()->name());
  out.set_incoming(leg.is_incoming());
  write_dialog(leg.dialog(), *out.mutable_dialog());
  write_media(leg.media().save(), *out.mutable_media());
}

void write_dialog(const Dialog& dialog, journal::v1::Dialog& out) {
  out.set_call_id(dialog.call_id);
  out.set_local_tag(dialog.local_tag);
  out.set_remote_tag(dialog.remote_tag);
  out.set_local_party(dialog.local_party);
  out.set_remote_party(dialog.remote_party);
  out.set_contact(dialog.contact);
  out.set_remote_target(dialog.remote_target);
  for (const std::string& route : dialog.route_set) out.add_route_set(route);
  out.set_local_cseq(dialog.local_cseq);
  out.set_remote_cseq(dialog.remote_cseq);
  write_hop(dialog.hop, *out.mutable_hop());
  write_hop(dialog.first_hop, *out.mutable_first_hop());
}

Dialog read_dialog(const journal::v1::Dialog& in) {
  Dialog out;
  out.call_id = in.call_id();
  out.local_tag = in.local_tag();
  out.remote_tag = in.remote_tag();
  out.local_party = in.local_party();
  out.remote_party = in.remote_party();
  out.contact = in.contact();
  out.remote_target = in.remote_target();
  out.route_set.assign(in.route_set().begin(), in.route_set().end());
  out.local_cseq = in.local_cseq();
  out.remote_cseq = in.remote_cseq();
  out.hop = read_hop(in.hop());
  out.first_hop = read_hop(in.first_hop());
  return out;
}

void write_media(const LegMedia::Saved& media, journal::v1::Media& out) {
  write_address(media.local, *out.mutable_local());
  out.set_ssrc(media.ssrc);
  out.set_cname(media.cname);
  out.set_session_id(media.session_id);
  out.set_learn(media.learn);
  out.set_last_sent(media.last_sent);
  out.set_remote(media.remote);
  out.set_they_offered(media.they_offered);
  out.set_sends(is_sending(media.wish));
  out.set_receives(is_receiving(media.wish));
  if (media.remote_rtp) write_address(*media.remote_rtp, *out.mutable_remote_rtp());
  if (media.remote_rtcp) write_address(*media.remote_rtcp, *out.mutable_remote_rtcp());
}

LegMedia::Saved read_media(const journal::v1::Media& in) {
  LegMedia::Saved out;
  out.local = read_address(in.local());
  out.ssrc = in.ssrc();
  out.cname = in.cname();
  out.session_id = in.session_id();
  out.learn = in.learn();
  out.last_sent = in.last_sent();
  out.remote = in.remote();
  out.they_offered = in.they_offered();
  out.wish = in.sends() ? (in.receives() ? Direction::SendRecv : Direction::SendOnly)
                        : (in.receives() ? Direction::RecvOnly : Direction::Inactive);
  if (in.has_remote_rtp()) out.remote_rtp = read_address(in.remote_rtp());
  if (in.has_remote_rtcp()) out.remote_rtcp = read_address(in.remote_rtcp());
  return out;
}

}  // namespace junctor::cp
