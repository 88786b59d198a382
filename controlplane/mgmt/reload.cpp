// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/reload.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>

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

}  // namespace

Reload plan_reload(const config::v1::Config& running, const config::v1::Config& wanted) {
  Reload reload;
  reload.config = wanted;
  Planner(reload).visit(running, reload.config, "");
  return reload;
}

}  // namespace junctor::cp
