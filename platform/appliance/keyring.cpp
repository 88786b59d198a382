// SPDX-License-Identifier: MIT
#include "platform/appliance/keyring.hpp"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "platform/appliance/files.hpp"
#include "platform/telemetry/escape.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::appliance {
namespace {

constexpr std::string_view kImage = "/etc/rauc/keyring.pem";
constexpr std::string_view kAdded = "/data/rauc/added.pem";
constexpr std::string_view kRevoked = "/data/rauc/revoked";
constexpr std::string_view kKeyring = "/run/junctor-appliance/keyring.pem";
constexpr std::string_view kImageConfig = "/etc/rauc/system.conf";
constexpr std::string_view kConfig = "/run/junctor-appliance/rauc.conf";
constexpr std::size_t kLargest = 1 << 20;
constexpr std::size_t kLeastDigits = 8;
constexpr int kMostKeys = 64;

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_CRL* p) const { X509_CRL_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(CMS_ContentInfo* p) const { CMS_ContentInfo_free(p); }
  void operator()(STACK_OF(X509_INFO) * p) const { sk_X509_INFO_pop_free(p, X509_INFO_free); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reader(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string content_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

// What OpenSSL said last, for a person.
std::string openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string data;
  const char* more = nullptr;
  int flags = 0;
  ERR_peek_last_error_data(&more, &flags);
  if (more != nullptr && (flags & ERR_TXT_STRING) != 0) data = more;
  ERR_clear_error();
  return std::string(reason == nullptr ? "it cannot be read" : reason) +
         (data.empty() ? "" : " (" + data + ")");
}

// Certificates and lists of a PEM text, in its order; null if it holds what is neither.
Owned<STACK_OF(X509_INFO)> read_pem(const std::string& text) {
  const auto memory = reader(text);
  return Owned<STACK_OF(X509_INFO)>(
      PEM_X509_INFO_read_bio(memory.get(), nullptr, nullptr, nullptr));
}

// Either a certificate or a list at a time: OpenSSL puts a list together with the certificate before it.
template <typename F>
void each(const std::string& pem, F what) {
  const auto infos = read_pem(pem);
  const int count = infos == nullptr ? 0 : sk_X509_INFO_num(infos.get());
  for (int i = 0; i < count; ++i) {
    const X509_INFO* both = sk_X509_INFO_value(infos.get(), i);
    X509_INFO one{};
    one.x509 = both->x509;
    if (one.x509 != nullptr) what(one);
    one.x509 = nullptr;
    one.crl = both->crl;
    if (one.crl != nullptr) what(one);
  }
  ERR_clear_error();
}

std::string name_text(const X509_NAME* name) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
  return escape(content_of(memory.get()));
}

std::uint64_t unix_ms(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return static_cast<std::uint64_t>(std::max<std::time_t>(timegm(&parts), 0)) * 1000;
}

std::string hex(const unsigned char* octets, unsigned count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    text += kDigits[octets[i] >> 4U];
    text += kDigits[octets[i] & 15U];
  }
  return text;
}

v1::Key describe(const X509_INFO& info) {
  v1::Key key;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (info.x509 != nullptr) {
    X509_digest(info.x509, EVP_sha256(), digest, &length);
    key.set_subject(name_text(X509_get_subject_name(info.x509)));
    key.set_until_unix_ms(unix_ms(X509_get0_notAfter(info.x509)));
  } else if (info.crl != nullptr) {
    X509_CRL_digest(info.crl, EVP_sha256(), digest, &length);
    key.set_is_list(true);
    key.set_subject(name_text(X509_CRL_get_issuer(info.crl)));
    key.set_until_unix_ms(unix_ms(X509_CRL_get0_nextUpdate(info.crl)));
    key.set_revoked(static_cast<std::uint32_t>(
        std::max(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(info.crl)), 0)));
  }
  key.set_fingerprint(hex(digest, length));
  return key;
}

std::string pem_of(const X509_INFO& info) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  if (info.x509 != nullptr) PEM_write_bio_X509(memory.get(), info.x509);
  if (info.crl != nullptr) PEM_write_bio_X509_CRL(memory.get(), info.crl);
  return content_of(memory.get());
}

std::set<std::string> revoked_of(const Places& places) {
  std::istringstream lines(read_file(places.at(kRevoked)));
  std::set<std::string> revoked;
  for (std::string line; lines >> line;) revoked.insert(line);
  return revoked;
}

struct Entry {
  v1::Key key;
  std::string pem;
};

std::vector<Entry> entries_of(const Places& places) {
  const std::set<std::string> revoked = revoked_of(places);
  std::vector<Entry> certificates;
  std::vector<Entry> lists;
  std::set<std::string> seen;
  for (const std::string_view path : {kImage, kAdded}) {
    each(read_file(places.at(path)), [&](const X509_INFO& info) {
      Entry entry{describe(info), pem_of(info)};
      if (entry.pem.empty() || !seen.insert(entry.key.fingerprint()).second) return;
      entry.key.set_is_added(path == kAdded);
      entry.key.set_is_revoked(revoked.contains(entry.key.fingerprint()));
      (entry.key.is_list() ? lists : certificates).push_back(std::move(entry));
    });
  }
  certificates.insert(certificates.end(), std::make_move_iterator(lists.begin()),
                      std::make_move_iterator(lists.end()));
  return certificates;
}

// Of those who are trusted now, with what they say of the revoked.
Owned<X509_STORE> store_of(const std::vector<Entry>& entries) {
  Owned<X509_STORE> store(X509_STORE_new());
  bool has_lists = false;
  for (const Entry& entry : entries) {
    if (entry.key.is_revoked()) continue;
    each(entry.pem, [&](const X509_INFO& info) {
      if (info.x509 != nullptr) X509_STORE_add_cert(store.get(), info.x509);
      if (info.crl == nullptr) return;
      X509_STORE_add_crl(store.get(), info.crl);
      has_lists = true;
    });
  }
  X509_VERIFY_PARAM* how = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_purpose(how, X509_PURPOSE_ANY);
  if (has_lists)
    X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return store;
}

bool may_sign_code(const CMS_ContentInfo* message) {
  const Owned<STACK_OF(X509)> signers(CMS_get0_signers(const_cast<CMS_ContentInfo*>(message)));
  const int count = signers == nullptr ? 0 : sk_X509_num(signers.get());
  for (int i = 0; i < count; ++i)
    if ((X509_get_extended_key_usage(sk_X509_value(signers.get(), i)) & XKU_CODE_SIGN) == 0 ||
        X509_get_extended_key_usage(sk_X509_value(signers.get(), i)) ==
            std::numeric_limits<std::uint32_t>::max())
      return false;
  return count > 0;
}

// The text that somebody trusted has signed.
Result<std::string> signed_text(std::string_view message, const std::vector<Entry>& entries) {
  if (message.size() > kLargest) return Error{"", "it is larger than 1 MiB"};
  const auto memory = reader(message);
  const Owned<CMS_ContentInfo> cms(d2i_CMS_bio(memory.get(), nullptr));
  if (cms == nullptr) {
    ERR_clear_error();
    return Error{"", "it is no signed message (CMS)"};
  }
  const Owned<BIO> text(BIO_new(BIO_s_mem()));
  const auto store = store_of(entries);
  if (CMS_verify(cms.get(), nullptr, store.get(), nullptr, text.get(), CMS_BINARY) != 1)
    return Error{"", "its signature is not trusted: " + openssl_error()};
  if (!may_sign_code(cms.get()))
    return Error{"",
                 "its signature is not trusted: the signer's certificate is not for code signing"};
  return content_of(text.get());
}

}  // namespace

Result<void> Keyring::write() const {
  std::string keyring;
  bool has_lists = false;
  for (const Entry& entry : entries_of(places_)) {
    if (entry.key.is_revoked()) continue;
    has_lists = has_lists || entry.key.is_list();
    keyring += entry.pem;
  }
  std::istringstream lines(read_file(places_.at(kImageConfig)));
  std::string config;
  for (std::string line; std::getline(lines, line);) {
    config += line.starts_with("path=") ? "path=" + places_.at(kKeyring) : line;
    config += '\n';
    if (has_lists && line == "[keyring]") config += "check-crl=true\n";
  }
  if (auto done = replace_file(places_.at(kKeyring), keyring); !done) return done;
  return replace_file(places_.at(kConfig), config);
}

std::vector<v1::Key> Keyring::list() const {
  std::vector<v1::Key> keys;
  for (Entry& entry : entries_of(places_)) keys.push_back(std::move(entry.key));
  return keys;
}

Result<std::string> Keyring::add(std::string_view message) const {
  const std::vector<Entry> entries = entries_of(places_);
  const auto text = signed_text(message, entries);
  if (!text) return text.error();
  std::string added = read_file(places_.at(kAdded));
  const std::set<std::string> revoked = revoked_of(places_);
  unsigned certificates = 0;
  unsigned lists = 0;
  std::string reason;
  each(*text, [&](const X509_INFO& info) {
    const v1::Key key = describe(info);
    const std::string pem = pem_of(info);
    if (pem.empty()) return;
    if (revoked.contains(key.fingerprint()))
      reason = key.subject() + " was revoked on this machine";
    if (info.x509 != nullptr && X509_check_ca(info.x509) == 0)
      reason = key.subject() + " is no root: it may not sign certificates";
    const bool is_known = std::ranges::any_of(
        entries, [&](const Entry& entry) { return entry.key.fingerprint() == key.fingerprint(); });
    if (is_known) return;
    added += pem;
    ++(key.is_list() ? lists : certificates);
  });
  if (!reason.empty()) return Error{"", reason};
  if (certificates + lists == 0) return Error{"", "it holds no certificate that is new"};
  if (entries.size() + certificates + lists > kMostKeys) return Error{"", "these are too many"};
  if (auto done = replace_file(places_.at(kAdded), added); !done) return done.error();
  if (auto done = write(); !done) return done.error();
  return std::to_string(certificates) + " certificates and " + std::to_string(lists) +
         " lists of revoked ones are added";
}

Result<void> Keyring::revoke(const std::string& fingerprint) const {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (fingerprint.size() < kLeastDigits || !std::ranges::all_of(fingerprint, is_digit))
    return Error{"", "8 or more hexadecimal digits of a fingerprint are expected"};
  const std::vector<Entry> entries = entries_of(places_);
  std::vector<std::string> found;
  unsigned left = 0;
  for (const Entry& entry : entries) {
    if (entry.key.is_list() || entry.key.is_revoked()) continue;
    if (entry.key.fingerprint().starts_with(fingerprint))
      found.push_back(entry.key.fingerprint());
    else
      ++left;
  }
  if (found.size() != 1)
    return Error{"", (found.empty() ? "no key" : "more than one key") +
                         std::string(" has a fingerprint that begins with ") + fingerprint};
  if (left == 0) return Error{"", "it is the last one: nothing could ever be installed again"};
  std::string revoked;
  for (const std::string& known : revoked_of(places_)) revoked += known + "\n";
  if (auto done = replace_file(places_.at(kRevoked), revoked + found.front() + "\n"); !done)
    return done;
  return write();
}

}  // namespace junctor::appliance
