// SPDX-License-Identifier: MIT
// Graph: nodes in the order in which a burst passes them, each output wired to a later node.
//
//   input() --> node 0 --> node 1 ...       one pass: no packet is touched twice by a node
//                  `-----> node 2
//
// A packet is in one node's burst at a time, so no burst can overflow.
//
// Threads   built on the control thread, then run by one worker.
// Errors    wiring mistakes are ours: asserted.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "dataplane/core/burst.hpp"
#include "dataplane/core/context.hpp"
#include "dataplane/core/node.hpp"

namespace junctor::dp {

class Graph {
 public:
  using Index = std::size_t;
  static constexpr std::size_t kMaxOutputs = 4;

  Index add(std::unique_ptr<Node> node);
  // To a node that was added later.
  void connect(Index from, unsigned output, Index to);
  // Asserts that every output leads somewhere.
  void check() const;

  // What enters node 0 with the next run().
  Burst& input() { return stages_.front()->burst; }
  void run(Context& ctx);

  void register_counters(CounterRegistry& registry) const;
  void unregister_counters(CounterRegistry& registry) const;

 private:
  struct Stage {
    std::unique_ptr<Node> node;
    std::unique_ptr<Counter[]> counters;
    std::array<Burst*, kMaxOutputs> outputs{};
    Burst burst;
  };
  std::vector<std::unique_ptr<Stage>> stages_;
};

}  // namespace junctor::dp
