// SPDX-License-Identifier: MIT
// Keys, messages and lists are made by the openssl program, as who signs releases makes them.
#include "platform/appliance/keyring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {
namespace {

using testing::HasSubstr;
using testing::Not;

class KeyringTest : public testing::Test {
 protected:
  KeyringTest() {
    write("/etc/rauc/system.conf",
          "[system]\ncompatible=x\n[keyring]\npath=/etc/rauc/keyring.pem\n");
    std::filesystem::create_directories(places_.at("/run/junctor-appliance"));
    make_root("old");
    make_root("new");
    make_signer("old", "signer", "codeSigning");
    write("/etc/rauc/keyring.pem", read_file(file("old.pem")));
  }
  std::string file(const std::string& name) const { return dir_ / name; }
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path place = places_.at(path);
    std::filesystem::create_directories(place.parent_path());
    std::ofstream(place) << text;
  }
  void openssl(const std::string& words) {
    const std::string line = "cd " + (dir_ / "") + " && openssl " + words + " >openssl.log 2>&1";
    ASSERT_EQ(std::system(line.c_str()), 0) << words << "\n" << read_file(file("openssl.log"));
  }
  void make_root(const std::string& name) {
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout " +
            name + ".key -out " + name + ".pem -subj /O=Test/CN=" + name +
            " -addext keyUsage=critical,keyCertSign,cRLSign");
  }
  void make_signer(const std::string& root, const std::string& name, const std::string& usage) {
    std::ofstream(file("ext")) << "basicConstraints=CA:FALSE\nextendedKeyUsage=" << usage << "\n";
    std::ofstream(file("ca.cnf"))
        << "[ca]\ndefault_ca=own\n[own]\ndatabase=index\nnew_certs_dir=.\n"
           "rand_serial=yes\ndefault_md=sha256\npolicy=any\n"
           "default_crl_days=30\n[any]\nO=optional\nCN=supplied\n";
    std::ofstream(file("index"), std::ios::app).flush();
    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name +
            ".key -out " + name + ".csr -subj /O=Test/CN=" + name);
    openssl("ca -config ca.cnf -batch -notext -days 10 -cert " + root + ".pem -keyfile " + root +
            ".key -in " + name + ".csr -out " + name + ".pem -extfile ext");
  }
  std::string list_of(const std::string& root) {
    openssl("ca -config ca.cnf -gencrl -cert " + root + ".pem -keyfile " + root + ".key -out " +
            root + ".crl");
    return read_file(file(root + ".crl"));
  }
  // What `who` signs.
  std::string message(const std::string& text, const std::string& who = "signer") {
    std::ofstream(file("text")) << text;
    openssl("cms -sign -binary -nodetach -outform DER -signer " + who + ".pem -inkey " + who +
            ".key -in text -out message");
    return read_file(file("message"));
  }
  std::string pem(const std::string& name) { return read_file(file(name + ".pem")); }
  std::string used() const { return read_file(places_.at("/run/junctor-appliance/keyring.pem")); }
  std::string config() const { return read_file(places_.at("/run/junctor-appliance/rauc.conf")); }
  std::string refusal(const std::string& content) {
    const std::string before = used();
    const auto done = keyring_.add(content);
    EXPECT_FALSE(done);
    EXPECT_EQ(used(), before);
    return done ? "" : done.error().text();
  }

  const ipc::TempDir dir_;
  const Places places_{dir_ / "root"};
  const Keyring keyring_{places_};
};

TEST_F(KeyringTest, IsThatOfTheImage) {
  ASSERT_TRUE(keyring_.write());
  EXPECT_EQ(used(), pem("old"));
  EXPECT_EQ(config(), "[system]\ncompatible=x\n[keyring]\npath=" +
                          places_.at("/run/junctor-appliance/keyring.pem") + "\n");
  const auto keys = keyring_.list();
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].subject(), "CN=old,O=Test");
  EXPECT_EQ(keys[0].fingerprint().size(), 64U);
  EXPECT_FALSE(keys[0].is_added());
  EXPECT_GT(keys[0].until_unix_ms(), 1600000000000U);
}

TEST_F(KeyringTest, WhoIsTrustedHandsTrustOn) {
  const auto done = keyring_.add(message(pem("new")));
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(used(), pem("old") + pem("new"));
  ASSERT_EQ(keyring_.list().size(), 2U);
  EXPECT_TRUE(keyring_.list()[1].is_added());
  // Then the new one is, and what it signs.
  make_root("next");
  make_signer("new", "second", "codeSigning");
  EXPECT_TRUE(keyring_.add(message(pem("next"), "second")));
  EXPECT_EQ(refusal(message(pem("next"))), "it holds no certificate that is new");
}

TEST_F(KeyringTest, NobodyElseDoes) {
  ASSERT_TRUE(keyring_.write());
  make_signer("new", "stranger", "codeSigning");
  EXPECT_THAT(refusal(message(pem("new"), "stranger")), HasSubstr("its signature is not trusted"));
  make_signer("old", "server", "serverAuth");
  EXPECT_THAT(refusal(message(pem("new"), "server")), HasSubstr("not for code signing"));
  std::string changed = message(pem("new"));
  changed[changed.find("BEGIN")] ^= 1;
  EXPECT_THAT(refusal(changed), HasSubstr("its signature is not trusted"));
  EXPECT_EQ(refusal(pem("new")), "it is no signed message (CMS)");
  EXPECT_EQ(refusal(""), "it is no signed message (CMS)");
  EXPECT_EQ(refusal(std::string((1 << 20) + 1, 'x')), "it is larger than 1 MiB");
  EXPECT_THAT(refusal(message("no certificate")), HasSubstr("no certificate that is new"));
  EXPECT_THAT(refusal(message(pem("server"))), HasSubstr("may not sign certificates"));
}

TEST_F(KeyringTest, RevokedIsRevokedAndTheLastOneStays) {
  ASSERT_TRUE(keyring_.add(message(pem("new"))));
  const std::string old_one = keyring_.list()[0].fingerprint();
  const std::string new_one = keyring_.list()[1].fingerprint();
  EXPECT_THAT(keyring_.revoke("abc").error().text(), HasSubstr("8 or more"));
  EXPECT_THAT(keyring_.revoke("00000000").error().text(), HasSubstr("no key has"));
  ASSERT_TRUE(keyring_.revoke(old_one.substr(0, 8)));
  EXPECT_EQ(used(), pem("new"));
  EXPECT_TRUE(keyring_.list()[0].is_revoked());
  EXPECT_THAT(keyring_.revoke(new_one).error().text(), HasSubstr("the last one"));
  EXPECT_THAT(keyring_.revoke(old_one).error().text(), HasSubstr("no key has"));
  // It hands no trust on, and is not given back.
  EXPECT_THAT(refusal(message(pem("new"))), HasSubstr("its signature is not trusted"));
  make_signer("new", "second", "codeSigning");
  EXPECT_THAT(refusal(message(pem("old"), "second")), HasSubstr("was revoked on this machine"));
}

TEST_F(KeyringTest, AListRevokesASigner) {
  make_signer("old", "lost", "codeSigning");
  openssl("ca -config ca.cnf -revoke lost.pem -cert old.pem -keyfile old.key");
  ASSERT_TRUE(keyring_.add(message(list_of("old"))));
  EXPECT_THAT(config(), HasSubstr("[keyring]\ncheck-crl=true\n"));
  EXPECT_TRUE(keyring_.list()[1].is_list());
  EXPECT_EQ(keyring_.list()[1].revoked(), 1U);
  EXPECT_THAT(refusal(message(pem("new"), "lost")), HasSubstr("revoked"));
  EXPECT_TRUE(keyring_.add(message(pem("new"))));
}

TEST_F(KeyringTest, AListMayFollowItsRoot) {
  make_signer("old", "lost", "codeSigning");
  openssl("ca -config ca.cnf -revoke lost.pem -cert old.pem -keyfile old.key");
  const std::string content = pem("old") + list_of("old") + pem("new") + list_of("new");
  write("/etc/rauc/keyring.pem", content);
  ASSERT_TRUE(keyring_.write());
  EXPECT_EQ(used(),
            pem("old") + pem("new") + read_file(file("old.crl")) + read_file(file("new.crl")));
  EXPECT_EQ(keyring_.list().size(), 4U);
  EXPECT_THAT(config(), HasSubstr("check-crl=true\n"));
}

TEST_F(KeyringTest, AFileThatIsNoneIsSkipped) {
  write("/data/rauc/added.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  ASSERT_TRUE(keyring_.write());
  EXPECT_EQ(used(), pem("old"));
}

}  // namespace
}  // namespace junctor::appliance
