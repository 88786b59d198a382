// SPDX-License-Identifier: MIT
#include "controlplane/app/secrets.hpp"

#include "platform/config/config.hpp"
#include "platform/config/secrets.hpp"

namespace junctor::cp {

config::v1::Config Secrets::for_use(const config::v1::Config& kept,
                                    std::vector<std::string>& notes) const {
  config::v1::Config config = kept;
  const std::vector<std::string> lost =
      key_ ? config::unseal_all(config, *key_) : config::leave_out_sealed(config);
  for (const std::string& path : lost) {
    const std::string why =
        key_ ? std::string(config::kForeign) : "cannot be unsealed: " + key_.error().text();
    notes.push_back(path + " " + why + "; what needs it is off");
  }
  config::apply_defaults(config);
  return config;
}

config::Store::Seal Secrets::sealer() const {
  return [this](config::v1::Config& config, const config::v1::Config& before) -> Result<void> {
    config::hash_all(config, before);
    if (!config::has_clear_secret(config)) return {};
    if (!key_) return Error{"", "secrets cannot be sealed: " + key_.error().text()};
    config::seal_all(config, *key_, before);
    return {};
  };
}

}  // namespace junctor::cp
