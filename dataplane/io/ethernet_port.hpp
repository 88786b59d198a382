// SPDX-License-Identifier: MIT
// EthernetPort: a DPDK device as a Device: configured, started, and closed again.
//
// Threads   see Device.
// Lifetime  the EAL and the pool outlive it.
// Errors    open() says what the device refused.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/core/device.hpp"
#include "dataplane/io/device_args.hpp"
#include "platform/base/result.hpp"

struct rte_mempool;

namespace junctor::dp {

struct PortOptions {
  std::string name;
  DeviceArgs device;
  unsigned queues = 0;  // 0: one a worker
  unsigned workers = 1;
  unsigned mtu = 1500;
  std::optional<MacAddress> mac;  // none: the device's own
};

class EthernetPort final : public Device {
 public:
  static Result<std::unique_ptr<EthernetPort>> open(const PortOptions& options, rte_mempool* pool);
  ~EthernetPort() override;

  unsigned receive(unsigned queue, rte_mbuf** packets, unsigned max) noexcept override;
  unsigned transmit(unsigned queue, rte_mbuf** packets, unsigned count) noexcept override;
  unsigned receive_queues() const override { return receive_queues_; }
  unsigned transmit_queues() const override { return transmit_queues_; }
  const std::string& name() const override { return options_.name; }
  const std::string& device() const override { return options_.device.text; }
  MacAddress mac() const override { return mac_; }
  Statistics statistics() const override;

 private:
  EthernetPort(PortOptions options, std::uint16_t id) : options_(std::move(options)), id_(id) {}

  Result<void> configure(rte_mempool* pool);
  Result<void> set_up_queues(rte_mempool* pool);
  Result<void> start();
  void take_mac();
  Error error(const char* what, int code) const;

  PortOptions options_;
  std::uint16_t id_;
  std::uint16_t receive_queues_ = 1, transmit_queues_ = 1;
  MacAddress mac_{};
};

}  // namespace junctor::dp
