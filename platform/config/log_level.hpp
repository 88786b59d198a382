// SPDX-License-Identifier: MIT
// The level of a configuration as the log knows it.
//
// Threads   pure function.
#pragma once

#include "config/v1/config.pb.h"
#include "platform/telemetry/log.hpp"

namespace junctor::config {

// Of one that is left out: Info, the schema's default.
constexpr LogLevel log_level_of(v1::LogLevel level) {
  switch (level) {
    case v1::DEBUG:
      return LogLevel::Debug;
    case v1::WARNING:
      return LogLevel::Warning;
    case v1::ERROR:
      return LogLevel::Error;
    default:
      return LogLevel::Info;
  }
}

}  // namespace junctor::config
