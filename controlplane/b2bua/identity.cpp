// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/identity.hpp"

#include "controlplane/b2bua/topology.hpp"
#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/uri.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

constexpr std::size_t kMaxPassed = 10;  // elements of one header that passes

const Hop& hop_to(const RouteTarget& target) { return target.trunk->peers()[target.peer].hop; }

std::string port_text(std::uint16_t port) { return port == 5060 ? "" : ":" + std::to_string(port); }

std::string transport_text(Transport transport) {
  return transport == Transport::Udp ? "" : ";transport=" + std::string(transport_name(transport));
}

// Our host in From and the like, towards that trunk.
std::string our_host(const Stack& stack, const RouteTarget& target) {
  const std::string& domain = target.trunk->config().from_domain();
  if (!domain.empty()) return domain;
  return stack.listener_address(hop_to(target).listener).ip.uri_text();
}

std::string address_text(const std::string& display, const std::string& user,
                         const std::string& host) {
  return (display.empty() ? "" : display + " ") + "<sip:" + (user.empty() ? "" : user + "@") +
         host + ">";
}

// The user without its parameters: a phone-context is a host, or means something there alone.
std::string number_of(const Uri& uri) {
  return std::string(uri.user.substr(0, uri.user.find(';')));
}

std::string passable_display(std::string_view display) {
  return holds_ip(display) ? std::string{} : std::string(display);
}

// Names and numbers of a header like P-Asserted-Identity, their hosts replaced by ours.
void pass_addresses(const Message& from, Message& to, std::string_view name,
                    const RouteTarget& target, const std::string& host) {
  std::size_t passed = 0;
  for (const std::string& value : split_values(from, name)) {
    const auto address = NameAddr::parse(value);
    if (!address || address->uri.user.empty() || ++passed > kMaxPassed) continue;
    const std::string display = passable_display(address->display);
    const std::string user = target.rewrite_calling(number_of(address->uri));
    std::string text = address_text(display, user, host);
    // A local number without its context is no tel URI (RFC 3966, section 5.1.5).
    if (address->uri.is_tel() && user.starts_with('+')) {
      text = (display.empty() ? "" : display + " ") + "<tel:" + user + ">";
    }
    if (name == "Diversion") text += passable_diversion(address->params);
    to.add(name, std::move(text));
  }
}

}  // namespace

bool takes_descriptions(const Message& invite) {
  if (!invite.has("Accept")) return true;
  for (const std::string& range : split_values(invite, "Accept")) {
    const std::string_view type = interop::trim(std::string_view(range).substr(0, range.find(';')));
    for (const std::string_view fits : {"application/sdp", "application/*", "*/*"}) {
      if (interop::same_text(type, fits)) return true;
    }
  }
  return false;
}

std::optional<Parties> parties_of(const Message& invite, std::uint16_t& status) {
  const auto uri = Uri::parse(invite.request_uri());
  const auto from = NameAddr::parse(invite.get("From").value_or(std::string_view{}));
  const auto to = NameAddr::parse(invite.get("To").value_or(std::string_view{}));
  status = 416;
  if (!uri || (!uri->is_sip() && !uri->is_tel())) return std::nullopt;
  status = 400;
  if (!from || !to) return std::nullopt;
  Parties out;
  out.called = number_of(*uri);
  status = 484;
  if (out.called.empty()) return std::nullopt;
  out.calling = number_of(from->uri);
  out.is_anonymous = interop::same_text(from->uri.host, "anonymous.invalid");
  out.calling_display = passable_display(from->display);
  out.to = number_of(to->uri);
  status = 0;
  return out;
}

std::string contact_of(const Stack& stack, const Hop& hop, const std::string& user) {
  const SocketAddress address = stack.listener_address(hop.listener);
  return "<sip:" + (user.empty() ? "" : user + "@") + address.ip.uri_text() + ":" +
         std::to_string(address.port) + transport_text(hop.transport) + ">";
}

Dialog dialog_to(const Stack& stack, const RouteTarget& target, const Parties& parties) {
  const Hop& hop = hop_to(target);
  const std::string peer = hop.peer.ip.uri_text();
  const std::string& domain = target.trunk->config().from_domain();
  // A To that names someone else than was asked for (a call that was forwarded) keeps its name.
  const std::string& to_user =
      parties.to == parties.called || parties.to.empty() ? target.called : parties.to;
  const std::string from_host =
      parties.is_anonymous ? "anonymous.invalid" : our_host(stack, target);
  const std::string& calling = target.calling ? *target.calling : parties.calling;
  return Dialog::outgoing(hop, address_text(parties.calling_display, calling, from_host),
                          address_text("", to_user, domain.empty() ? peer : domain),
                          "sip:" + target.called + "@" + peer + port_text(hop.peer.port) +
                              transport_text(hop.transport),
                          contact_of(stack, hop, calling));
}

Message invite_to(const Stack& stack, const RouteTarget& target, const Message& callers) {
  Message out = Message::request("INVITE", "sip:" + target.called);
  const std::string host = our_host(stack, target);
  for (const std::string_view name : {"P-Asserted-Identity", "Diversion"}) {
    pass_addresses(callers, out, name, target, host);
  }
  const auto privacy = callers.get("Privacy");
  if (privacy && !names_a_host(*privacy)) out.add("Privacy", std::string(*privacy));
  // Counted through us, so that a call that comes round ends (RFC 7332).
  const auto hops = interop::parse_number<std::uint32_t>(
      interop::trim(callers.get("Max-Forwards").value_or("70")));
  const std::uint32_t left = std::min(hops.value_or(70), 255u);
  out.add("Max-Forwards", std::to_string(left > 0 ? left - 1 : 0));
  return out;
}

}  // namespace junctor::cp
