// SPDX-License-Identifier: MIT
#include "dataplane/control/media_server.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/control/test_service.hpp"
#include "platform/ipc/unix_socket.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// In which single timers may go off sooner than they were set to.
class QuickLoop final : public ipc::Loop {
 public:
  ipc::HandlePtr watch(int fd, std::uint8_t interest,
                       std::function<void(std::uint8_t)> on_ready) override {
    return inner_->watch(fd, interest, std::move(on_ready));
  }
  ipc::HandlePtr after(Nanoseconds delay, std::function<void()> on_time) override {
    return inner_->after(delay / divisor, std::move(on_time));
  }
  ipc::HandlePtr every(Nanoseconds interval, std::function<void()> on_time) override {
    return inner_->every(interval, std::move(on_time));
  }
  void post(std::function<void()> function) override { inner_->post(std::move(function)); }
  void run() override { inner_->run(); }
  void stop() override { inner_->stop(); }
  const Clock& clock() const override { return inner_->clock(); }

  int divisor = 1;

 private:
  std::unique_ptr<ipc::Loop> inner_ = ipc::make_epoll_loop();
};

// A connection that says one thing, or nothing.
struct Stranger {
  Stranger(ipc::Loop& loop, const std::string& path) {
    auto connected = ipc::connect_once(loop, path, {});
    EXPECT_TRUE(connected);
    channel = std::move(*connected);
    channel->set_callbacks({[this](Bytes frame) {
                              api::FromDataplane message;
                              EXPECT_TRUE(ipc::parse_frame(frame, message));
                              heard = message.reply().error();
                            },
                            [this](const std::string&) { is_closed = true; }});
  }
  std::string heard;
  bool is_closed = false;
  std::unique_ptr<ipc::Channel> channel;
};

class MediaServerTest : public ServiceTest {};

TEST_F(MediaServerTest, TellsOfItsMemoryWhenAsked) {
  Control control(*loop, socket());
  EXPECT_EQ(control.hello().error(), "");
  api::Request request;
  request.mutable_get_statistics();
  EXPECT_EQ(control.ask(request).statistics().memory_size(), 0);
  request.mutable_get_statistics()->set_memory(true);
  const auto rows = control.ask(request).statistics().memory();
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0].what(), "packet memory, ordinary pages");
  EXPECT_EQ(rows[0].bytes(), 1'000'000U);
  EXPECT_EQ(rows[1].what(), "packet buffers, in use");
  EXPECT_EQ(rows[1].count(), 12U);
  EXPECT_EQ(rows[1].limit_count(), 400U);
  EXPECT_EQ(rows[2].what(), "flows");
  EXPECT_EQ(rows[2].count(), 0U);
}

TEST_F(MediaServerTest, RefusesRequestsThatMakeNoSense) {
  Control control(*loop, socket());
  api::Request request;
  request.mutable_get_statistics();
  EXPECT_THAT(control.ask(request).error(), HasSubstr("the first request"));
  EXPECT_THAT(control.hello(2).error(), HasSubstr("version 2 is not spoken"));
  EXPECT_EQ(control.hello().error(), "");
  EXPECT_THAT(control.ask(api::Request{}).error(), HasSubstr("of no kind"));
  EXPECT_THAT(control.ask_raw(api::Request{}).error(), HasSubstr("no id"));
  api::Request trusted;
  trusted.mutable_set_trusted()->add_addresses("123");
  EXPECT_THAT(control.ask(trusted).error(), HasSubstr("4 nor of 16"));
  trusted.mutable_set_trusted()->set_addresses(0, std::string("\x0a\0\0\1", 4));
  trusted.mutable_set_trusted()->add_signalling_ports(5060);
  trusted.mutable_set_trusted()->set_stranger_packets_per_second(7);
  EXPECT_EQ(control.ask(trusted).error(), "");
  EXPECT_EQ(plane.policer.stranger_packets_per_second, 7U);
  EXPECT_THAT(plane.policer.trusted, ElementsAre(ip("10.0.0.1")));
  EXPECT_EQ(counter("media_api.refused_requests"), 5U);

  const api::Reply reply =
      control.apply({session_message("s1"), session_message("s2"), session_message("s3", 22000),
                     session_message("s4", 23000)});
  ASSERT_EQ(reply.sessions_size(), 4);
  EXPECT_EQ(reply.sessions(0).error(), "");
  EXPECT_THAT(reply.sessions(1).error(), HasSubstr("taken by session s1"));
  EXPECT_EQ(reply.sessions(2).error(), "");
  EXPECT_THAT(reply.sessions(3).error(), HasSubstr("all 4 legs are in use"));
}

// What a user who is somebody else sees: 0 if the connection is ended before a word.
int connects_as(uid_t user, const std::string& path) {
  const auto address = ipc::unix_address(path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (setuid(user) != 0 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return 2;
  char octet = 0;
  return read(fd, &octet, 1) == 0 ? 0 : 1;
}

TEST_F(MediaServerTest, WhoIsNotTheUserOfControlIsNotHeard) {
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(geteuid(), 0U) << "this test wants root";
  ASSERT_EQ(chmod(run_dir.c_str(), 0755), 0);
  ASSERT_EQ(chmod(socket().c_str(), 0666), 0);
  Control control(*loop, socket());
  EXPECT_EQ(control.hello().error(), "");
  const pid_t child = fork();
  if (child == 0) _exit(connects_as(kNobody, socket()));
  int status = 0;
  EXPECT_TRUE(run_until(*loop, [&] { return waitpid(child, &status, WNOHANG) == child; }));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(counter("media_api.refused_users"), 1U);
  EXPECT_EQ(control.losses, 0U);
}

TEST_F(MediaServerTest, ASecondControlTakesThePlaceOfTheFirst) {
  Control first(*loop, socket());
  first.hello();
  first.apply({session_message("s1")});
  Control second(*loop, socket());
  EXPECT_EQ(second.hello().error(), "");
  EXPECT_EQ(plane.flows.size(), 2U);
  ASSERT_TRUE(run_until(*loop, [&] { return first.losses > 0; }));
  first.client_.reset();  // it would come back, and take the place of the second
  EXPECT_GE(counter("media_api.replaced"), 1U);
  EXPECT_EQ(plane.flows.size(), 2U);
}

TEST_F(MediaServerTest, BytesThatAreNoMessageEndTheConnection) {
  Control control(*loop, socket());
  control.hello();
  // A field of octets where the request is expected.
  api::SocketAddress nonsense;
  nonsense.set_ip(std::string("\xff\xff\xff\xff\xff", 5));
  control.client_->send(nonsense);
  ASSERT_TRUE(run_until(*loop, [&] { return control.losses > 0; }));
  EXPECT_EQ(counter("media_api.bad_messages"), 1U);
}

TEST_F(MediaServerTest, WhoSaysNoValidHelloTakesNobodysPlace) {
  Control control(*loop, socket());
  control.hello();
  control.apply({session_message("s1")});

  Stranger silent(*loop, socket()), garbage(*loop, socket()), other(*loop, socket()),
      rude(*loop, socket());
  api::SocketAddress nonsense;
  nonsense.set_ip(std::string("\xff\xff\xff\xff\xff", 5));
  garbage.channel->send(nonsense);
  api::FromControl hello, removal;
  hello.mutable_request()->set_id(1);
  hello.mutable_request()->mutable_hello()->set_version(2);
  other.channel->send(hello);
  removal.mutable_request()->set_id(1);
  removal.mutable_request()->mutable_remove()->add_session_ids("s1");
  rude.channel->send(removal);
  ASSERT_TRUE(run_until(
      *loop, [&] { return garbage.is_closed && !other.heard.empty() && !rude.heard.empty(); }));
  EXPECT_THAT(other.heard, HasSubstr("version 2 is not spoken"));
  EXPECT_THAT(rude.heard, HasSubstr("the first request"));
  EXPECT_FALSE(silent.is_closed) << "it has some seconds";

  EXPECT_EQ(control.sync({session_message("s1")}).error(), "") << "control is served as before";
  EXPECT_EQ(plane.flows.size(), 2U);
  EXPECT_EQ(control.losses, 0U);
  EXPECT_EQ(counter("media_api.connections"), 1U);
  EXPECT_EQ(counter("media_api.replaced"), 0U);
  EXPECT_EQ(counter("media_api.no_hello"), 1U);
  EXPECT_EQ(counter("media_api.bad_messages"), 1U);
  rude.channel.reset();
  ASSERT_TRUE(run_until(*loop, [&] { return counter("media_api.no_hello") == 2; }));
}

TEST_F(MediaServerTest, WhoSaysNoHelloIsNotWaitedForLong) {
  service.reset();
  auto own = std::make_unique<QuickLoop>();
  QuickLoop& quick = *own;
  loop = std::move(own);
  start();
  Control control(*loop, socket());
  control.hello();
  Stranger silent(*loop, socket());
  quick.divisor = 500;
  auto watch = quick.every(Milliseconds{1}, [&] {
    if (silent.is_closed) quick.stop();
  });
  auto limit = quick.every(Seconds{10}, [&] { quick.stop(); });
  quick.run();
  watch.reset();
  limit.reset();
  quick.divisor = 1;
  ASSERT_TRUE(silent.is_closed);
  EXPECT_EQ(counter("media_api.no_hello"), 1U);

  std::vector<std::unique_ptr<Stranger>> many;
  many.reserve(20);
  for (int i = 0; i < 20; ++i) many.push_back(std::make_unique<Stranger>(*loop, socket()));
  ASSERT_TRUE(run_until(*loop, [&] { return counter("media_api.no_hello") == 5; }))
      << "16 may wait, the longest waiting go";
  ASSERT_TRUE(run_until(*loop, [&] { return many[3]->is_closed; }));
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(many[i]->is_closed, i < 4) << i;
  EXPECT_EQ(control.hello().error(), "");
  EXPECT_EQ(control.losses, 0U);
}

TEST_F(MediaServerTest, TellsControlWhatItLogged) {
  LogRing log(3, 1 << 20);
  service.reset();
  auto created = Service::create(*loop, plane, *admin, config, run_dir, registry, clock, &log);
  ASSERT_TRUE(created) << created.error().text();
  service = std::move(*created);
  for (const char* text : {"a", "b", "c", "d"})
    log.add("", {Seconds{1}, LogLevel::Warning, "port", text});
  const auto heard = [](const Control& control) {
    std::vector<std::string> texts;
    for (const api::Event& event : control.events) texts.push_back(event.log_line().text());
    return texts;
  };
  Control control(*loop, socket());
  EXPECT_EQ(control.hello().error(), "");
  EXPECT_TRUE(run_until(*loop, [&] { return control.events.size() >= 3; }));
  EXPECT_THAT(heard(control), ElementsAre("b", "c", "d")) << "the newest, while it was away";
  EXPECT_EQ(control.events[0].log_line().level(), "warning");
  EXPECT_EQ(control.events[0].log_line().category(), "port");
  EXPECT_EQ(control.events[0].log_line().unix_us(), 1'000'000u);
  log.add("", {Seconds{2}, LogLevel::Info, "port", "e"});
  EXPECT_TRUE(run_until(*loop, [&] { return control.events.size() >= 4; }));
  EXPECT_THAT(heard(control), ElementsAre("b", "c", "d", "e")) << "each once";
}

TEST_F(MediaServerTest, DebugEndsByItself) {
  set_log_level(LogLevel::Error);
  {
    Control control(*loop, socket());
    EXPECT_EQ(control.hello().error(), "");
    api::Request request;
    request.mutable_set_debug()->add_categories("media");
    request.mutable_set_debug()->set_seconds(1);
    EXPECT_EQ(control.ask(request).error(), "");
    EXPECT_TRUE(is_logged(LogLevel::Debug));
  }
  EXPECT_TRUE(run_until(*loop, [] { return !is_logged(LogLevel::Warning); }))
      << "although control is gone";
  set_log_level(LogLevel::Info);
}

TEST_F(MediaServerTest, TheLogLevelIsThatOfTheConfiguration) {
  Control control(*loop, socket());
  EXPECT_EQ(control.hello().error(), "");
  api::Request request;
  request.mutable_set_log_level()->set_level("debug");
  EXPECT_EQ(control.ask(request).error(), "");
  EXPECT_TRUE(is_logged(LogLevel::Debug));
  request.mutable_set_log_level()->set_level("loud");
  EXPECT_EQ(control.ask(request).error(), "there is no log level loud");
  EXPECT_TRUE(is_logged(LogLevel::Debug));
  request.mutable_set_log_level()->set_level("info");
  EXPECT_EQ(control.ask(request).error(), "");
  EXPECT_FALSE(is_logged(LogLevel::Debug));
}

TEST_F(MediaServerTest, EndsOnlyWhereSomethingStartsItAgain) {
  Control control(*loop, socket());
  EXPECT_EQ(control.hello().error(), "");
  api::Request request;
  request.mutable_restart();
  unsetenv("NOTIFY_SOCKET");
  unsetenv("INVOCATION_ID");
  EXPECT_THAT(control.ask(request).error(), testing::HasSubstr("nothing would start it again"));
  setenv("INVOCATION_ID", "1", 1);
  EXPECT_EQ(control.ask(request).error(), "") << "it is answered first";
  const auto limit = loop->after(Seconds{20}, [] { FAIL() << "it did not end"; });
  loop->run();  // until it ends
  unsetenv("INVOCATION_ID");
}

}  // namespace
}  // namespace junctor::dp
