// SPDX-License-Identifier: MIT
// Fetch: a file from an HTTPS server, by curl in a unit of its own that owns nothing: bytes of a network are read by a
// user without a name, without capabilities, and without a place to write but the one file that is open for it.
//
//   systemd-run (fetch_words) --stdout--> file
//                             --stderr--> "###   42.0%" | "curl: (22) ..." --> fetch_trouble
//
// Threads   plain functions.
// Errors    a server is trusted that an authority of the image or of the configuration vouches for, over HTTPS alone,
//           also behind redirects. What is larger than kLargestFile is cut off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace junctor::appliance {

// A bundle has about 100 MB; what is larger than this is none of ours.
inline constexpr std::uint64_t kLargestFile = std::uint64_t{512} << 20;

// The program that writes the file to its standard output. trust: a file with the authorities in place of the image's;
// the image's if empty.
std::vector<std::string> fetch_words(const std::string& url, const std::string& trust);

// "###   42.0%" -> 42.
std::optional<std::uint32_t> fetch_percent(std::string_view line);

// Why there is no file, for a person. said: what was complained of last, by curl with its number
// ("(22) The requested URL returned error: 404"); now: the time of the machine's clock (Unix), which
// may be why a certificate is not valid.
std::string fetch_trouble(std::string_view said, std::int64_t now);
// What curl says of a file that is too large.
inline constexpr std::string_view kTooLarge = "(63) ";

}  // namespace junctor::appliance
