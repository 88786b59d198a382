// SPDX-License-Identifier: MIT
// Two editors who changed the same: the second one looks at both, and decides.
#include "platform/cli/gateway_language.hpp"
#include "platform/config/diff.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

// The candidate becomes what holds, with what this session changed upon it: where both changed the
// same, what was typed here stays, and is shown with what it would replace.
Outcome GatewayLanguage::update(const Command&, Sink& out) {
  const auto reply = get_config(0);
  if (!reply) return Outcome::failed(reply.error().text());
  const management::v1::Configuration& now = reply->configuration();
  if (now.revision().number() == base_revision_) {
    out.write("nothing was committed meanwhile\n");
    return {};
  }
  config::v1::Config joined = now.config();
  for (const config::Change& change : config::diff(base_, candidate_)) {
    // What it is about is gone: one by one, so that the others are kept.
    if (const auto mistake = config::apply_changes(joined, {&change, 1}))
      out.write("! left out: " + config::text_of(change.words) + ": " + mistake->reason + "\n");
  }
  base_ = now.config();
  take_name(base_);
  base_revision_ = now.revision().number();
  candidate_ = std::move(joined);
  out.write("upon revision " + std::to_string(base_revision_) + ":\n" +
            config::compare(base_, candidate_));
  return {};
}

}  // namespace junctor::cli
