// SPDX-License-Identifier: MIT
#include "controlplane/dialect/plugin_library.hpp"

#include <dlfcn.h>

#include "platform/base/assert.hpp"

namespace junctor::cp {
namespace {

using DescriptorFunction = const interop::Descriptor* (*)();

struct CloseLibrary {
  void operator()(void* handle) const { dlclose(handle); }
};
using Handle = std::unique_ptr<void, CloseLibrary>;

std::string last_dl_error() {
  const char* text = dlerror();
  return text != nullptr ? text : "unknown error of the dynamic linker";
}

}  // namespace

PluginLibrary::PluginLibrary(const interop::Descriptor& descriptor, void* handle)
    : descriptor_(descriptor), handle_(handle), reasons_(descriptor.counters.size()) {}

PluginLibrary::~PluginLibrary() {
  if (registry_ != nullptr) {
    registry_->remove(traffic_.values());
    if (!reasons_.empty()) registry_->remove(reasons_);
  }
  if (handle_ != nullptr) dlclose(handle_);
}

Result<std::shared_ptr<PluginLibrary>> PluginLibrary::open(const std::filesystem::path& file) {
  const std::string where = file.string();
  Handle handle(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!handle) return Error{where, "cannot be opened: " + last_dl_error()};
  void* symbol = dlsym(handle.get(), interop::kDescriptorSymbol);
  if (symbol == nullptr) {
    return Error{where,
                 std::string("is no plugin: it does not export ") + interop::kDescriptorSymbol};
  }
  const interop::Descriptor* descriptor = reinterpret_cast<DescriptorFunction>(symbol)();
  if (descriptor == nullptr) return Error{where, "is no plugin: its descriptor is missing"};
  // Nothing else of the descriptor can be read before its version is known to be ours.
  if (descriptor->abi_version != interop::kAbiVersion) {
    return Error{where, "was built for version " + std::to_string(descriptor->abi_version) +
                            " of the plugin interface, this gateway has version " +
                            std::to_string(interop::kAbiVersion)};
  }
  auto library = std::make_shared<PluginLibrary>(*descriptor, handle.get());
  static_cast<void>(handle.release());
  return library;
}

void PluginLibrary::register_counters(CounterRegistry& registry) {
  JUNCTOR_ASSERT(registry_ == nullptr);
  registry_ = &registry;
  const std::string prefix = "plugin." + std::string(descriptor_.name);
  registry.add(prefix, traffic_.descriptions(), traffic_.values());
  if (!reasons_.empty()) registry.add(prefix, descriptor_.counters, reasons_);
}

}  // namespace junctor::cp
