// SPDX-License-Identifier: MIT
#include "controlplane/dialect/dialect.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <optional>

#include "plugins/sdk/test_kit.hpp"

namespace junctor::cp {
namespace {

namespace fs = std::filesystem;
using interop::Descriptor;
using interop::Message;
using interop::Verdict;

// A plugin that gives the verdict which its option names.
class Told final : public interop::Plugin {
 public:
  explicit Told(Verdict verdict) : verdict_(verdict) {}
  Verdict on_receive(Message&) override { return verdict_; }
  Verdict on_send_sdp(interop::Sdp&, interop::SdpRole) override { return verdict_; }

 private:
  Verdict verdict_;
};

constexpr CounterDesc kReasons[] = {{"rewrote", Severity::Info, "something was rewritten"},
                                    {"refused", Severity::Warning, "something was refused"}};
constexpr interop::OptionDesc kOptions[] = {
    {"verdict", "what to say", "pass|rewrite|refuse|bad_status|bad_counter|fail", "pass"},
    {"digits", "a number", "[0-9]{1,3}", "7"}};

Result<std::unique_ptr<interop::Plugin>> create_told(const interop::TrunkContext& trunk) {
  static const std::map<std::string, Verdict, std::less<>> kVerdicts = {
      {"pass", Verdict::pass()},
      {"rewrite", Verdict::rewritten(0)},
      {"refuse", Verdict::refuse(403, 1)},
      {"bad_status", Verdict::refuse(200, 1)},
      {"bad_counter", Verdict::rewritten(2)}};
  if (trunk.options.at("digits") != "7") return Error{"digits", "is not seven"};
  const auto verdict = kVerdicts.find(trunk.options.at("verdict"));
  if (verdict == kVerdicts.end()) return std::unique_ptr<interop::Plugin>();
  return std::unique_ptr<interop::Plugin>(std::make_unique<Told>(verdict->second));
}

const Descriptor kTold = {.name = "told",
                          .summary = "does as it is told",
                          .counters = kReasons,
                          .options = kOptions,
                          .create = create_told};

std::uint64_t value_of(const CounterRegistry& registry, std::string_view name) {
  for (const auto& row : registry.rows()) {
    if (row.name == name) return row.value;
  }
  ADD_FAILURE() << "no counter " << name;
  return 0;
}

// A directory for plugins that goes away with the test.
class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "dialect_test.XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Directory() { fs::remove_all(path_); }
  void put(const char* file, const std::string& as) const { fs::copy_file(file, path_ / as); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(PluginTable, OpensSharedObjectsAndMakesDialects) {
  CounterRegistry registry;
  std::optional<PluginTable> table(registry);
  const Directory directory;
  directory.put(PLUGIN_FILE, "generic.so");
  directory.put(NO_PLUGIN_FILE, "README.txt");
  const auto loaded = table->load(directory.path());
  ASSERT_TRUE(loaded.ok()) << loaded.error().text();
  ASSERT_EQ(table->all().size(), 1U) << "only *.so is opened";
  ASSERT_NE(table->find("generic"), nullptr);

  auto made = table->create("generic", {"pbx", {}});
  ASSERT_TRUE(made.ok()) << made.error().text();
  std::unique_ptr<Dialect> dialect = std::move(*made);
  table.reset();  // the instance keeps its code and counters
  Message m = interop::message_from_text("OPTIONS sip:a@b SIP/2.0\nCSeq: 1 OPTIONS\n");
  EXPECT_EQ(dialect->receive(m).kind, Verdict::Kind::Pass);
  EXPECT_EQ(dialect->plugin_name(), "generic");
  EXPECT_EQ(value_of(registry, "plugin.generic.messages_received"), 1U);
  dialect.reset();
  EXPECT_TRUE(registry.rows().empty()) << "nothing is left of it";
}

TEST(PluginTable, SaysWhyItDoesNotOpen) {
  struct Row {
    std::string_view says;
    std::vector<std::pair<const char*, std::string>> files;
    std::string_view error;
  };
  const Row rows[] = {
      {"a shared object without the symbol", {{NO_PLUGIN_FILE, "x.so"}}, "does not export"},
      {"another version of the interface", {{OLD_PLUGIN_FILE, "x.so"}}, "was built for version 2"},
      {"no shared object at all", {{"/etc/os-release", "x.so"}}, "cannot be opened"},
      {"the same plugin twice",
       {{PLUGIN_FILE, "a.so"}, {PLUGIN_FILE, "b.so"}},
       "b.so: a plugin 'generic' is there already"},
  };
  for (const Row& r : rows) {
    CounterRegistry registry;
    PluginTable table(registry);
    const Directory directory;
    for (const auto& [file, as] : r.files) directory.put(file, as);
    const auto loaded = table.load(directory.path());
    ASSERT_FALSE(loaded.ok()) << r.says;
    EXPECT_NE(loaded.error().text().find(r.error), std::string::npos)
        << r.says << ": " << loaded.error().text();
    EXPECT_TRUE(loaded.error().where.starts_with(directory.path().string())) << r.says;
  }
  CounterRegistry registry;
  PluginTable table(registry);
  EXPECT_FALSE(table.load("/no/such/directory").ok());
}

TEST(PluginTable, RefusesUnsoundDescriptors) {
  static constexpr CounterDesc kOurs[] = {{"faults", Severity::Info, "x"}};
  static constexpr interop::OptionDesc kBadPattern[] = {{"a", "help", "(", "x"}};
  static constexpr interop::OptionDesc kBadDefault[] = {{"a", "help", "[0-9]", "x"}};
  CounterRegistry registry;
  PluginTable table(registry);
  Descriptor d = kTold;
  d.name = "No";
  EXPECT_FALSE(table.add(d).ok());
  d = kTold;
  d.counters = kOurs;
  EXPECT_EQ(table.add(d).error().message,
            "is no sound plugin: counter 'faults' is the gateway's own");
  d = kTold;
  d.options = kBadPattern;
  EXPECT_FALSE(table.add(d).ok());
  d.options = kBadDefault;
  EXPECT_EQ(table.add(d).error().message,
            "is no sound plugin: the default of option 'a' does not fit its pattern");
  EXPECT_TRUE(registry.rows().empty());
}

TEST(PluginTable, ChecksOptions) {
  struct Row {
    std::string_view says, plugin;
    std::map<std::string, std::string, std::less<>> options;
    std::string_view error;
  };
  const Row rows[] = {
      {"defaults are filled in", "told", {}, ""},
      {"a value that fits is taken", "told", {{"verdict", "refuse"}}, ""},
      {"an unknown option is named with what is known",
       "told",
       {{"colour", "red"}},
       "plugin_options[\"colour\"]: plugin 'told' has no such option; it has: verdict, digits"},
      {"the whole value must fit",
       "told",
       {{"digits", "12x"}},
       "plugin_options[\"digits\"]: '12x' does not fit [0-9]{1,3}"},
      {"what the plugin itself refuses",
       "told",
       {{"digits", "8"}},
       "plugin_options: plugin 'told' refuses: digits: is not seven"},
      {"a plugin that makes nothing",
       "told",
       {{"verdict", "fail"}},
       "plugin: plugin 'told' made no instance"},
      {"an unknown plugin", "other", {}, "plugin: there is no plugin 'other'; there are: told"},
  };
  CounterRegistry registry;
  PluginTable table(registry);
  ASSERT_TRUE(table.add(kTold).ok());
  for (const Row& r : rows) {
    const auto made = table.create(r.plugin, {"pbx", r.options});
    EXPECT_EQ(made.ok() ? "" : made.error().text(), r.error) << r.says;
  }
}

TEST(Dialect, CountsVerdicts) {
  struct Row {
    std::string_view says;
    std::string option;
    Verdict::Kind kind;
    std::uint16_t status;
    std::uint64_t rewrote, refused, faults;  // by receive() and send_sdp() together
  };
  using Kind = Verdict::Kind;
  const Row rows[] = {
      {"pass counts traffic only", "pass", Kind::Pass, 0, 0, 0, 0},
      {"a rewrite counts its reason", "rewrite", Kind::Rewritten, 0, 2, 0, 0},
      {"a refusal counts its reason", "refuse", Kind::Refuse, 403, 0, 2, 0},
      {"a refusal with a good status becomes 500", "bad_status", Kind::Refuse, 500, 0, 2, 2},
      {"an unknown reason is a fault", "bad_counter", Kind::Rewritten, 0, 0, 0, 2},
  };
  for (const Row& r : rows) {
    CounterRegistry registry;
    PluginTable table(registry);
    ASSERT_TRUE(table.add(kTold).ok());
    auto made = table.create("told", {"pbx", {{"verdict", r.option}}});
    ASSERT_TRUE(made.ok());
    Dialect& dialect = **made;
    Message m = Message::request("INVITE", "sip:a@b");
    interop::Sdp sdp;
    const Verdict verdict = dialect.receive(m);
    EXPECT_EQ(verdict.kind, r.kind) << r.says;
    EXPECT_EQ(verdict.status, r.status) << r.says;
    EXPECT_EQ(dialect.send_sdp(sdp, interop::SdpRole::Offer).kind, r.kind) << r.says;
    EXPECT_EQ(dialect.send(m).kind, Kind::Pass) << r.says;
    EXPECT_EQ(dialect.receive_sdp(sdp, interop::SdpRole::Answer).kind, Kind::Pass) << r.says;
    EXPECT_EQ(value_of(registry, "plugin.told.rewrote"), r.rewrote) << r.says;
    EXPECT_EQ(value_of(registry, "plugin.told.refused"), r.refused) << r.says;
    EXPECT_EQ(value_of(registry, "plugin.told.faults"), r.faults) << r.says;
    for (const auto name :
         {"messages_received", "messages_sent", "descriptions_received", "descriptions_sent"}) {
      EXPECT_EQ(value_of(registry, "plugin.told." + std::string(name)), 1U) << name;
    }
  }
}

TEST(Dialect, TrunksOfOnePluginCountTogetherAndForGood) {
  CounterRegistry registry;
  PluginTable table(registry);
  ASSERT_TRUE(table.add(kTold).ok());
  Message m = Message::request("INVITE", "sip:a@b");
  for (int i = 0; i < 3; ++i) {
    auto made = table.create("told", {"trunk" + std::to_string(i), {{"verdict", "rewrite"}}});
    ASSERT_TRUE(made.ok());
    (*made)->receive(m);
  }
  EXPECT_EQ(value_of(registry, "plugin.told.rewrote"), 3U);
}

}  // namespace
}  // namespace junctor::cp
