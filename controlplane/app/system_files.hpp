// SPDX-License-Identifier: MIT
// SystemFiles: what the configuration says of the machine itself, as files that the machine reads.
//
//   system name, dns, ntp, ssh --> <run-dir>/system/{hostname, resolv.conf, timesyncd.conf, ssh}
//
// Who puts them into effect is root's affair (rootfs/units/junctor-system.*). A file is replaced whole
// and only if it would change. After a change a file `changed` is made; who reads them takes it away
// first, so that what changes while he reads is read once more.
//
// Threads   the control loop's; a few small writes to memory (/run).
// Errors    are logged; the gateway does not depend on these files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/v1/config.pb.h"
#include "platform/base/result.hpp"

namespace junctor::cp {

// With defaults; by name.
std::map<std::string, std::string> system_files(const config::v1::System& system);

// Certificates of the authorities that are trusted beside those of the image, in PEM: for junctor-appliance, with each
// request that fetches something.
std::vector<std::string> trust_anchors(const config::v1::System& system);

class SystemFiles {
 public:
  explicit SystemFiles(std::string folder) : folder_(std::move(folder)) {}

  void write(const config::v1::System& system) const;

 private:
  // True if it has changed.
  Result<bool> put(const std::string& name, const std::string& text) const;

  const std::string folder_;
};

}  // namespace junctor::cp
