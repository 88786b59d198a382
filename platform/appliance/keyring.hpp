// SPDX-License-Identifier: MIT
// Keyring: whose bundles are installed. RAUC reads what is put together here, with a configuration of its own.
//
//   /etc/rauc/keyring.pem (of the image, under dm-verity) --.
//   /data/rauc/added.pem  (AddKeys)                        --+--> /run/junctor-appliance/keyring.pem, rauc.conf
//   /data/rauc/revoked    (RevokeKey: fingerprints)        --'
//
// Trust is only handed on: what is added is signed by somebody who is trusted already, so who rules
// the gateway's programs cannot name a new one. As soon as there is a list of revoked signers (CRL),
// each root needs one, and none may be over (RFC 5280 section 6.3).
//
// Threads   the loop's.
// Errors    a sentence; then nothing has changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "appliance/v1/appliance.pb.h"
#include "platform/appliance/slots.hpp"
#include "platform/base/result.hpp"

namespace junctor::appliance {

class Keyring {
 public:
  explicit Keyring(Places places) : places_(std::move(places)) {}

  // Writes what RAUC reads; at the start, and after each change.
  Result<void> write() const;
  // Of the image first; lists of revoked signers behind.
  std::vector<v1::Key> list() const;
  // The content of a file for AddKeys: CMS in DER, at most 1 MiB. Returns what was added, in words.
  Result<std::string> add(std::string_view message) const;
  Result<void> revoke(const std::string& fingerprint) const;

 private:
  // Given.
  const Places places_;
};

}  // namespace junctor::appliance
