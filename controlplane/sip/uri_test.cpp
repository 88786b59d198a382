// SPDX-License-Identifier: MIT
#include "controlplane/sip/uri.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

struct UriRow {
  const char* sentence;
  const char* text;
  bool is_uri;
  const char *scheme, *user, *host;
  int port;
  const char *params, *headers;
};

TEST(Uri, IsCutIntoItsParts) {
  const UriRow rows[] = {
      {"all parts", "sip:alice:secret@192.0.2.1:5070;transport=tcp;lr?Subject=x", true, "sip",
       "alice", "192.0.2.1", 5070, "transport=tcp;lr", "Subject=x"},
      {"a host alone", "sip:gw.example.com", true, "sip", "", "gw.example.com", 0, "", ""},
      {"IPv6", "sips:a@[2001:db8::1]:5061", true, "sips", "a", "[2001:db8::1]", 5061, "", ""},
      {"a user with parameters of its own", "sip:+1212;phone-context=x@gw", true, "sip",
       "+1212;phone-context=x", "gw", 0, "", ""},
      {"an escaped user", "sip:a%40b@c", true, "sip", "a%40b", "c", 0, "", ""},
      {"a telephone number", "tel:+358-555;phone-context=x", true, "tel", "+358-555", "", 0,
       "phone-context=x", ""},
      {"another scheme", "urn:service:sos", true, "urn", "service:sos", "", 0, "", ""},
      {"no scheme", "alice", false, "", "", "", 0, "", ""},
      {"no host", "sip:alice@", false, "", "", "", 0, "", ""},
      {"no user before @", "sip:@host", false, "", "", "", 0, "", ""},
      {"white space", "sip:a@b c", false, "", "", "", 0, "", ""},
      {"a line break", "sip:a@b\r\nX: y", false, "", "", "", 0, "", ""},
      {"a port that is none", "sip:a@b:99999", false, "", "", "", 0, "", ""},
      {"an open bracket", "sip:a@[::1", false, "", "", "", 0, "", ""},
  };
  for (const UriRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    const auto uri = Uri::parse(row.text);
    ASSERT_EQ(uri.has_value(), row.is_uri);
    if (!uri) continue;
    EXPECT_EQ(uri->scheme, row.scheme);
    EXPECT_EQ(uri->user, row.user);
    EXPECT_EQ(uri->host, row.host);
    EXPECT_EQ(uri->port, row.port);
    EXPECT_EQ(uri->params, row.params);
    EXPECT_EQ(uri->headers, row.headers);
    EXPECT_EQ(uri->text(), row.text);
  }
}

struct AddressRow {
  const char* sentence;
  const char* text;
  bool is_address;
  const char *display, *uri, *params;
};

TEST(NameAddr, IsCutIntoItsParts) {
  const AddressRow rows[] = {
      {"with a name", "\"A. <B>\" <sip:a@b;lr>;tag=1", true, "\"A. <B>\"", "sip:a@b;lr", "tag=1"},
      {"without brackets the parameters are the field's", "sip:a@b;tag=1;x", true, "", "sip:a@b",
       "tag=1;x"},
      {"an escaped quote does not end the name", "\"a\\\"<\" <sip:a@b>", true, "\"a\\\"<\"",
       "sip:a@b", ""},
      {"no space before the bracket", "caller<sip:a@b>", true, "caller", "sip:a@b", ""},
      {"a bracket without end", "<sip:a@b", false, "", "", ""},
      {"noise behind the bracket", "<sip:a@b> x", false, "", "", ""},
  };
  for (const AddressRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    const auto address = NameAddr::parse(row.text);
    ASSERT_EQ(address.has_value(), row.is_address);
    if (!address) continue;
    EXPECT_EQ(address->display, row.display);
    EXPECT_EQ(address->uri_text, row.uri);
    EXPECT_EQ(address->params, row.params);
  }
}

TEST(Uri, FindsParametersWhateverTheirCase) {
  EXPECT_EQ(find_param("Transport=TCP;lr", "transport"), "TCP");
  EXPECT_EQ(find_param("transport=tcp;LR", "lr"), "");
  EXPECT_EQ(find_param("transport=tcp", "lr"), std::nullopt);
}

TEST(Uri, EscapesGoBothWays) {
  EXPECT_EQ(unescape("a%40b%zz%4"), "a@b%zz%4");
  EXPECT_EQ(escape_user("a@b\r\n%"), "a%40b%0D%0A%25");
  EXPECT_EQ(unescape(escape_user("j\xc3\xbcrgen@x")), "j\xc3\xbcrgen@x");
}

}  // namespace
}  // namespace junctor::cp
