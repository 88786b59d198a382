// SPDX-License-Identifier: MIT
// Eal: DPDK's environment: memory, devices, the calling thread as its main one.
//
// Threads   start() on the control thread, once a process.
// Lifetime  ends after everything that uses DPDK.
// Errors    start() says what DPDK refused; its own messages are in the log.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/io/device_args.hpp"
#include "platform/base/result.hpp"

namespace junctor::dp {

enum class HugePages : std::uint8_t { Auto, Required, None };

struct EalOptions {
  std::string prefix;  // unique on the machine; of files in /run/dpdk
  HugePages huge_pages = HugePages::Auto;
  unsigned memory_mb = 256;
  std::vector<unsigned> cores;  // of this thread and DPDK's own
  std::vector<DeviceArgs> devices;
};

class Eal {
 public:
  static Result<std::unique_ptr<Eal>> start(const EalOptions& options);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  std::uint64_t tsc_hertz() const;
  bool has_huge_pages() const;

 private:
  explicit Eal(std::string runtime_dir) : runtime_dir_(std::move(runtime_dir)) {}
  std::string runtime_dir_;
};

// The command line of DPDK for these options; huge: whether huge pages are used.
std::vector<std::string> eal_arguments(const EalOptions& options, bool huge);

}  // namespace junctor::dp
