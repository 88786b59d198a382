// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/reload.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <memory>
#include <set>

#include "options/v1/options.pb.h"

namespace junctor::cp {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// Gives `to` the value that `from` has for this field; whether that changed anything.
bool copy_field(const Message& from, Message& to, const FieldDescriptor* field) {
  const std::unique_ptr<Message> source(from.New());
  source->CopyFrom(from);
  const std::unique_ptr<Message> before(to.New());
  before->CopyFrom(to);
  to.GetReflection()->SwapFields(&to, source.get(), {field});
  return !MessageDifferencer::Equals(*before, to);
}

class Planner {
 public:
  explicit Planner(Reload& reload) : reload_(reload) {}

  // `result` holds what is wanted, and gets back what must stay.
  void visit(const Message& running, Message& result, const std::string& path) {
    const Descriptor* descriptor = running.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      const std::string here = path.empty() ? field->name() : path + "." + field->name();
      switch (field->options().GetExtension(options::v1::field).apply()) {
        case options::v1::APPLY_RESTART_CONTROL:
          if (copy_field(running, result, field)) reload_.for_control.push_back(here);
          break;
        case options::v1::APPLY_RESTART_DATAPLANE:
          if (copy_field(running, result, field)) reload_.for_dataplane.push_back(here);
          break;
        default:
          if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated())
            visit(running.GetReflection()->GetMessage(running, field),
                  *result.GetReflection()->MutableMessage(&result, field), here);
      }
    }
  }

 private:
  Reload& reload_;
};

using Names = std::set<std::string>;
using config::v1::Config;

template <typename List>
auto named(const List& list, const std::string& name) {
  return std::ranges::find_if(list, [&](const auto& one) { return one.name() == name; });
}

// Whether there is a listener now that the trunk can work at.
bool has_listener(const Config& config, const config::v1::Trunk& trunk) {
  const auto at = named(config.sip().listeners(), trunk.listener());
  if (at == config.sip().listeners().end()) return false;
  const auto& offered = at->transports();  // none: all
  return offered.empty() || std::ranges::find(offered, trunk.transport()) != offered.end();
}

// A trunk that moves to such a listener is reached as before until then.
void stay_where_it_was(const config::v1::Trunk& before, config::v1::Trunk& trunk) {
  trunk.set_listener(before.listener());
  trunk.set_transport(before.transport());
  *trunk.mutable_peers() = before.peers();
  trunk.clear_media_address();
  if (before.has_media_address()) trunk.set_media_address(before.media_address());
}

// Trunks wait together with their listeners: without, nothing of a configuration could hold before
// the restart.
void hold_back_trunks(const Config& running, Reload& reload) {
  Names out;
  for (config::v1::Trunk& trunk : *reload.config.mutable_trunks()) {
    if (has_listener(reload.config, trunk)) continue;
    reload.for_control.push_back("trunks." + trunk.name());
    const auto before = named(running.trunks(), trunk.name());
    if (before == running.trunks().end())
      out.insert(trunk.name());
    else
      stay_where_it_was(*before, trunk);
  }
  if (!out.empty()) leave_out(out, reload.config);
}

}  // namespace

void leave_out(const std::set<std::string>& trunks, Config& config) {
  const auto is_out = [&trunks](const std::string& name) { return trunks.contains(name); };
  const auto drop = [](auto& list, const auto& is_dropped) {
    list.erase(std::remove_if(list.begin(), list.end(), is_dropped), list.end());
  };
  drop(*config.mutable_trunks(), [&](const auto& trunk) { return is_out(trunk.name()); });
  drop(*config.mutable_message_rules(), [&](const auto& rule) { return is_out(rule.trunk()); });
  for (config::v1::Route& route : *config.mutable_routes()) drop(*route.mutable_to(), is_out);
  drop(*config.mutable_routes(),
       [&](const auto& route) { return is_out(route.from()) || route.to().empty(); });
}

Reload plan_reload(const config::v1::Config& running, const config::v1::Config& wanted) {
  Reload reload;
  reload.config = wanted;
  Planner(reload).visit(running, reload.config, "");
  hold_back_trunks(running, reload);
  return reload;
}

}  // namespace junctor::cp
