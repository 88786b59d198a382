// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/dialog.hpp"

#include <algorithm>

#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/uri.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp {

using interop::Message;

namespace {

// A party without its tag: what goes into From and To of our requests.
std::string without_tag(const NameAddr& address) {
  std::string out(address.display);
  if (!out.empty()) out += ' ';
  return ((out += '<') += address.uri_text) += '>';
}

std::string uri_of_contact(const Message& message) {
  const std::vector<std::string> contacts = split_values(message, "Contact");
  if (contacts.empty()) return {};
  const auto address = NameAddr::parse(contacts.front());
  return address && address->uri.is_sip() ? std::string(address->uri_text) : std::string{};
}

std::string with_tag(const std::string& party, const std::string& tag) {
  return tag.empty() ? party : party + ";tag=" + tag;
}

}  // namespace

std::uint32_t cseq_of(const Message& message) {
  std::string_view value = message.get("CSeq").value_or(std::string_view{});
  return interop::parse_number<std::uint32_t>(interop::take_word(value)).value_or(0);
}

std::string tag_of(const Message& message, std::string_view header) {
  const auto address = NameAddr::parse(message.get(header).value_or(std::string_view{}));
  return address ? std::string(address->param("tag").value_or(std::string_view{})) : std::string{};
}

std::optional<Dialog> Dialog::incoming(const Message& invite, const Hop& source,
                                       std::string local_tag, std::string contact) {
  const auto from = NameAddr::parse(invite.get("From").value_or(std::string_view{}));
  const auto to = NameAddr::parse(invite.get("To").value_or(std::string_view{}));
  const auto call_id = invite.get("Call-ID");
  Dialog out;
  out.remote_target = uri_of_contact(invite);
  // RFC 2543 did not ask for a Contact (6.13): then requests go to who called.
  if (out.remote_target.empty() && !invite.has("Contact") && from && from->uri.is_sip())
    out.remote_target = from->uri_text;
  if (!from || !to || !call_id || call_id->empty() || out.remote_target.empty())
    return std::nullopt;
  out.call_id = *call_id;
  out.local_tag = std::move(local_tag);
  out.remote_tag = from->param("tag").value_or(std::string_view{});
  out.local_party = without_tag(*to);
  out.remote_party = without_tag(*from);
  out.contact = std::move(contact);
  out.route_set = split_values(invite, "Record-Route");
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
  route_set = split_values(response, "Record-Route");
  std::reverse(route_set.begin(), route_set.end());
  choose_hop();
}

void Dialog::refresh_target(const Message& message) {
  std::string target = uri_of_contact(message);
  if (target.empty() || target == remote_target) return;
  remote_target = std::move(target);
  choose_hop();
}

void Dialog::choose_hop() { hop = next_hop(first_hop, route_set, remote_target); }

Message Dialog::request(std::string_view method) { return request(method, ++local_cseq); }

Message Dialog::ack(std::uint32_t cseq) const { return request("ACK", cseq); }

Message Dialog::request(std::string_view method, std::uint32_t cseq) const {
  Message out = Message::request(std::string(method), remote_target);
  apply_route_set(out, route_set, remote_target);
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
