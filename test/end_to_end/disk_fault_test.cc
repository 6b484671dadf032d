// A disk that is full or fails while tocsin follows a log: nothing is lost, and it goes on when the fault ends.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "store/database_inspection.h"
#include "test/end_to_end/daemon.h"
#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

// Errors of one service, a line every tenth of a second: each is stored in the data directory.
std::string errors(int from, int to, const std::string& service = "shop") {
  std::string all;
  for (int i = from; i < to; ++i) {
    const int second = i / 10;
    all += fmt::format(R"({{"timestamp":"2026-11-20T{:02}:{:02}:{:02}.{}00Z","level":"ERROR","service":"{}",)"
                       R"("message":"number {} {}"}})"
                       "\n",
                       10 + second / 3600, second / 60 % 60, second % 60, i % 10, service, i, std::string(200, 'x'));
  }
  return all;
}

class DiskFaultTest : public testing::Test {
 protected:
  std::vector<std::string> tail() const {
    return {"tail", log_,        "--data-dir",       data_,        "--output", "none", "--idle-timeout",
            "1h",   "--dry-run", "--metrics-listen", "127.0.0.1:0"};
  }
  static bool has_taken(const std::string& port, int lines) {
    return http_get(port, "/metrics").find("tocsin_lines_total " + std::to_string(lines) + "\n") != std::string::npos;
  }
  // What a run without faults stores of so many lines.
  void expect_whole(int lines) const {
    const std::string other = folder_ + "/other";
    {
      Daemon daemon(folder_, {"tail", log_, "--data-dir", other, "--output", "none", "--idle-timeout", "1h",
                              "--dry-run", "--metrics-listen", "127.0.0.1:0"});
      const std::string port = daemon.metrics_port();
      ASSERT_TRUE(wait_until([&] { return has_taken(port, lines); })) << daemon.err();
      EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
    }
    for (const char* command :
         {"alarms history", "incidents ls", "executions ls", "dead-letters ls", "deliveries ls"}) {
      const auto rows = [&](const std::string& dir) {
        return run_shell(std::string(TOCSIN_BINARY) + " " + command + " --output ndjson --data-dir " + dir +
                         " | sed 's/\"created\":\"[^\"]*\"//'")
            .out;
      };
      EXPECT_TRUE(rows(data_) == rows(other)) << command << ": " << rows(data_).substr(0, 300);
    }
    const ProgramResult doctor = run_tocsin({.arguments = {"doctor", "--data-dir", data_}});
    EXPECT_EQ(doctor.exit_code, 0) << doctor.out << doctor.err;
  }

  const std::string folder_ = scratch_folder(testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string log_ = folder_ + "/shop.log";
  const std::string data_ = folder_ + "/data";
};

TEST_F(DiskFaultTest, AFullDiskStopsReadingUntilThereIsRoom) {
  std::filesystem::create_directories(data_);
  if (mount("tmpfs", data_.c_str(), "tmpfs", 0, "size=60m,mode=0700") != 0) {
    GTEST_SKIP() << "no file system can be mounted here: " << std::strerror(errno);
  }
  write_file(log_, errors(0, 2000));
  {
    Daemon daemon(folder_, tail());
    const std::string port = daemon.metrics_port();
    EXPECT_TRUE(wait_until([&] { return has_taken(port, 2000); })) << daemon.err();
    run_shell("head -c 100m /dev/zero > " + data_ + "/filler 2>/dev/null");
    append_file(log_, errors(2000, 30'000));
    EXPECT_TRUE(daemon.wait_for_err("nothing is read until it can be stored")) << daemon.err();
    EXPECT_TRUE(wait_until([&] { return http_get(port, "/readyz").starts_with("503 the data directory"); }));
    EXPECT_EQ(http_get(port, "/healthz"), "200 ok\n");
    EXPECT_FALSE(has_taken(port, 30'000));
    EXPECT_EQ(run_tocsin({.arguments = {"alarms", "history", "--data-dir", data_}}).exit_code, 0) << "it can be asked";
    std::filesystem::remove(data_ + "/filler");
    EXPECT_TRUE(daemon.wait_for_err("can be written again")) << daemon.err();
    EXPECT_TRUE(wait_until([&] { return has_taken(port, 30'000); })) << daemon.err();
    EXPECT_TRUE(wait_until([&] { return http_get(port, "/readyz") == "200 ready\n"; }));
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  }
  expect_whole(30'000);
  umount(data_.c_str());
}

TEST_F(DiskFaultTest, ADiskThatFailsForAWhileLosesNothing) {
  if (run_shell("strace -o /dev/null true").exit_code != 0) GTEST_SKIP() << "strace does not work here";
  for (const char* fault :
       {"pwrite64:error=EIO:when=120..123", "fdatasync:error=EIO:when=12..14", "pwrite64:error=ENOSPC:when=130..134"}) {
    SCOPED_TRACE(fault);
    std::filesystem::remove_all(data_);
    std::filesystem::remove_all(folder_ + "/other");
    const std::string call = std::string(fault).substr(0, std::string(fault).find(':'));
    write_file(log_, errors(0, 500));
    {
      Daemon daemon(folder_, tail(),
                    {"env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-o", "/dev/null", "-e",
                     "trace=" + call, "-e", std::string("inject=") + fault});
      const std::string port = daemon.metrics_port();
      ASSERT_FALSE(port.empty()) << daemon.err();
      int written = 500;
      for (int i = 0; i < 8; ++i, written += 500) {
        EXPECT_TRUE(wait_until([&] { return has_taken(port, written); })) << daemon.err();
        append_file(log_, errors(written, written + 500));
      }
      EXPECT_TRUE(wait_until([&] { return has_taken(port, written); })) << daemon.err();
      EXPECT_NE(daemon.err().find("can be written again"), std::string::npos) << "there was no fault: " << daemon.err();
      run_shell("pkill -TERM -P " + std::to_string(daemon.pid()));
      EXPECT_EQ(daemon.wait(), 143) << daemon.err();
    }
    expect_whole(500 + 8 * 500);
  }
}

// Calls that are interrupted before they have done anything are made again, wherever they are.
TEST_F(DiskFaultTest, InterruptedCallsAreMadeAgain) {
  if (run_shell("strace -o /dev/null true").exit_code != 0) GTEST_SKIP() << "strace does not work here";
  write_file(log_, errors(0, 1000));
  {
    const std::string calls = "read,pread64,write,pwrite64";
    Daemon daemon(folder_, tail(),
                  {"env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-o", "/dev/null", "-e",
                   "trace=" + calls, "-e", "inject=" + calls + ":error=EINTR:when=60+5"});
    const std::string port = daemon.metrics_port();
    ASSERT_FALSE(port.empty()) << daemon.err();
    int written = 1000;
    for (int i = 0; i < 4; ++i, written += 500) {
      EXPECT_TRUE(wait_until([&] { return has_taken(port, written); })) << daemon.err();
      append_file(log_, errors(written, written + 500));
    }
    EXPECT_TRUE(wait_until([&] { return has_taken(port, written); })) << daemon.err();
    run_shell("pkill -TERM -P " + std::to_string(daemon.pid()));
    EXPECT_EQ(daemon.wait(), 143) << daemon.err();
  }
  expect_whole(1000 + 4 * 500);
}

// The analyzer asks the data directory in the middle of the engine's work: it waits there, and then goes on.
TEST_F(DiskFaultTest, ADiskThatCannotBeReadDuringAnAnalysisIsWaitedFor) {
  if (run_shell("strace -o /dev/null true").exit_code != 0) GTEST_SKIP() << "strace does not work here";
  write_file(log_, errors(0, 12'000));
  {
    Daemon daemon(folder_, tail());
    const std::string port = daemon.metrics_port();
    // Many errors in each of two minutes, which fires ten seconds after the second: with the next line.
    const auto is_stored = [&](std::uint64_t events) { return inspect_database(data_).events == events; };
    EXPECT_TRUE(wait_until([&] { return is_stored(12'000); })) << daemon.err();
    append_file(log_, errors(12'000, 13'300, "payment"));
    EXPECT_TRUE(wait_until([&] { return is_stored(13'300); })) << daemon.err();
    // From now on: of its files, nothing that is not in memory can be read.
    const std::string told = folder_ + "/strace";
    const ProgramResult started = run_shell(
        "strace -f -p " + std::to_string(daemon.pid()) + " -o /dev/null -P " + data_ + "/tocsin.db -P " + data_ +
        "/tocsin.db-wal -e trace=pread64 -e inject=pread64:error=EIO 2>" + told + " >/dev/null & echo $!");
    const int strace = std::stoi(started.out);
    EXPECT_TRUE(wait_until([&] { return read_file(told).find("attached") != std::string::npos; })) << read_file(told);
    append_file(log_, errors(13'300, 15'000, "payment"));
    EXPECT_TRUE(daemon.wait_for_err("nothing is read until the data directory can be")) << daemon.err();
    EXPECT_NE(daemon.err().find("disk I/O error (Input/output error)"), std::string::npos) << daemon.err();
    EXPECT_TRUE(wait_until([&] {
      return http_get(port, "/readyz").starts_with("503 the data directory can't be read");
    })) << http_get(port, "/readyz");
    kill(strace, SIGINT);
    EXPECT_TRUE(daemon.wait_for_err("the data directory can be read again")) << daemon.err();
    EXPECT_TRUE(wait_until([&] { return has_taken(port, 15'000); })) << daemon.err();
    EXPECT_TRUE(wait_until([&] { return http_get(port, "/readyz") == "200 ready\n"; }));
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  }
  expect_whole(15'000);
}

}  // namespace
}  // namespace tocsin
