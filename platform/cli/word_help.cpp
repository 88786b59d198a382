// SPDX-License-Identifier: MIT
// What the words within commands mean; the last word of each has the help of its row.
#include <algorithm>
#include <iterator>

#include "platform/cli/command_table.hpp"

namespace junctor::cli {
namespace {

struct WordHelp {
  std::string_view pattern;
  std::string_view help;
};

constexpr WordHelp kWords[] = {
    // Of capital words, wherever they stand.
    {"CALL", "a call's id, as far as only one begins so"},
    {"FILE", "a name for the file, as show files lists it"},
    {"MINUTES", "minutes, 1 to 65535"},
    {"NAME", "a file's name (show files)"},
    {"N", "a number, 1 or more"},
    {"NUMBER", "a telephone number"},
    {"TEXT", "a text, in quotes if it has blanks"},
    {"TRUNK", "a trunk's name"},
    // Outside of configuration.
    {"capture", "packets into a file, for Wireshark"},
    {"clear", "ends something"},
    {"clear call", "ends a call, as if both sides had hung up"},
    {"delete", "takes a file away"},
    {"delete file", "one of show files"},
    {"monitor", "what goes on now, drawn each second"},
    {"request", "asks something of the machine and its programs"},
    {"request system", "of the whole gateway"},
    {"request system restart", "starts a program again; calls stay"},
    {"request system software", "the two versions of the machine"},
    {"request system keyring", "whose versions are installed"},
    {"request system time", "the clock of the machine"},
    {"save", "writes a file"},
    {"save tech-support", "everything that support asks for, without secrets"},
    {"show", "shows what is, or was"},
    {"show calls history failed last", "the newest of them"},
    {"show calls history last", "the newest of them"},
    {"show calls number", "of one number"},
    {"show calls trunk", "of one trunk"},
    {"show configuration revision", "of an earlier commit"},
    {"show file", "a file that was saved or exported, as text"},
    {"show media call", "of one call"},
    {"show trace last", "the newest of them"},
    {"show records last", "the newest of them"},
    {"show trunk", "one telephone system, with all that is known"},
    {"terminal", "this session's terminal"},
    {"terminal length", "rows of a page"},
    {"terminal no", "ends what terminal began"},
    {"terminal width", "columns of a line"},
    {"test", "tries something out"},
    {"test call", "the gateway calls, and reports what it heard"},
    {"test call TRUNK number", "whom it calls"},
    {"test call loopback number", "whom a trunk calls that has this name"},
    {"test call loopback seconds", "how long it is heard; 5 seconds if it is left out"},
    {"test route", "where a call would go, and why; nobody is called"},
    {"test route from", "the trunk that it would come from"},
    {"test route from TRUNK called", "the number that would be called"},
    {"test route from TRUNK called NUMBER calling", "the number of who would call"},
    {"trace", "messages as the gateway saw them"},
    {"trace sip call", "of one call, by its id"},
    {"undebug", "ends details in the log"},
    {"trunk", "takes a telephone system out of service, or back"},
    // Within.
    {"commit comment", "says why"},
    {"commit confirmed", "returns by itself unless it is committed again in time"},
    {"commit confirmed MINUTES comment", "says why"},
    {"commit force comment", "says why"},
    {"commit force confirmed", "and returns by itself unless it is committed again in time"},
    {"commit force confirmed MINUTES comment", "says why"},
    {"load", "takes a file (JSON, or lines of set and delete) into the candidate"},
    // What rename, copy and insert do with an element.
    {"move after", "to the place behind another one"},
    {"move before", "to the place before another one"},
    {"move first", "to the first place"},
    {"move last", "to the last place"},
    {"move to", "the new name follows"},
    // Behind a pipe.
    {"compare rollback", "with an earlier commit"},
};

}  // namespace

std::string_view word_help(std::string_view pattern) {
  const auto* at = std::ranges::find(kWords, pattern, &WordHelp::pattern);
  return at == std::end(kWords) ? std::string_view() : at->help;
}

}  // namespace junctor::cli
