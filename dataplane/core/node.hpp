// SPDX-License-Identifier: MIT
// Node: one step of the packet graph.
//
//   burst --> [ node ] --> output 0 (the normal way on)
//                      --> output 1..n-1 (named exceptions)
//                      --> drop(reason), counted
//
// Contract  process() disposes of every packet in the burst exactly once: ctx.emit, ctx.drop, or a
// sink of the context. Threads   an instance belongs to one worker: no lock, allocation, log or
// system call. Config    read through ctx.snapshot(); it cannot change while a burst is in flight.
#pragma once

#include <span>
#include <string_view>

#include "platform/telemetry/counter.hpp"

namespace junctor::dp {

struct Burst;
class Context;

struct NodeDesc {
  std::string_view name;                      // "rtp_relay": counter prefix
  std::span<const std::string_view> outputs;  // index is the output number
  std::span<const CounterDesc>
      counters;  // index is the drop reason; Info ones count what is not dropped
};

class Node {
 public:
  virtual ~Node() = default;
  virtual const NodeDesc& desc() const noexcept = 0;
  virtual void process(Context& ctx, Burst& burst) noexcept = 0;
};

}  // namespace junctor::dp
