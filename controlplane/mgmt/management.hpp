// SPDX-License-Identifier: MIT
// Management: answers management/v1 on <run-dir>/management.sock: what `junctor show` asks.
//
//   client --Request--> [answers.hpp: rows] --> pieces of bounded size --Reply ... more--> client
//
// A piece is sent in a turn of the loop, and only while the client reads: a slow client, or one
// that asks for everything, stalls neither calls nor other clients. Who comes is always let in: at
// the limit of connections the one without use for longest is ended, and counted.
//
// Threads   the control loop's.
// Lifetime  what is given outlives it.
// Errors    a request that cannot be answered gets a Reply with a sentence. What is no request at
//           all ends the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/mgmt/answers.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"

namespace junctor::cp {

class Management {
 public:
  enum Count : std::uint8_t { kDisplaced, kCountCount };

  static Result<std::unique_ptr<Management>> listen(ipc::Loop& loop, const std::string& path,
                                                    Answers answers, CounterRegistry& registry);
  ~Management();
  Management(const Management&) = delete;
  Management& operator=(const Management&) = delete;

 private:
  class Client;
  Management(ipc::Loop& loop, Answers answers, CounterRegistry& registry);
  void displace_one();
  void forget(const Client* client);

  // Given.
  ipc::Loop& loop_;
  CounterRegistry& registry_;
  // Owned.
  Answers answers_;
  std::unique_ptr<ipc::Server> server_;
  std::vector<std::shared_ptr<Client>> clients_;
  CounterSet<kCountCount> counts_;
};

}  // namespace junctor::cp
