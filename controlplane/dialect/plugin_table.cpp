// SPDX-License-Identifier: MIT
#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "controlplane/dialect/dialect.hpp"
#include "controlplane/dialect/plugin_library.hpp"

namespace junctor::cp {
namespace {

namespace fs = std::filesystem;

Result<std::vector<fs::path>> shared_objects(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".so") files.push_back(at->path());
  }
  if (error) return Error{directory.string(), "cannot be read: " + error.message()};
  std::sort(files.begin(), files.end());
  return files;
}

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

bool fits(std::string_view value, std::string_view pattern) {
  const RE2 re(re2::StringPiece(pattern.data(), pattern.size()), quiet());
  return re.ok() && RE2::FullMatch(re2::StringPiece(value.data(), value.size()), re);
}

// What fault_of cannot see: whether patterns are patterns, whether names are taken by ours.
std::string deeper_fault(const interop::Descriptor& d) {
  for (const interop::OptionDesc& o : d.options) {
    if (!fits(o.default_value, o.pattern)) {
      return "the default of option '" + std::string(o.name) + "' does not fit its pattern";
    }
  }
  for (const CounterDesc& c : d.counters) {
    for (const CounterDesc& ours : PluginLibrary::kTraffic) {
      if (c.name == ours.name) return "counter '" + std::string(c.name) + "' is the gateway's own";
    }
  }
  return {};
}

template <typename List>
std::string names_of(const List& list, std::string_view none) {
  std::string out;
  for (const auto& one : list) out += (out.empty() ? "" : ", ") + std::string(one.name);
  return out.empty() ? std::string(none) : out;
}

// Checks what the operator gave, fills in what was left out.
Result<void> complete_options(const interop::Descriptor& d, interop::TrunkContext& trunk) {
  const std::string where = "plugin_options";
  for (const auto& [name, value] : trunk.options) {
    const auto is_named = [&name = name](const interop::OptionDesc& o) { return o.name == name; };
    const auto known = std::find_if(d.options.begin(), d.options.end(), is_named);
    if (known == d.options.end()) {
      return Error{where + "[\"" + name + "\"]",
                   "plugin '" + std::string(d.name) +
                       "' has no such option; it has: " + names_of(d.options, "none")};
    }
    if (!fits(value, known->pattern)) {
      return Error{where + "[\"" + name + "\"]",
                   "'" + value + "' does not fit " + std::string(known->pattern)};
    }
  }
  for (const interop::OptionDesc& o : d.options) {
    trunk.options.try_emplace(std::string(o.name), o.default_value);
  }
  return {};
}

}  // namespace

PluginTable::PluginTable(CounterRegistry& counters) : counters_(counters) {}
PluginTable::~PluginTable() = default;
PluginTable::PluginTable(PluginTable&&) noexcept = default;

Result<void> PluginTable::load(const fs::path& directory) {
  const auto files = shared_objects(directory);
  if (!files) return files.error();
  Result<void> all;
  for (const fs::path& file : *files) {
    auto library = PluginLibrary::open(file);
    auto added = library ? add_library(std::move(*library), file.string()) : library.error();
    if (all && !added) all = std::move(added);
  }
  return all;
}

Result<void> PluginTable::add(const interop::Descriptor& descriptor) {
  return add_library(std::make_shared<PluginLibrary>(descriptor, nullptr), "built-in plugin");
}

Result<void> PluginTable::add_library(std::shared_ptr<PluginLibrary> library,
                                      const std::string& where) {
  const interop::Descriptor& d = library->descriptor();
  std::string fault = fault_of(d);
  if (fault.empty()) fault = deeper_fault(d);
  if (!fault.empty()) return Error{where, "is no sound plugin: " + fault};
  if (find(d.name) != nullptr) {
    return Error{where, "a plugin '" + std::string(d.name) + "' is there already"};
  }
  library->register_counters(counters_);
  libraries_.push_back(std::move(library));
  return {};
}

const interop::Descriptor* PluginTable::find(std::string_view name) const {
  for (const auto& library : libraries_) {
    if (library->descriptor().name == name) return &library->descriptor();
  }
  return nullptr;
}

std::vector<const interop::Descriptor*> PluginTable::all() const {
  std::vector<const interop::Descriptor*> out;
  for (const auto& library : libraries_) out.push_back(&library->descriptor());
  return out;
}

Result<std::unique_ptr<Dialect>> PluginTable::create(std::string_view plugin,
                                                     interop::TrunkContext trunk) const {
  for (const auto& library : libraries_) {
    const interop::Descriptor& d = library->descriptor();
    if (d.name != plugin) continue;
    const auto complete = complete_options(d, trunk);
    if (!complete) return complete.error();
    auto instance = d.create(trunk);
    if (!instance) {
      return Error{"plugin_options",
                   "plugin '" + std::string(plugin) + "' refuses: " + instance.error().text()};
    }
    if (*instance == nullptr) {
      return Error{"plugin", "plugin '" + std::string(plugin) + "' made no instance"};
    }
    return std::make_unique<Dialect>(library, std::move(*instance));
  }
  std::vector<interop::Descriptor> known;
  for (const auto& library : libraries_) known.push_back(library->descriptor());
  return Error{"plugin", "there is no plugin '" + std::string(plugin) +
                             "'; there are: " + names_of(known, "none")};
}

}  // namespace junctor::cp
