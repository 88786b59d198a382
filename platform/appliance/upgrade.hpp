// SPDX-License-Identifier: MIT
// Upgrade: a new version into the slot that does not run, by RAUC, beside the calls.
//
//   source --[fetch: HTTPS (fetch.hpp), usb-file]--> bundle --[rauc install: checks, writes]--> next start
//                                   \-> keys   --[Keyring::add]
//
// RAUC checks before it writes (rootfs/upgrade/pre-install is asked as well), marks the slot bad while it
// is written, and makes it the next start's when it is whole.
//
// Threads   the loop's.
// Lifetime  what is given outlives it. Its end kills the work: the slot stays bad, the other runs.
// Errors    in work().error, a sentence.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "appliance/v1/appliance.pb.h"
#include "platform/appliance/child.hpp"
#include "platform/appliance/slots.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

class Upgrade {
 public:
  // What an upgrade that the power ended has fetched is thrown away.
  Upgrade(ipc::Loop& loop, Places places);

  // What is done with a file that was fetched: words for the person, or why it is refused.
  using Take = std::function<Result<std::string>(const std::string& content)>;

  // Begins; refused while another is at work, and for a source that is none.
  Result<void> begin(const v1::AddSoftware& what);
  // The same for a small file that is no bundle.
  Result<void> begin(const v1::AddKeys& what, Take take);
  // The last one; without a source if there was none.
  const v1::Work& work() const { return work_; }
  bool is_busy() const { return child_ != nullptr; }

 private:
  using TrustAnchors = google::protobuf::RepeatedPtrField<std::string>;
  using Use = std::function<void(const std::string& file)>;
  Result<void> begin(const std::string& source, const TrustAnchors& trust_anchors, Use use);
  void take(const std::string& file, const Take& take);
  void fetch(const std::string& url, const TrustAnchors& trust_anchors);
  void on_fetch_line(const std::string& line);
  void on_fetched(int status);
  void find_on_stick(const std::string& name);
  std::vector<std::string> usb_file(const std::vector<std::string>& words) const;
  void install(const std::string& file, bool force);
  void on_install_line(const std::string& line);
  void on_installed(int status);
  void run(const std::vector<std::string>& words, Child::Callbacks callbacks);
  void succeed(const std::string& what);
  void fail(const std::string& reason);
  void clean_up(std::function<void()> then);

  // Given.
  ipc::Loop& loop_;
  const Places places_;
  // State.
  v1::Work work_;
  bool is_on_stick_ = false;
  Use use_;  // when it is fetched
  std::string last_error_;
  // Owned.
  std::unique_ptr<Child> child_;
};

}  // namespace junctor::appliance
