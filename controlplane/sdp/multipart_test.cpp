// SPDX-License-Identifier: MIT
#include "controlplane/sdp/multipart.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

using interop::Message;

TEST(Parameter, IsFoundByName) {
  struct Row {
    std::string_view says, header, name, value;
  };
  const Row rows[] = {
      {"bare", "multipart/mixed;boundary=abc", "boundary", "abc"},
      {"quoted", "multipart/mixed; boundary=\"a;b c\" ; x=1", "boundary", "a;b c"},
      {"after a quoted one", "a/b; x=\"1;2\"; y=3", "y", "3"},
      {"escaped quote", "a/b; x=\"1\\\"2\"", "x", "1\"2"},
      {"without regard to case", "a/b; Boundary=Z", "boundary", "Z"},
      {"flags have no value", "a/b; flag; x=1", "x", "1"},
      {"blanks around", "a/b ;  x = 1 ", "x", "1"},
      {"not there", "a/b; x=1", "y", ""},
      {"an open quote ends with the text", "a/b; x=\"1", "x", "1"},
      {"the type is no parameter", "x=1", "x", ""},
  };
  for (const Row& r : rows) EXPECT_EQ(parameter(r.header, r.name), r.value) << r.says;
}

TEST(Multipart, TakesPartsApart) {
  const std::string body =
      "preamble\r\n"
      "--b1\r\n"
      "Content-Type: application/sdp\r\n"
      "Content-Disposition: session;\r\n"
      " handling=required\r\n"
      "\r\n"
      "v=0\r\n"
      "--b1x is no boundary\r\n"
      "\r\n"
      "--b1  \r\n"
      "\r\n"
      "no header\r\n"
      "--b1\r\n"
      "X: only headers\r\n"
      "--b1--\r\n"
      "epilogue --b1\r\n";
  const auto result = parse_multipart("multipart/mixed;boundary=b1", body);
  const auto* parts = std::get_if<std::vector<Part>>(&result);
  ASSERT_NE(parts, nullptr) << std::get<MultipartError>(result).reason;
  ASSERT_EQ(parts->size(), 3U);
  EXPECT_EQ((*parts)[0].header("content-type"), "application/sdp");
  EXPECT_EQ((*parts)[0].header("Content-Disposition"), "session; handling=required");
  EXPECT_EQ((*parts)[0].body, "v=0\r\n--b1x is no boundary\r\n");
  EXPECT_EQ((*parts)[1].body, "no header");
  EXPECT_EQ((*parts)[2].header("X"), "only headers");
  EXPECT_EQ((*parts)[2].body, "");
}

TEST(Multipart, RefusesWhatCannotBeRead) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxParts; ++i) many += "--b\r\n\r\nx\r\n";
  std::string many_headers = "--b\r\n";
  for (std::size_t i = 0; i <= kMaxPartHeaders; ++i) many_headers += "X: 1\r\n";
  struct Row {
    std::string_view says, type;
    std::string body;
    std::string_view reason;
  };
  constexpr std::string_view kType = "multipart/mixed;boundary=b";
  const std::string long_type = "multipart/mixed;boundary=" + std::string(71, 'b');
  const Row rows[] = {
      {"no boundary", "multipart/mixed", "--b--", "multipart body has no boundary"},
      {"a long boundary", long_type, "", "boundary is longer than 70"},
      {"another boundary", kType, "--c\r\n\r\n--c--\r\n", "boundary is not in the body"},
      {"a boundary within a line", kType, "x--b\r\n", "boundary is not in the body"},
      {"no end", kType, "--b\r\n\r\nv=0\r\n", "last boundary is missing"},
      {"no part", kType, "--b--\r\n", "body has no part"},
      {"a header without colon", kType, "--b\r\nhello\r\n\r\n\r\n--b--",
       "a part has a header without a name"},
      {"a header without name", kType, "--b\r\n: x\r\n\r\n\r\n--b--",
       "a part has a header without a name"},
      {"a folded line first", kType, "--b\r\n x\r\n\r\n\r\n--b--",
       "a part begins with a folded line"},
      {"many parts", kType, many + "--b--", "body has too many parts"},
      {"many headers", kType, many_headers + "\r\n\r\n--b--", "a part has too many headers"},
      {"a long header", kType, "--b\r\nX: " + std::string(5000, 'x') + "\r\n\r\n--b--",
       "a part has too long a header"},
  };
  for (const Row& r : rows) {
    const auto result = parse_multipart(r.type, r.body);
    const auto* error = std::get_if<MultipartError>(&result);
    ASSERT_NE(error, nullptr) << r.says;
    EXPECT_EQ(error->reason, r.reason) << r.says;
  }
}

Message message(std::vector<interop::Header> headers, std::string body) {
  Message m = Message::request("INVITE", "sip:a@b");
  for (auto& h : headers) m.add(h.name, h.value);
  m.set_body(std::string(m.get("Content-Type").value_or("")), std::move(body));
  if (!headers.empty() && headers[0].value == "(none)") m.remove("Content-Type");
  return m;
}

// Part of a multipart body with boundary b.
std::string part(std::string_view headers, std::string_view body) {
  return "--b\r\n" + std::string(headers) + "\r\n" + std::string(body) + "\r\n";
}

TEST(FindSdp, FindsTheDescription) {
  const std::string sdp = part("Content-Type: application/sdp\r\n", "v=0");
  const std::string isup = part("Content-Type: application/isup\r\n", "\x01\x02");
  const std::string inner =
      "--b\r\nContent-Type: multipart/alternative;boundary=i\r\n\r\n"
      "--i\r\nContent-Type: application/sdp\r\n\r\nfirst\r\n"
      "--i\r\nContent-Type: application/sdp\r\n\r\nsecond\r\n"
      "--i\r\nContent-Type: application/other\r\n\r\nx\r\n--i--\r\n";
  const std::string required =
      part("Content-Type: a/b\r\nContent-Disposition: signal;handling=required\r\n", "x");
  struct Row {
    std::string_view says;
    std::vector<interop::Header> headers;
    std::string body, text;
    std::uint16_t status;
  };
  const interop::Header mixed{"Content-Type", "multipart/mixed;boundary=b"};
  const Row rows[] = {
      {"no body", {}, "", "", 0},
      {"alone", {{"Content-Type", "application/sdp"}}, "v=0\r\n", "v=0\r\n", 0},
      {"compact, other case, parameters", {{"c", "Application/SDP;charset=x"}}, "v=0", "v=0", 0},
      {"the only part", {mixed}, sdp + "--b--", "v=0", 0},
      {"beside another", {mixed}, isup + sdp + "--b--", "v=0", 0},
      {"before another", {mixed}, sdp + isup + "--b--", "v=0", 0},
      {"the first of two",
       {mixed},
       sdp + part("Content-Type: application/sdp\r\n", "w") + "--b--",
       "v=0",
       0},
      {"the last of alternatives that is understood", {mixed}, inner + "--b--", "second", 0},
      {"only optional others", {mixed}, isup + "--b--", "", 0},
      {"early-session is not this session",
       {mixed},
       part("Content-Type: application/sdp\r\nContent-Disposition: early-session\r\n", "e") + sdp +
           "--b--",
       "v=0",
       0},
      {"an optional body of another type",
       {{"Content-Type", "application/x"}, {"Content-Disposition", "render;handling=optional"}},
       "x",
       "",
       0},
      {"a body of another type", {{"Content-Type", "application/x"}}, "x", "", 415},
      {"a required part of another type", {mixed}, sdp + required + "--b--", "", 415},
      {"compressed",
       {{"Content-Type", "application/sdp"}, {"Content-Encoding", "gzip"}},
       "x",
       "",
       415},
      {"a part in base64",
       {mixed},
       part("Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n", "dj0w") +
           "--b--",
       "",
       415},
      {"binary transfer is none",
       {mixed},
       part("Content-Type: application/sdp\r\nContent-Transfer-Encoding: BINARY\r\n", "v=0") +
           "--b--",
       "v=0",
       0},
      {"an empty description", {{"Content-Type", "application/sdp"}}, "\r\n", "", 400},
      {"cut", {mixed}, sdp, "", 400},
      {"no Content-Type", {{"Content-Type", "(none)"}}, "v=0", "", 400},
  };
  for (const Row& r : rows) {
    const Message m = message(r.headers, r.body);
    const FoundSdp found = find_sdp(m);
    EXPECT_EQ(found.text, r.text) << r.says;
    EXPECT_EQ(found.status, r.status) << r.says << ": " << found.reason;
    EXPECT_EQ(found.reason.empty(), r.status == 0) << r.says;
  }
}

TEST(FindSdp, DoesNotFollowNestingWithoutEnd) {
  std::string body = "v=0";
  std::string type = "application/sdp";
  for (std::size_t depth = 0; depth <= kMaxMultipartDepth; ++depth) {
    const std::string mark = "b" + std::to_string(depth);
    body =
        "--" + mark + "\r\nContent-Type: " + type + "\r\n\r\n" + body + "\r\n--" + mark + "--\r\n";
    type = "multipart/mixed;boundary=" + mark;
    const Message m = message({{"Content-Type", type}}, body);
    const FoundSdp found = find_sdp(m);
    EXPECT_EQ(found.status, depth < kMaxMultipartDepth ? 0 : 400) << depth;
  }
}

}  // namespace
}  // namespace junctor::cp
