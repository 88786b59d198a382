// SPDX-License-Identifier: MIT
#include "controlplane/app/left_out.hpp"

#include <set>

#include "controlplane/mgmt/reload.hpp"
#include "controlplane/routing/trunk.hpp"

namespace junctor::cp {

std::vector<LeftOut> leave_out_trunks(config::v1::Config& config, const PluginTable& plugins) {
  std::vector<LeftOut> out;
  std::set<std::string> names;
  for (const config::v1::Trunk& trunk : config.trunks()) {
    const auto dialect = make_dialect(trunk, plugins);
    if (dialect) continue;
    out.push_back({trunk.name(), dialect.error().message});
    names.insert(trunk.name());
  }
  if (!names.empty()) leave_out(names, config);
  return out;
}

}  // namespace junctor::cp
