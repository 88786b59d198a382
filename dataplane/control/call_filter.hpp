// SPDX-License-Identifier: MIT
// CallFilter: which frames belong to one call: its SIP, and its voice.
//
//   UDP, a signalling port   a message that contains one of the call's Call-IDs, and the fragments
//                            that follow its first
//   TCP, a signalling port   a connection with one of the call's peers, told or learned from a segment
//                            with one of its Call-IDs: another may hold any part of any message
//   UDP, a voice port        one of the call's own
//
// Threads   belongs to one.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/address.hpp"
#include "platform/base/bytes.hpp"

namespace junctor::dp {

class CallFilter {
 public:
  struct Words {
    std::vector<std::string> sip_call_ids;
    std::vector<IpAddress> peers;
    std::vector<std::uint16_t> signalling_ports;
    std::vector<SocketAddress> voice;  // local addresses, of RTP and of RTCP
    friend bool operator==(const Words&, const Words&) = default;
  };
  // Unknown: signalling, of a call that may turn out to be this one.
  enum class Fit : std::uint8_t { No, Unknown, Yes };

  void set_words(Words words) { words_ = std::move(words); }
  // sent: by the gateway; so its own address is the source.
  Fit fit(Bytes frame, bool sent);

 private:
  // What the fragments of a datagram have in common.
  struct Datagram {
    IpAddress from, to;
    std::uint32_t id = 0;
    friend bool operator==(const Datagram&, const Datagram&) = default;
  };
  struct Packet;

  static bool parse(Bytes frame, Packet& packet);
  static bool parse_v4(Bytes ip, Packet& packet);
  static bool parse_v6(Bytes ip, Packet& packet);
  Fit fit_udp(const Packet& packet, bool sent) const;
  Fit fit_tcp(const Packet& packet, bool sent);
  bool is_signalling(std::uint16_t from, std::uint16_t to) const;
  bool has_call_id(Bytes content) const;

  Words words_;
  std::vector<IpAddress> learned_;       // peers over TCP
  std::array<Datagram, 16> fragmented_;  // that fit; the next takes the place of the oldest
  std::size_t next_fragmented_ = 0;
};

// Whether the text contains the word, and not as a part of a longer one.
bool contains_word(std::string_view text, std::string_view word);

}  // namespace junctor::dp
