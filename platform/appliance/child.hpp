// SPDX-License-Identifier: MIT
// Child: a program that is run beside the loop: its output line by line, and how it ended.
//
//   Child::run({"rauc", "install", file}) --line--> on_line ... --exit--> on_end
//
// Threads   the loop's.
// Lifetime  destroying it kills the program and waits for it; its callbacks may do so.
// Errors    a program that cannot be started ends with status 127 and a line that says why.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/ipc/loop.hpp"

namespace junctor::appliance {

class Child {
 public:
  struct Callbacks {
    std::function<void(const std::string& line)> on_line;  // of both outputs; without its end
    // The exit status; 128 and the signal if one ended it. All lines came before.
    std::function<void(int status)> on_end;
    std::string to_file =
        {};  // made anew for what it prints, and lines are those of its errors alone
  };
  // The first word is the program, looked for in PATH. It reads nothing, and inherits no descriptor.
  static std::unique_ptr<Child> run(ipc::Loop& loop, const std::vector<std::string>& words,
                                    Callbacks callbacks);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  Child(ipc::Loop& loop, pid_t pid, int output, Callbacks callbacks);
  void read_output();
  void finish();

  // Given.
  Callbacks callbacks_;
  // State.
  pid_t pid_;
  int output_;
  std::string line_;
  // Owned.
  ipc::HandlePtr watch_;
};

}  // namespace junctor::appliance
