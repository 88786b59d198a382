// SPDX-License-Identifier: MIT
// NetworkServer: carries out what junctor-dataplane asks of the kernel's network, and no more.
//
//   user U --> Unix socket --> [ is it U? is the interface a tap of U? ] --> NetworkAdmin
//
// Who takes over junctor-dataplane, which reads what strangers send, gets no capability: he can make
// and arrange taps of its user, and touches no other interface.
//
// Threads   the loop's.
// Lifetime  the loop and the admin outlive it. Its end closes the socket; the interfaces stay.
// Errors    listen() says why there is no socket. A request that is none is logged and ends its
//           connection.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>

#include "dataplane/control/network_admin.hpp"
#include "network/v1/network.pb.h"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::dp {

class NetworkServer {
 public:
  static constexpr int kMaxInterfaces = 4096;  // ports and VLANs
  static constexpr int kMaxEntries = 1024;     // addresses of an interface; routes of it
  static constexpr std::size_t kMaxConnections = 8;

  // user: who may ask.
  static Result<std::unique_ptr<NetworkServer>> listen(ipc::Loop& loop, const std::string& path,
                                                       std::uint32_t user, NetworkAdmin& admin);
  ~NetworkServer();

 private:
  NetworkServer(ipc::Loop& loop, std::uint32_t user, NetworkAdmin& admin);

  void on_connection(std::unique_ptr<ipc::Channel> channel);
  void on_frame(ipc::Channel* channel, Bytes frame);
  void on_closed(const ipc::Channel* channel);
  network::v1::SetUpDone set_up(const network::v1::SetUp& what);
  Result<void> nudge(const network::v1::Nudge& what);
  Result<void> set_mac(const network::v1::SetMac& what);
  bool is_tap_of_user(std::uint32_t ifindex);

  // Given.
  ipc::Loop& loop_;
  const std::uint32_t user_;
  NetworkAdmin& admin_;
  // State.
  std::set<std::uint32_t> taps_;  // of the user, when last looked
  Nanoseconds looked_{0};
  ipc::Channel* asks_ = nullptr;  // whose request is carried out
  // Owned.
  std::list<std::unique_ptr<ipc::Channel>> channels_;
  std::unique_ptr<ipc::Server> server_;
};

}  // namespace junctor::dp
