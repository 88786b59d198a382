// SPDX-License-Identifier: MIT
// Certificates (RFC 5280) as a configuration holds them: what is between the lines BEGIN and END of a PEM file, without
// line ends.
//
// Threads   plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace junctor::keys {

// The same in the form of a file (RFC 7468); nothing if it is not one whole certificate.
std::optional<std::string> pem_of_certificate(std::string_view base64);

}  // namespace junctor::keys
