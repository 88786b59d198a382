// SPDX-License-Identifier: MIT
// What becomes of the secrets of a configuration (schema options `secret` and `hashed`).
//
//   as typed --hash_all, seal_all--> as it is kept, sent and saved --unseal_all--> as it is used
//                                     `--mask_all--> as it is shown
//
// Which fields these are is the schema's to say; nothing here names one.
//
// Threads   pure functions. hash_all takes a fifth of a second a password (password.hpp).
// Errors    paths of what cannot be unsealed, as findings name them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.hpp"
#include "platform/keys/machine_key.hpp"

namespace google::protobuf {
class FieldDescriptor;
}

namespace junctor::config {

inline constexpr std::string_view kForeign = "was sealed by another machine; set it anew";

// A value that is kept as it is: sealed, or hashed, as the field asks for.
bool is_kept_form(const google::protobuf::FieldDescriptor& field, std::string_view value);
// Why a word is no value of a secret field, without the word itself; "" if it is.
std::string secret_mistake(const google::protobuf::FieldDescriptor& field, std::string_view value);

// Whether something in it would be hashed, or sealed.
bool has_clear_password(const v1::Config& config);
bool has_clear_secret(const v1::Config& config);  // or either
// Each that is clear. Where `before` has the same for the same thing, its form stays, so that nothing
// seems to have changed.
void hash_all(v1::Config& config, const v1::Config& before);
void seal_all(v1::Config& config, const keys::MachineKey& key, const v1::Config& before);

// What holds a secret that cannot be unsealed is of no use, and is left out as a whole.
std::vector<std::string> unseal_all(v1::Config& config, const keys::MachineKey& key);
// The same without a key.
std::vector<std::string> leave_out_sealed(v1::Config& config);
// Those that only a change against `before` brought in.
std::vector<std::string> foreign_secrets(const v1::Config& config, const keys::MachineKey& key,
                                         const v1::Config& before);

void mask_all(v1::Config& config);
// "pass": a line with such a word may hold a secret.
bool may_name_secret(std::string_view word);

}  // namespace junctor::config
