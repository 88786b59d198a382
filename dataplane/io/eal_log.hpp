// SPDX-License-Identifier: MIT
// DPDK's messages in our log, a line each, as warnings.
//
// Threads   DPDK may write from any thread.
// Lifetime  from the first call to the end of the process.
#pragma once

namespace junctor::dp {

void send_eal_log_to_ours();

}  // namespace junctor::dp
