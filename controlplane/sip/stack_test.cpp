// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include "controlplane/sip/stack_fixture.hpp"
namespace junctor::cp {
namespace {

TEST_F(StackTest, AnswersAnInvite) {
  start();
  UdpPeer peer;
  std::unique_ptr<ServerTransaction> held;
  on_request = [&](std::unique_ptr<ServerTransaction> t) {
    held = std::move(t);
    interop::Message ok = interop::Message::response(200, "OK");
    ok.add("Contact", "<sip:gw@127.0.0.1>");
    ok.set_body("application/sdp", "v=0\r\n");
    held->respond(std::move(ok), "ours");
  };
  peer.send(gateway, peer.request("INVITE", 1));
  const std::string trying = receive(peer);
  EXPECT_THAT(trying, testing::StartsWith("SIP/2.0 100 "));
  const std::string ok = receive(peer);
  EXPECT_THAT(ok, testing::StartsWith("SIP/2.0 200 OK"));
  std::cout << trying << "\n" << ok << "\n";
}

}  // namespace
}  // namespace junctor::cp
