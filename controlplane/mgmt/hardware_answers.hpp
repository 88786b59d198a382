// SPDX-License-Identifier: MIT
// The answer to `show hardware`: the machine as junctor-board found it at boot, which interface of
// the configuration has which port, and how full the disk is.
//
// Threads   the control loop's. A small file of a memory file system is read, and two system calls
//           are made that wait for nothing.
// Lifetime  what is given outlives the answers.
// Errors    a machine of which nothing is known has a note, and what the kernel says by itself.
#pragma once

#include <string>

#include "config/v1/config.pb.h"
#include "controlplane/mgmt/answers.hpp"

namespace junctor::cp {

struct HardwareShown {
  std::string machine_file;  // platform/board/machine_file.hpp
  std::string state_dir;
  const config::v1::Config& config;
};
void add_hardware_answers(Answers& answers, HardwareShown shown);

}  // namespace junctor::cp
