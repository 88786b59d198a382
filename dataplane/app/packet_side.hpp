// SPDX-License-Identifier: MIT
// PacketSide: from configuration to running workers: EAL, buffers, ports, plane.
//
// Threads   the control thread.
// Lifetime  ends after everything that uses the plane; its members end in the reverse order of
// their start.
// Errors    start() says which device, memory or core is not as configured.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "dataplane/core/packet_plane.hpp"
#include "dataplane/io/eal.hpp"
#include "dataplane/io/ethernet_port.hpp"
#include "dataplane/io/packet_pool.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

class PacketSide {
 public:
  // What --check looks at beyond the file itself: whether this machine has the cores.
  static Result<void> check(const config::v1::Config& config);
  // The configuration has its defaults filled in. The run directory tells this process from others
  // on the machine.
  static Result<std::unique_ptr<PacketSide>> start(const config::v1::Config& config,
                                                   const std::string& run_dir);

  PacketPlane& plane() { return *plane_; }

 private:
  std::unique_ptr<Eal> eal_;
  PacketPool pool_;
  std::vector<std::unique_ptr<EthernetPort>> ports_;
  std::unique_ptr<PacketPlane> plane_;
};

}  // namespace junctor::dp
