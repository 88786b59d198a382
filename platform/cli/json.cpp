// SPDX-License-Identifier: MIT
#include "platform/cli/json.hpp"

#include <google/protobuf/descriptor.h>

#include <cstdio>

#include "platform/base/assert.hpp"
#include "platform/cli/units.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

void append_unicode_escape(std::string& out, std::uint32_t code) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", code & 0xffffU);
  out += buffer;
}

// Control characters of every kind are escaped: the text may be shown on a terminal as it is.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Utf8Char c = decode_utf8(text);
    const std::string_view octets = text.substr(0, c.length == 0 ? 1 : c.length);
    text.remove_prefix(octets.size());
    if (c.length == 0) {
      append_unicode_escape(out, 0xfffd);
    } else if (c.code == '"' || c.code == '\\') {
      out += '\\';
      out += octets;
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\r') {
      out += "\\r";
    } else if (is_control(c.code)) {
      append_unicode_escape(out, c.code);
    } else {
      out += octets;
    }
  }
  return out + "\"";
}

class JsonWriter {
 public:
  std::string take() { return std::move(out_) + "\n"; }

  void write_message(const pb::Message& message, int indent) {
    const pb::Descriptor& type = *message.GetDescriptor();
    out_ += "{";
    for (int i = 0; i < type.field_count(); ++i) {
      out_ += i == 0 ? "\n" : ",\n";
      const Field& field = *type.field(i);
      out_ += std::string(static_cast<std::size_t>(indent) + 2, ' ') + "\"" + field.name() + "\": ";
      write_field(message, field, indent + 2);
    }
    out_ += "\n" + std::string(static_cast<std::size_t>(indent), ' ') + "}";
  }

  void write_list(const pb::Message& message, const Field& field, int indent) {
    const int count = message.GetReflection()->FieldSize(message, &field);
    out_ += "[";
    for (int i = 0; i < count; ++i) {
      out_ += i == 0 ? "\n" : ",\n";
      out_ += std::string(static_cast<std::size_t>(indent) + 2, ' ');
      write_element(message, field, i, indent + 2);
    }
    if (count > 0) out_ += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
    out_ += "]";
  }

 private:
  void write_element(const pb::Message& message, const Field& field, int i, int indent) {
    const pb::Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return write_message(reflection.GetRepeatedMessage(message, &field, i), indent);
      case Field::CPPTYPE_STRING:
        return write_string(field, reflection.GetRepeatedString(message, &field, i));
      case Field::CPPTYPE_UINT32:
        out_ += std::to_string(reflection.GetRepeatedUInt32(message, &field, i));
        return;
      default:
        JUNCTOR_ASSERT(false);  // no such list is in a Reply
    }
  }

  void write_field(const pb::Message& message, const Field& field, int indent) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) return write_list(message, field, indent);
    switch (field.cpp_type()) {
      case Field::CPPTYPE_INT32:
        out_ += std::to_string(reflection.GetInt32(message, &field));
        break;
      case Field::CPPTYPE_INT64:
        out_ += std::to_string(reflection.GetInt64(message, &field));
        break;
      case Field::CPPTYPE_UINT32:
        out_ += std::to_string(reflection.GetUInt32(message, &field));
        break;
      case Field::CPPTYPE_UINT64:
        out_ += std::to_string(reflection.GetUInt64(message, &field));
        break;
      case Field::CPPTYPE_BOOL:
        out_ += reflection.GetBool(message, &field) ? "true" : "false";
        break;
      case Field::CPPTYPE_STRING:
        write_string(field, reflection.GetString(message, &field));
        break;
      case Field::CPPTYPE_MESSAGE:
        if (!reflection.HasField(message, &field)) {
          out_ += "null";
        } else {
          write_message(reflection.GetMessage(message, &field), indent);
        }
        break;
      default:
        JUNCTOR_ASSERT(false);  // no such field is in a Reply
    }
  }

  // Octets are addresses, here.
  void write_string(const Field& field, const std::string& value) {
    out_ += quoted(field.type() == Field::TYPE_BYTES ? ip_text(value) : value);
  }

  std::string out_;
};

}  // namespace

std::string to_json(const google::protobuf::Message& message) {
  JsonWriter writer;
  writer.write_message(message, 0);
  return writer.take();
}

std::string field_json(const management::v1::Reply& reply, const std::string& name) {
  const Field* field = reply.GetDescriptor()->FindFieldByName(name);
  JUNCTOR_ASSERT(field != nullptr);
  if (field->is_repeated()) return list_json(reply, name);
  return to_json(reply.GetReflection()->GetMessage(reply, field));
}

std::string list_json(const management::v1::Reply& reply, const std::string& name) {
  const Field* field = reply.GetDescriptor()->FindFieldByName(name);
  JUNCTOR_ASSERT(field != nullptr && field->is_repeated());
  JsonWriter writer;
  writer.write_list(reply, *field, 0);
  return writer.take();
}

std::string json_text(std::string_view text) { return quoted(text); }

}  // namespace junctor::cli
