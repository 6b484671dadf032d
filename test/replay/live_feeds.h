// The world that a live source reads, one per kind, so that one contract suite can drive them all. A new kind of source
// is a row in live_source_contract_test.cc.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "replay/descriptor.h"
#include "replay/source_registry.h"
#include "replay/stdin_source.h"
#include "replay/syslog_source.h"
#include "test/replay/archives.h"

namespace tocsin::test {

class LiveFeed {
 public:
  virtual ~LiveFeed() = default;
  virtual std::unique_ptr<LiveSource> make(LiveSourceOptions options) = 0;
  virtual void write(const std::string& lines) = 0;  // whole lines
  // A line that does not end, where the feed knows of such.
  virtual void write_begun(const std::string& line) { write(line + "\n"); }
  virtual void end() {}
};

class TailFeed final : public LiveFeed {
 public:
  std::unique_ptr<LiveSource> make(LiveSourceOptions options) override {
    SourceDefinition definition;
    definition.name = "fed";
    definition.paths = {folder_.path("*.log")};
    options.poll = Period{20};
    return make_live_source(definition, std::move(options));
  }
  void write(const std::string& lines) override {
    std::ofstream(folder_.path("a.log"), std::ios::binary | std::ios::app) << lines;
  }

 private:
  TemporaryFolder folder_;
};

class PipeFeed final : public LiveFeed {
 public:
  PipeFeed() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    reader_ = Descriptor(ends[0]);
    writer_ = Descriptor(ends[1]);
  }
  std::unique_ptr<LiveSource> make(LiveSourceOptions options) override {
    SourceDefinition definition;
    definition.name = "fed";
    definition.type = SourceType::kStdin;
    return std::make_unique<StdinSource>(definition, std::move(options), reader_.get());
  }
  void write(const std::string& lines) override {
    EXPECT_EQ(::write(writer_.get(), lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  }
  void write_begun(const std::string& line) override { write(line); }
  void end() override { writer_.close(); }

 private:
  Descriptor reader_, writer_;
};

// A client of "udp://127.0.0.1:1234" or "tcp://127.0.0.1:1234".
inline Descriptor connect_to(const std::string& address) {
  const bool is_udp = address.starts_with("udp");
  Descriptor socket(::socket(AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  return socket;
}

inline void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ASSERT_GT(count, 0);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

class SyslogFeed final : public LiveFeed {
 public:
  enum class Kind { kUdp, kLines, kCounted };
  explicit SyslogFeed(Kind kind) : kind_(kind) {}

  std::unique_ptr<LiveSource> make(LiveSourceOptions options) override {
    SourceDefinition definition;
    definition.name = "fed";
    definition.type = SourceType::kSyslog;
    definition.listen = {kind_ == Kind::kUdp ? "udp://127.0.0.1:0" : "tcp://127.0.0.1:0"};
    auto source = std::make_unique<SyslogSource>(definition, std::move(options));
    client_ = connect_to(source->addresses().at(0));
    return source;
  }
  void write(const std::string& lines) override {
    for (std::size_t start = 0; start < lines.size();) {
      const std::size_t end = lines.find('\n', start);
      const std::string line = lines.substr(start, end - start);
      switch (kind_) {
        case Kind::kUdp:
          send_all(client_.get(), line);
          break;
        case Kind::kLines:
          send_all(client_.get(), line + "\n");
          break;
        case Kind::kCounted:
          send_all(client_.get(), std::to_string(line.size()) + " " + line);
          break;
      }
      start = end + 1;
    }
  }
  void write_begun(const std::string& line) override {
    const std::string more = std::to_string(line.size() + 5) + " ";
    send_all(client_.get(), (kind_ == Kind::kCounted ? more : "") + line);
  }

 private:
  Kind kind_;
  Descriptor client_;
};

}  // namespace tocsin::test
