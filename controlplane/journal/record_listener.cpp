// SPDX-License-Identifier: MIT
#include "controlplane/journal/record_listener.hpp"

#include <utility>

namespace junctor::cp {
namespace {

class RecordListener final : public Journal {
 public:
  RecordListener(std::unique_ptr<Journal> journal, OnRecord on_record)
      : journal_(std::move(journal)), on_record_(std::move(on_record)) {}

  void save(std::string_view call_id, std::string_view value) override {
    journal_->save(call_id, value);
  }
  void erase(std::string_view call_id) override { journal_->erase(call_id); }
  std::vector<Entry> load() override { return journal_->load(); }
  void finish(const management::v1::CallRecord& record) override {
    journal_->finish(record);
    on_record_(record);
  }
  std::vector<management::v1::CallRecord> records(std::uint32_t last) override {
    return journal_->records(last);
  }

 private:
  std::unique_ptr<Journal> journal_;
  OnRecord on_record_;
};

}  // namespace

std::unique_ptr<Journal> with_listener(std::unique_ptr<Journal> journal, OnRecord on_record) {
  return std::make_unique<RecordListener>(std::move(journal), std::move(on_record));
}

}  // namespace junctor::cp
