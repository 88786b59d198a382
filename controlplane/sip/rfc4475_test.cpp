// SPDX-License-Identifier: MIT
// The torture messages of RFC 4475, through a real socket: what the stack itself does with each.
// Up: it reaches the upper layer, which then knows methods, bodies and numbers. A status: the stack
// refuses it. Drop: a response to nothing of ours.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "controlplane/sip/stack_fixture.hpp"

namespace junctor::cp {
namespace {

const std::filesystem::path kData = RFC4475_DATA;
constexpr int kUp = 1, kDrop = 0;

struct TortureRow {
  const char* name;
  int wants;  // kUp, kDrop or a status
  const char* sentence;
};

constexpr TortureRow kRows[] = {
    // 3.1.1 valid
    {"wsinv", kUp, "white space, folding, compact forms; Max-Forwards 0068"},
    {"intmeth", 501,
     "a method and URI of all lawful characters; Sofia cannot read it, we refuse the method"},
    {"esc01", kUp, "escapes in the user part"},
    {"escnull", kUp, "escaped nulls"},
    {"esc02", kUp, "% in a method is no escape"},
    {"lwsdisp", kUp, "no space between display name and <"},
    {"longreq", kUp, "long values"},
    {"dblreq", kUp, "what follows the body of a datagram is ignored"},
    {"semiuri", kUp, "semicolons in the user part"},
    {"transports", kUp, "unknown transports in lower Vias"},
    {"mpart01", kUp, "a multipart body of octets"},
    {"unreason", kDrop, "a response with an unusual phrase"},
    {"noreason", kDrop, "a response without phrase"},
    // 3.1.2 invalid
    {"badinv01", 400, "empty parameters in Via"},
    {"clerr", 400, "Content-Length beyond the datagram"},
    {"ncl", 400, "negative Content-Length"},
    {"scalar02", 400, "numbers out of range in a request"},
    {"scalarlg", kDrop, "numbers out of range in a response"},
    {"quotbal", 400, "a quote without end"},
    {"ltgtruri", 400, "<> around the Request-URI"},
    {"lwsruri", 400, "spaces in the Request-URI"},
    {"lwsstart", kUp, "two spaces in the request line: read liberally"},
    {"trws", kUp, "space behind the request line: read liberally"},
    {"escruri", 400, "header fields in the Request-URI"},
    {"baddate", kUp, "a bad Date is ignored"},
    {"regbadct", 400, "URI parameters in Contact without <>"},
    {"badaspec", kUp, "spaces around the URI in To: read liberally"},
    {"baddn", 400, "display names that are no tokens"},
    {"badvers", 505, "SIP/7.0"},
    {"mismatch01", 400, "CSeq names another method"},
    {"mismatch02", 400, "CSeq names another unknown method"},
    {"bigcode", kDrop, "a status beyond all"},
    // 3.2
    {"badbranch", kUp, "a branch of nothing but its cookie"},
    // 3.3
    {"insuf", 400, "no Call-ID, From, To"},
    {"unkscm", 416, "an unknown scheme"},
    {"novelsc", 416, "a known scheme that is not SIP's"},
    {"unksm2", kUp, "unknown schemes in To, From, Contact"},
    {"bext01", 420, "Require of what nobody has"},
    {"invut", kUp, "a body of unknown type: the upper layer's 415"},
    {"regaut01", kUp, "an unknown authorization scheme"},
    {"multi01", 400, "several CSeq, Call-ID, To, From, Max-Forwards"},
    {"mcl01", 400, "two Content-Length"},
    {"bcast", kDrop, "a response with the broadcast address in Via"},
    {"zeromf", 483, "Max-Forwards 0"},
    {"cparam01", kUp, "a contact parameter"},
    {"cparam02", kUp, "a URI parameter in Contact"},
    {"regescrt", kUp, "an escaped Route in Contact"},
    {"sdp01", kUp, "Accept without SDP: the upper layer's 406"},
    // 3.4
    {"inv2543", kUp, "RFC 2543: no branch, no Max-Forwards"},
};

class Rfc4475Test : public StackTest, public testing::WithParamInterface<TortureRow> {};

TEST_P(Rfc4475Test, HasItsExpectedOutcome) {
  const TortureRow& row = GetParam();
  SCOPED_TRACE(row.sentence);
  std::ifstream file(kData / (std::string(row.name) + ".dat"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(text.empty());
  start();
  // Answers go to the port of Via, 5060 for most: an address where nobody else listens.
  UdpPeer peer("127.4.47.5");
  int up = 0;
  on_request = [&](std::unique_ptr<ServerTransaction> t) {
    ++up;
    t->respond(interop::Message::response(404, ""), "ours");
  };
  peer.send(gateway, text);
  UdpPeer other;  // what it asks is answered last: the stack lives, and has done with the first
  std::string alive;
  other.send(gateway, other.request("OPTIONS", 1));
  ASSERT_TRUE(run_until([&] { return !(alive = other.take()).empty(); }));
  EXPECT_EQ(up, row.wants == kUp ? 2 : 1);
  int status = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (entry.sent && entry.hop.peer.ip == peer.address().ip)
      status = std::stoi(entry.text.substr(8, 3));
  }
  EXPECT_EQ(status, row.wants == kUp ? 404 : row.wants);
}

INSTANTIATE_TEST_SUITE_P(All, Rfc4475Test, testing::ValuesIn(kRows),
                         [](const auto& row_info) { return std::string(row_info.param.name); });

TEST(Rfc4475, HasARowForEachMessage) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kData)) {
    files += entry.path().extension() == ".dat" ? 1 : 0;
  }
  EXPECT_EQ(files, std::size(kRows));
}

}  // namespace
}  // namespace junctor::cp
