// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/dialog.hpp"

#include <algorithm>

#include "controlplane/b2bua/uri.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

// A party without its tag: what goes into From and To of our requests.
std::string without_tag(const NameAddr& address) {
  return (address.display.empty() ? "" : address.display + " ") + "<" + address.uri + ">";
}

std::string uri_of_contact(const Message& message) {
  const auto value = message.get("Contact");
  if (!value) return {};
  const auto items = split_list(*value);
  if (items.empty()) return {};
  const auto address = NameAddr::parse(items.front());
  return address && Uri::parse(address->uri) ? address->uri : std::string{};
}

std::vector<std::string> record_routes(const Message& message) {
  std::vector<std::string> out;
  for (const std::string_view value : message.get_all("Record-Route")) {
    for (const std::string_view item : split_list(value)) out.emplace_back(item);
  }
  return out;
}

std::string with_tag(const std::string& party, const std::string& tag) {
  return tag.empty() ? party : party + ";tag=" + tag;
}

bool is_loose(const std::string& route) {
  const auto address = NameAddr::parse(route);
  const auto uri = address ? Uri::parse(address->uri) : std::nullopt;
  return uri && uri->has_parameter("lr");
}

}  // namespace

std::uint32_t cseq_of(const Message& message) {
  std::string_view value = message.get("CSeq").value_or(std::string_view{});
  return interop::parse_number<std::uint32_t>(interop::take_word(value)).value_or(0);
}

std::string tag_of(const Message& message, std::string_view header) {
  const auto address = NameAddr::parse(message.get(header).value_or(std::string_view{}));
  return address ? std::string(address->tag()) : std::string{};
}

std::optional<Dialog> Dialog::incoming(const Message& invite, const Hop& source,
                                       std::string local_tag, std::string contact) {
  const auto from = NameAddr::parse(invite.get("From").value_or(std::string_view{}));
  const auto to = NameAddr::parse(invite.get("To").value_or(std::string_view{}));
  const auto call_id = invite.get("Call-ID");
  Dialog out;
  out.remote_target = uri_of_contact(invite);
  if (!from || !to || !call_id || call_id->empty() || out.remote_target.empty())
    return std::nullopt;
  out.call_id = *call_id;
  out.local_tag = std::move(local_tag);
  out.remote_tag = from->tag();
  out.local_party = without_tag(*to);
  out.remote_party = without_tag(*from);
  out.contact = std::move(contact);
  out.route_set = record_routes(invite);
  out.remote_cseq = cseq_of(invite);
  out.first_hop = source;
  out.choose_hop();
  return out;
}

Dialog Dialog::outgoing(const Hop& hop, std::string local_party, std::string remote_party,
                        std::string remote_target, std::string contact) {
  Dialog out;
  out.call_id = make_token(24);
  out.local_tag = make_token();
  out.local_party = std::move(local_party);
  out.remote_party = std::move(remote_party);
  out.remote_target = std::move(remote_target);
  out.contact = std::move(contact);
  out.hop = hop;
  out.first_hop = hop;
  return out;
}

void Dialog::take_response(const Message& response) {
  remote_tag = tag_of(response, "To");
  if (std::string target = uri_of_contact(response); !target.empty()) {
    remote_target = std::move(target);
  }
  route_set = record_routes(response);
  std::reverse(route_set.begin(), route_set.end());
  choose_hop();
}

void Dialog::refresh_target(const Message& message) {
  std::string target = uri_of_contact(message);
  if (target.empty() || target == remote_target) return;
  remote_target = std::move(target);
  choose_hop();
}

// The first route, else the target (8.1.2); a name that only a resolver could know leads where the
// first request went.
void Dialog::choose_hop() {
  std::string next = remote_target;
  if (!route_set.empty()) {
    if (const auto route = NameAddr::parse(route_set.front())) next = route->uri;
  }
  const auto uri = Uri::parse(next);
  const auto found = uri ? hop_of(*uri, first_hop) : std::nullopt;
  hop = found.value_or(first_hop);
}

Message Dialog::request(std::string_view method) { return request(method, ++local_cseq); }

Message Dialog::ack(std::uint32_t cseq) const { return request("ACK", cseq); }

Message Dialog::request(std::string_view method, std::uint32_t cseq) const {
  std::vector<std::string> routes = route_set;
  std::string request_uri = remote_target;
  if (!routes.empty() && !is_loose(routes.front())) {
    // A strict router: it is the Request-URI, and the target comes last (12.2.1.1).
    if (const auto first = NameAddr::parse(routes.front())) request_uri = first->uri;
    routes.erase(routes.begin());
    routes.push_back("<" + remote_target + ">");
  }
  Message out = Message::request(std::string(method), std::move(request_uri));
  for (std::string& route : routes) out.add("Route", std::move(route));
  out.add("From", with_tag(local_party, local_tag));
  out.add("To", with_tag(remote_party, remote_tag));
  out.add("Call-ID", call_id);
  out.add("CSeq", std::to_string(cseq) + " " + std::string(method));
  return out;
}

bool Dialog::take_cseq(std::uint32_t cseq) {
  if (remote_cseq != 0 && cseq <= remote_cseq) return false;
  remote_cseq = cseq;
  return true;
}

}  // namespace junctor::cp
