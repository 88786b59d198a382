// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/trunk_states.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

// The same octets for the same content, however the maps in it lie in memory.
std::string text_of(const journal::v1::TrunkStates& states) {
  std::string text;
  google::protobuf::io::StringOutputStream into(&text);
  google::protobuf::io::CodedOutputStream out(&into);
  out.SetSerializationDeterministic(true);
  states.SerializeToCodedStream(&out);
  out.Trim();
  return text;
}

}  // namespace

TrunkStates::TrunkStates(config::Disk& disk, std::string folder)
    : disk_(disk), folder_(std::move(folder)), path_(folder_ + "/trunks.state") {
  const auto text = disk_.read(path_);
  if (text && !*text) return;  // there is none yet
  if (!text || !kept_.ParseFromString(**text)) {
    log_error("trunk", "cannot be read: no trunk is drained, removed ones are forgotten",
              {{"file", path_}, {"reason", text ? "damaged" : text.error().message}});
    kept_.Clear();
    return;
  }
  written_ = **text;
  drained_.insert(kept_.drained().begin(), kept_.drained().end());
}

void TrunkStates::restore(TrunkTable& trunks, const config::v1::Config& config,
                          const PluginTable& plugins) {
  for (const config::v1::Trunk& trunk : kept_.removed()) {
    if (const auto added = trunks.add_removed(config, trunk, plugins); !added)
      log_error("trunk", "was removed, and its calls cannot go on",
                {{"trunk", trunk.name()}, {"reason", added.error().text()}});
  }
}

journal::v1::TrunkStates TrunkStates::content(const TrunkTable& trunks) const {
  journal::v1::TrunkStates out;
  for (const std::string& name : drained_) out.add_drained(name);
  for (const TrunkPtr& trunk : trunks.removed()) *out.add_removed() = trunk->config();
  return out;
}

void TrunkStates::follow(const TrunkTable& trunks) {
  for (const TrunkPtr& trunk : trunks.all())
    trunk->tally().is_drained = drained_.contains(trunk->name());
  const std::string text = text_of(content(trunks));
  if (text == written_) return;
  if (const auto done = write(text); !done) {
    log_error("trunk", "the calls of removed trunks would not outlive a restart",
              {{"reason", done.error().text()}});
    written_ = text;  // the next change tries again
  }
}

Result<void> TrunkStates::set_drained(const std::string& name, bool is_drained,
                                      const TrunkTable& trunks) {
  const std::set<std::string> before = drained_;
  if (is_drained)
    drained_.insert(name);
  else
    drained_.erase(name);
  if (drained_ == before) return {};
  if (const auto done = write(text_of(content(trunks))); !done) {
    drained_ = before;
    return done;
  }
  follow(trunks);
  return {};
}

Result<void> TrunkStates::write(const std::string& text) {
  const std::string draft = path_ + ".new";
  if (auto done = disk_.write_whole(draft, text); !done) return done;
  if (auto done = disk_.sync(draft); !done) return done;
  if (auto done = disk_.rename(draft, path_); !done) return done;
  written_ = text;
  return disk_.sync(folder_);
}

}  // namespace junctor::cp
