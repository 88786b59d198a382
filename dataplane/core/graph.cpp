// SPDX-License-Identifier: MIT
#include "dataplane/core/graph.hpp"

#include <string>
#include <utility>

#include "platform/base/assert.hpp"

namespace junctor::dp {

Graph::Index Graph::add(std::unique_ptr<Node> node) {
  auto stage = std::make_unique<Stage>();
  JUNCTOR_ASSERT(node->desc().outputs.size() <= kMaxOutputs);
  stage->counters = std::make_unique<Counter[]>(node->desc().counters.size());
  stage->node = std::move(node);
  stages_.push_back(std::move(stage));
  return stages_.size() - 1;
}

void Graph::connect(Index from, unsigned output, Index to) {
  JUNCTOR_ASSERT(from < to && to < stages_.size());
  JUNCTOR_ASSERT(output < stages_[from]->node->desc().outputs.size());
  stages_[from]->outputs[output] = &stages_[to]->burst;
}

void Graph::check() const {
  for (const auto& stage : stages_)
    for (std::size_t i = 0; i < stage->node->desc().outputs.size(); ++i)
      JUNCTOR_ASSERT(stage->outputs[i] != nullptr);
}

void Graph::run(Context& ctx) {
  for (const auto& stage : stages_) {
    if (stage->burst.count == 0) continue;
    ctx.enter(stage->outputs.data(), stage->counters.get());
    stage->node->process(ctx, stage->burst);
    stage->burst.count = 0;
  }
  ctx.free_dropped();
}

void Graph::register_counters(CounterRegistry& registry) const {
  for (const auto& stage : stages_) {
    const NodeDesc& desc = stage->node->desc();
    registry.add(std::string(desc.name), desc.counters,
                 std::span<const Counter>(stage->counters.get(), desc.counters.size()));
  }
}

void Graph::unregister_counters(CounterRegistry& registry) const {
  for (const auto& stage : stages_)
    registry.remove(
        std::span<const Counter>(stage->counters.get(), stage->node->desc().counters.size()));
}

}  // namespace junctor::dp
