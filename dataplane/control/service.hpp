// SPDX-License-Identifier: MIT
// Service: the control side of junctor-dataplane, put together.
//
//   junctor-control                  dataplane/control                     kernel
//     media.sock  <-- requests -->  [ media server ]
//                                          |
//                                     [ sessions ] <-- next hops --- [ neighbours ] <-- netlink
//                                      |       |                                |
//      Plane  <-- flows, RTCP frames --'   [ rtcp ]                        [ network admin ] -->
//      Plane  <-- all but voice ----------------------------------- [ kernel ports ] <-- taps
//
// Threads   the loop's.
// Lifetime  the plane, the network admin, the registry, the clock and the loop must outlive it. Its end closes
//           media.sock and leaves the kernel interfaces, with their addresses and sockets, as they
//           are: the next start takes them up again.
// Errors    create() says which interface, address or path could not be set up.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "config/v1/config.pb.h"
#include "dataplane/control/network_admin.hpp"
#include "dataplane/core/plane.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"
#include "platform/telemetry/log_ring.hpp"

namespace junctor::dp {

class Service {
 public:
  // The configuration has its defaults filled in; the socket is <run_dir>/media.sock. Lines of the
  // log, if any are given, are told to control, as is the revision of the configuration (0: not known).
  static Result<std::unique_ptr<Service>> create(ipc::Loop& loop, Plane& plane, NetworkAdmin& admin,
                                                 const config::v1::Config& config,
                                                 const std::string& run_dir,
                                                 CounterRegistry& registry, Clock& clock,
                                                 const LogRing* log = nullptr,
                                                 std::uint32_t config_revision = 0);
  virtual ~Service() = default;
};

}  // namespace junctor::dp
