// SPDX-License-Identifier: MIT
#include "dataplane/io/eal_log.hpp"

#include <rte_log.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

// DPDK writes lines in pieces.
ssize_t write_piece(void*, const char* data, std::size_t size) {
  thread_local std::string line;
  for (const char c : std::string_view(data, size)) {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (!line.empty()) log_warning("dpdk", line);
    line.clear();
  }
  return static_cast<ssize_t>(size);
}

}  // namespace

void send_eal_log_to_ours() {
  cookie_io_functions_t functions{};
  functions.write = write_piece;
  FILE* stream = fopencookie(nullptr, "w", functions);
  if (stream == nullptr) return;
  setvbuf(stream, nullptr, _IONBF, 0);
  rte_openlog_stream(stream);
}

}  // namespace junctor::dp
