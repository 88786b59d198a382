// SPDX-License-Identifier: MIT
// Bytes from the network through the raw checks and Sofia's parser into our messages, and back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controlplane/sip/entry.hpp"
#include "controlplane/sip/raw_message.hpp"
#include "controlplane/sip/stream_splitter.hpp"

using namespace junctor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16384) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const SocketAddress source = *SocketAddress::parse("192.0.2.1:5060");
  const cp::RawVerdict verdict = cp::raw_check(bytes);
  if (verdict.kind == cp::RawVerdict::Kind::Refuse) {
    (void)cp::raw_answer(bytes, source, verdict.status, verdict.phrase, "Junctor");
    (void)cp::raw_answer_to(bytes, source);
  }
  (void)cp::summarize(bytes);
  cp::StreamSplitter splitter;
  const std::size_t cut = size / 3;
  (void)splitter.feed(std::string_view(bytes).substr(0, cut), 4096, [](std::string_view) {});
  (void)splitter.feed(std::string_view(bytes).substr(cut), 4096, [](std::string_view) {});
  // As the wire does before the parser.
  cp::replace_nuls(bytes.data(), std::min(bytes.find("\r\n\r\n"), bytes.size()));
  cp::fix_via(bytes.data(), bytes.size(), "UDP");
  const auto entry = cp::read_message(bytes);
  if (!entry) return 0;
  const std::string written = cp::write_message(entry->message);
  if (written.empty()) return 0;
  // What we write has one head: nothing in a field may end it early.
  if (written.find("\r\n\r\n") + 4 + entry->message.body().size() != written.size()) std::abort();
  return 0;
}
