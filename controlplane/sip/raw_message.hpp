// SPDX-License-Identifier: MIT
// Raw messages: the few questions that are asked of a datagram before Sofia parses it, and the
// answer to one that it would drop or answer to the wrong address.
//
// Errors    raw_check() gives status and phrase for a request that must be refused; status 0 for
//           one that may pass.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "platform/base/address.hpp"

namespace junctor::cp {

// The value of the first field of that name ("call-id", lower case) or compact form ('i', 0: none),
// folding kept.
std::string_view raw_field(std::string_view message, std::string_view name, char compact);

struct RawVerdict {
  enum class Kind : std::uint8_t { Pass, Refuse, Drop };
  Kind kind = Kind::Pass;
  std::uint16_t status = 0;
  std::string phrase;
};
// Of a datagram, or of a whole message of a stream.
RawVerdict raw_check(std::string_view message);

// The top Via of a request names the transport that it came by; some that came by UDP say TCP or the
// other way round, and Sofia drops them. Put right in place ("UDP"): the answer goes back by the
// transport that the request came by, whatever it says (RFC 3261, 18.2.2).
void fix_via(char* message, std::size_t size, std::string_view transport);

bool raw_is_response(std::string_view message);
bool raw_is_ack(std::string_view message);

// A response to a request that is only half understood: its Via, From, To, Call-ID and CSeq as they
// came (RFC 3261, 8.2.6).
std::string raw_answer(std::string_view request, const SocketAddress& source, std::uint16_t status,
                       std::string_view phrase, std::string_view server);
// Where it goes (RFC 3261, 18.2.2; RFC 3581): the source, at the port that the top Via says.
SocketAddress raw_answer_to(std::string_view request, const SocketAddress& source);

}  // namespace junctor::cp
