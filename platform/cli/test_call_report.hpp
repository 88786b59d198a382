// SPDX-License-Identifier: MIT
// A test call as lines for people: how it goes, and in the end what was heard. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "management/v1/management.pb.h"

namespace junctor::cli {

// What is new since before: "180 Ringing after 0.1 s". The first has no state before.
std::vector<std::string> progress_of(const management::v1::CallTest& before,
                                     const management::v1::CallTest& now);
// Why it was not answered: "486: the called side answered ...".
std::string failure_of(const management::v1::CallTest& test);
// What was heard before the answer, a line; "" if there was no early media.
std::string early_of(const management::v1::CallTest& test);
// Why the gateway did not hear itself, where it should have.
std::string deafness_of(const management::v1::CallTest& test);
// Of one that was: the end, and what was heard.
std::string report_of(const management::v1::CallTest& test);
// "a tone of 425 Hz at -13.2 dBm0 in 98 % of the time".
std::string heard_text(const media::v1::Heard& heard);

}  // namespace junctor::cli
