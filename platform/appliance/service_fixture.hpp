// SPDX-License-Identifier: MIT
// ServiceTest: the service over its socket, in a folder in place of /; rauc, systemctl and slots are
// scripts that write down how they were called. For the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "platform/appliance/files.hpp"
#include "platform/appliance/service.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::appliance {

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    write("/proc/cmdline", "quiet junctor.slot=A\n");
    write("/proc/uptime", "120.5 200.0\n");
    write("/etc/os-release", "NAME=Junctor\nVERSION_ID=1.0.0\n");
    write("/data/rauc/central.raucs", "[slot.rootfs.1]\nbundle.version=0.9.0\n");
    std::filesystem::create_directories(places_.at("/run/junctor-appliance"));
    program("/usr/lib/junctor/slots", "[ \"$1\" != show ] || cat " + places_.at("/choice") + "\n");
    write("/choice", "order=A B\nA_left=6\nA_good=1\nB_left=6\nB_good=1\n");
    program("/bin/systemctl", "");
    program("/bin/rauc", "");
    path_ = getenv("PATH");
    setenv("PATH", (places_.at("/bin") + ":" + path_).c_str(), 1);
    start();
  }
  void begin() {
    auto service = Service::start(*loop_, {.places = places_,
                                           .socket_path = dir_ / "socket",
                                           .management_path = dir_ / "management",
                                           .user = geteuid()});
    EXPECT_TRUE(service);
    service_ = std::move(*service);
  }
  void start() {
    begin();
    wait_until(
        [this] { return ask([](v1::Request& r) { r.mutable_show(); }).system().has_gate(); });
  }
  ~ServiceTest() override { setenv("PATH", path_.c_str(), 1); }

  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = places_.at(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void program(const std::string& path, const std::string& body) {
    write(path, "#!/bin/sh\necho \"${0##*/} $*\" >>" + places_.at("/calls") + "\n" + body);
    chmod(places_.at(path).c_str(), 0755);
  }
  std::string calls() const { return read_file(places_.at("/calls")); }

  v1::Reply ask(const std::function<void(v1::Request&)>& fill) {
    v1::Request request;
    request.set_id(5);
    fill(request);
    v1::Reply reply;
    auto channel = ipc::connect_once(*loop_, dir_ / "socket", {});
    EXPECT_TRUE(channel);
    (*channel)->set_callbacks({.on_frame =
                                   [&](Bytes frame) {
                                     EXPECT_TRUE(ipc::parse_frame(frame, reply));
                                     loop_->stop();
                                   },
                               .on_closed = [&](const std::string&) { loop_->stop(); }});
    (*channel)->send(request);
    loop_->run();
    EXPECT_EQ(reply.id(), 5U);
    return reply;
  }
  v1::System show() {
    return ask([](v1::Request& r) { r.mutable_show(); }).system();
  }
  void wait_until(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1000 && !is_so(); ++i) {
      const auto moment = loop_->after(Milliseconds{10}, [this] { loop_->stop(); });
      loop_->run();
    }
    EXPECT_TRUE(is_so());
  }
  v1::Work add(const std::string& source, bool force = false) {
    const auto reply = ask([&](v1::Request& r) {
      r.mutable_add_software()->set_source(source);
      r.mutable_add_software()->set_force(force);
    });
    EXPECT_EQ(reply.error(), "");
    wait_until([this] {
      const std::string state = show().work().state();
      return state == "done" || state == "failed";
    });
    return show().work();
  }

  const ipc::TempDir dir_;
  const Places places_{dir_ / "root"};
  std::string path_;
  const std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::unique_ptr<Service> service_;
};

}  // namespace junctor::appliance
