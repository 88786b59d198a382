// SPDX-License-Identifier: MIT
#include <google/protobuf/message.h>

#include <charconv>

#include "options/v1/options.pb.h"
#include "platform/base/assert.hpp"
#include "platform/config/config.hpp"

namespace junctor::config {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

template <typename Number>
Number number(const std::string& text) {
  Number value{};
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  JUNCTOR_ASSERT(error == std::errc{} && at == text.data() + text.size());
  return value;
}

// The defaults are the schema's: one that does not fit its field is our bug.
void set_default(pb::Message& message, const Field& field, const std::string& text) {
  const pb::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_UINT32:
      return reflection.SetUInt32(&message, &field, number<std::uint32_t>(text));
    case Field::CPPTYPE_UINT64:
      return reflection.SetUInt64(&message, &field, number<std::uint64_t>(text));
    case Field::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field, number<std::int32_t>(text));
    case Field::CPPTYPE_INT64:
      return reflection.SetInt64(&message, &field, number<std::int64_t>(text));
    case Field::CPPTYPE_STRING:
      return reflection.SetString(&message, &field, text);
    case Field::CPPTYPE_BOOL:
      JUNCTOR_ASSERT(text == "true" || text == "false");
      return reflection.SetBool(&message, &field, text == "true");
    case Field::CPPTYPE_ENUM: {
      const pb::EnumValueDescriptor* value = field.enum_type()->FindValueByName(text);
      JUNCTOR_ASSERT(value != nullptr);
      return reflection.SetEnum(&message, &field, value);
    }
    default:
      JUNCTOR_ASSERT(false);  // no field of another type has a default
  }
}

void apply(pb::Message& message) {
  const pb::Reflection& reflection = *message.GetReflection();
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (field.is_map()) continue;
    const bool is_message = field.cpp_type() == Field::CPPTYPE_MESSAGE;
    if (is_message && field.is_repeated()) {
      for (int n = 0; n < reflection.FieldSize(message, &field); ++n) {
        apply(*reflection.MutableRepeatedMessage(&message, &field, n));
      }
    } else if (is_message) {
      apply(*reflection.MutableMessage(&message, &field));
    } else if (!field.is_repeated() && !reflection.HasField(message, &field)) {
      const std::string& text = field.options().GetExtension(options::v1::field).default_value();
      if (!text.empty()) set_default(message, field, text);
    }
  }
}

}  // namespace

void apply_defaults(pb::Message& message) { apply(message); }

}  // namespace junctor::config
