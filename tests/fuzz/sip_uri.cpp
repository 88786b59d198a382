// SPDX-License-Identifier: MIT
// URIs and addresses: what was parsed prints to what parses to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controlplane/sip/next_hop.hpp"
#include "controlplane/sip/uri.hpp"

using namespace junctor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto uri = cp::Uri::parse(text)) {
    const std::string printed = uri->text();
    const auto again = cp::Uri::parse(printed);
    if (!again || again->text() != printed) std::abort();
  }
  if (const auto address = cp::NameAddr::parse(text)) {
    const std::string printed = address->text();
    const auto again = cp::NameAddr::parse(printed);
    if (!again || again->uri_text != address->uri_text) std::abort();
    (void)address->param("tag");
  }
  if (cp::unescape(cp::escape_user(text)) != text) std::abort();
  const cp::Hop fallback{"lan", cp::Transport::Udp, *SocketAddress::parse("192.0.2.1:5060")};
  (void)cp::hop_of_uri(fallback, text);
  interop::Message message = interop::Message::request("BYE", "sip:a");
  message.add("Route", std::string(text));
  (void)cp::split_values(message, "Route");
  return 0;
}
