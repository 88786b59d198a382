// SPDX-License-Identifier: MIT
#include "controlplane/journal/record_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace junctor::cp {
namespace {

namespace fs = std::filesystem;
using management::v1::CallRecord;
using Lines = std::vector<std::string>;

CallRecord record(const std::string& id) {
  CallRecord out;
  out.set_id(id);
  out.set_started_unix_ms(1'700'000'000'123);
  out.set_called("100");
  out.set_sip_status(200);
  return out;
}

class RecordFilesTest : public testing::Test {
 protected:
  RecordFilesTest()
      : dir_(fs::temp_directory_path() / ("records-test-" + std::to_string(getpid()))) {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    config_.directory = (dir_ / "csv").string();
  }
  ~RecordFilesTest() override { fs::remove_all(dir_); }
  // As a start does.
  void open() {
    journal_.reset();
    auto journal = Journal::open((dir_ / "journal.db").string(), counters_);
    ASSERT_TRUE(journal.ok());
    journal_ = with_record_files(std::move(*journal), config_, clock_, counters_);
  }
  // Ids of the lines of a file.
  Lines ids(const std::string& name = "records.csv") const {
    std::ifstream file(fs::path(config_.directory) / name);
    Lines out;
    for (std::string line; std::getline(file, line);) out.push_back(line.substr(0, line.find(',')));
    return out;
  }
  fs::path file() const { return fs::path(config_.directory) / "records.csv"; }

  fs::path dir_;
  RecordFilesConfig config_;
  CounterRegistry counters_;
  SystemClock clock_;
  std::unique_ptr<Journal> journal_;
};

TEST(Csv, ALineHasAllThatIsKnown) {
  CallRecord full = record("a1");
  full.set_answered_unix_ms(1'700'000'001'000);
  full.set_calling("\"Bob, the\nbuilder\" <300>");
  full.set_calling_out("4930300");
  full.set_ended_by("caller");
  auto& leg = *full.add_media();
  leg.set_codec("PCMU/8000");
  leg.set_packets_received(50);
  leg.set_packets_lost(2);
  leg.set_jitter_us(3400);
  leg.set_mos_x100(440);
  full.set_ringing_unix_ms(1'700'000'000'500);
  for (const char* peer : {"192.0.2.1:5060", "192.0.2.2:5060"}) full.add_peers(peer);
  full.add_sip_call_ids("a@b,c");
  EXPECT_EQ(csv_line(full),
            "a1,2023-11-14T22:13:20.123Z,2023-11-14T22:13:21.000Z,,\"\"\"Bob, the builder\"\" "
            "<300>\",100,,,,,200,caller,,false,PCMU/8000,50,2,3,4.40,,,,,,"
            "2023-11-14T22:13:20.500Z,192.0.2.1:5060,192.0.2.2:5060,\"a@b,c\",,4930300\n");
  std::istringstream header(csv_header());
  Lines columns;
  for (std::string column; std::getline(header, column, ',');) columns.push_back(column);
  EXPECT_EQ(columns.size(), 30u);
}

TEST_F(RecordFilesTest, EachRecordIsALine) {
  open();
  journal_->finish(record("a"));
  journal_->finish(record("b"));
  EXPECT_EQ(ids(), (Lines{"id", "a", "b"}));
  open();
  journal_->finish(record("c"));
  EXPECT_EQ(ids(), (Lines{"id", "a", "b", "c"})) << "a start adds nothing that is there";
}

TEST_F(RecordFilesTest, AStartAddsWhatIsMissingAndTakesHalfALineAway) {
  open();
  for (const char* id : {"a", "b", "c"}) journal_->finish(record(id));
  std::string text;
  {
    std::ifstream in(file());
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::size_t b = text.find("\nb,") + 1;
  for (const std::size_t cut :
       {b, b + 1, b + 10, text.find("\nc,") + 1, text.size() - 1, std::size_t{0}}) {
    SCOPED_TRACE(cut);
    std::ofstream(file(), std::ios::trunc) << text.substr(0, cut);
    open();
    EXPECT_EQ(ids(), (Lines{"id", "a", "b", "c"}));
  }
}

TEST_F(RecordFilesTest, AFullFileIsSetAsideAndTheOldestGo) {
  config_.max_bytes = 500;
  config_.keep = 2;
  open();
  for (int i = 0; i < 40; ++i) journal_->finish(record("call" + std::to_string(i)));
  std::vector<std::string> full;
  for (const auto& entry : fs::directory_iterator(config_.directory))
    if (entry.path() != file()) full.push_back(entry.path().filename());
  EXPECT_EQ(full.size(), 2u);
  for (const std::string& name : full) EXPECT_EQ(ids(name).front(), "id") << name;
  EXPECT_LE(fs::file_size(file()), 500u);
  EXPECT_EQ(ids().back(), "call39");
}

TEST_F(RecordFilesTest, AFileWithOtherColumnsIsSetAside) {
  open();
  journal_->finish(record("a"));
  std::ofstream(file(), std::ios::trunc) << "id,started\na,2023\n";
  open();
  journal_->finish(record("b"));
  EXPECT_EQ(ids(), (Lines{"id", "b"})) << "the other file has the first";
}

TEST_F(RecordFilesTest, WhatCouldNotBeWrittenComesLater) {
  open();
  journal_->finish(record("a"));
  fs::remove_all(config_.directory);
  std::ofstream(config_.directory) << "in the way";
  open();
  journal_->finish(record("b"));
  fs::remove(config_.directory);
  journal_->finish(record("c"));
  EXPECT_EQ(ids(), (Lines{"id", "a", "b", "c"}));
}

}  // namespace
}  // namespace junctor::cp
