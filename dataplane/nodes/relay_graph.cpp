// SPDX-License-Identifier: MIT
#include "dataplane/nodes/relay_graph.hpp"

#include <memory>

#include "dataplane/nodes/handover.hpp"
#include "dataplane/nodes/punt.hpp"
#include "dataplane/nodes/rtp_classify.hpp"
#include "dataplane/nodes/rtp_relay.hpp"
#include "dataplane/nodes/transmit.hpp"

namespace junctor::dp {

Graph make_relay_graph() {
  Graph graph;
  const auto classify = graph.add(std::make_unique<RtpClassify>());
  const auto relay = graph.add(std::make_unique<RtpRelay>());
  const auto transmit = graph.add(std::make_unique<Transmit>());
  const auto punt = graph.add(std::make_unique<Punt>());
  const auto handover = graph.add(std::make_unique<Handover>());
  graph.connect(classify, RtpClassify::kRelay, relay);
  graph.connect(classify, RtpClassify::kPunt, punt);
  graph.connect(classify, RtpClassify::kHandover, handover);
  graph.connect(relay, RtpRelay::kTransmit, transmit);
  graph.connect(relay, RtpRelay::kPunt, punt);
  graph.check();
  return graph;
}

}  // namespace junctor::dp
