// SPDX-License-Identifier: MIT
// What no schema knows is asked of the gateway, so that it can be typed by Tab: the options that plugins
// bring, and the ports of the machine.
#include <algorithm>

#include "platform/cli/gateway_language.hpp"
#include "platform/config/value.hpp"

namespace junctor::cli {

using console::Outcome;
using management::v1::Plugin;
using management::v1::PluginOption;

namespace {

const std::string& plugin_of(const config::v1::Trunk* trunk) {
  static const std::string kDefault = "generic";
  return trunk == nullptr || trunk->plugin().empty() ? kDefault : trunk->plugin();
}

// "allow|refuse": each of them; nothing if it is any other expression.
std::vector<std::string> words_of_pattern(const std::string& pattern) {
  const bool is_list = std::ranges::all_of(pattern, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '|';
  });
  std::vector<std::string> words;
  for (std::size_t at = 0; is_list && at <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('|', at), pattern.size());
    words.push_back(pattern.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

void add_values(const PluginOption& option, std::vector<config::Candidate>& out) {
  using Kind = config::Candidate::Kind;
  for (std::string& word : words_of_pattern(option.pattern())) {
    const bool is_default = word == option.default_value();
    out.push_back({std::move(word), is_default ? "the default" : option.help(), Kind::Value});
  }
  if (out.empty())
    out.push_back(
        {option.default_value(), "the default; values fit " + option.pattern(), Kind::Value});
}

}  // namespace

config::Hints GatewayLanguage::hints() const {
  return [this, of_plugins = plugin_hints()](const google::protobuf::Message* message,
                                             const google::protobuf::FieldDescriptor& field,
                                             const std::string& name) {
    const bool is_device = field.containing_type() == config::v1::Interface::descriptor() &&
                           field.number() == config::v1::Interface::kDeviceFieldNumber;
    return is_device ? port_candidates() : of_plugins(message, field, name);
  };
}

// The ports of the machine by their names, each with what it is and who has it.
std::vector<config::Candidate> GatewayLanguage::port_candidates() const {
  std::vector<config::Candidate> out;
  management::v1::Request request;
  request.mutable_show_hardware();
  const auto reply = given_.gateway.hint(request);
  if (!reply) return out;
  for (const board::v1::MachinePort& port : reply->hardware().machine().ports()) {
    std::string help = port.state();
    for (const management::v1::PortUse& use : reply->hardware().uses())
      if (use.port() == port.name()) help += ", of interface " + use.interface();
    out.push_back({port.name(), help, config::Candidate::Kind::Value});
  }
  return out;
}

config::Hints GatewayLanguage::plugin_hints() const {
  return [this](const google::protobuf::Message* message,
                const google::protobuf::FieldDescriptor& field, const std::string& name) {
    std::vector<config::Candidate> out;
    if (field.containing_type() != config::v1::Trunk::descriptor()) return out;
    const bool is_plugin = field.number() == config::v1::Trunk::kPluginFieldNumber;
    if (!is_plugin && field.number() != config::v1::Trunk::kPluginOptionsFieldNumber) return out;
    const std::string& wanted = plugin_of(static_cast<const config::v1::Trunk*>(message));
    management::v1::Request request;
    request.mutable_show_plugins();
    const auto reply = given_.gateway.hint(request);
    if (!reply) return out;  // what may be typed does not depend on it
    for (const Plugin& plugin : reply->plugins()) {
      if (is_plugin) out.push_back({plugin.name(), plugin.summary()});
      if (is_plugin || plugin.name() != wanted) continue;
      for (const PluginOption& option : plugin.options()) {
        if (name.empty()) out.push_back({option.name(), option.help()});
        if (option.name() == name) add_values(option, out);
      }
    }
    return out;
  };
}

// What the words set, if the plugin of its trunk takes it not. An option that stands before its
// plugin is known is left to the commit, as is a plugin that this gateway has not, and all of it while
// junctor-control does not answer: a line that is typed waits no longer for that than for Tab.
std::optional<Outcome> GatewayLanguage::wrong_option(const config::v1::Config& before,
                                                     Words words) const {
  const auto find = [](const auto& list, const std::string& name) {
    const auto at = std::ranges::find(list, name, [](const auto& one) { return one.name(); });
    return at == list.end() ? nullptr : &*at;
  };
  // The last of these words: what is behind it was read as something else.
  const auto wrong = [words](const std::string& word, std::string reason) {
    const auto at = std::find(words.rbegin(), words.rend(), word);
    return Outcome::wrong(static_cast<std::size_t>(words.rend() - at) - 1, std::move(reason));
  };
  for (const config::v1::Trunk& trunk : candidate_.trunks()) {
    const config::v1::Trunk* was = find(before.trunks(), trunk.name());
    for (const auto& [name, value] : trunk.plugin_options()) {
      const auto held = was == nullptr ? nullptr : &was->plugin_options();
      if (held != nullptr && held->count(name) > 0 && held->at(name) == value) continue;
      // Copied or renamed, and not typed.
      if (std::ranges::find(words, name) == words.end()) continue;
      management::v1::Request request;
      request.mutable_show_plugins();
      const auto reply = given_.gateway.hint(request);
      const Plugin* plugin = reply ? find(reply->plugins(), plugin_of(&trunk)) : nullptr;
      if (plugin == nullptr) continue;
      const PluginOption* option = find(plugin->options(), name);
      if (option == nullptr) return wrong(name, "plugin " + plugin->name() + " has no such option");
      if (std::string mistake = config::pattern_mistake(value, option->pattern()); !mistake.empty())
        return wrong(value, std::move(mistake));
    }
  }
  return std::nullopt;
}

}  // namespace junctor::cli
