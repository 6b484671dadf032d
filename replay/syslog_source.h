// Receives syslog over UDP and TCP, on any number of addresses. The senders don't repeat what they have sent, so there
// is nothing to resume, and stop() still takes what has arrived; what the system dropped before it was read is counted,
// where it tells (UDP).
//
// Streams: messages of different dialects are parsed differently and may come mixed, so each UDP socket and each TCP
// connection has a stream for each dialect that has come. Bounded: most_connections, a message of max_line bytes for
// each, and what the system's socket buffers hold; when the sink is full nothing is read, and TCP senders wait.
//
// Threads: run() on one; stop() and status() from any.
#pragma once

#include <poll.h>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/descriptor.h"
#include "replay/listen_address.h"
#include "replay/source_counters.h"
#include "replay/source_registry.h"
#include "replay/syslog_message.h"

namespace tocsin {

class SyslogSource final : public LiveSource {
 public:
  struct Limits {
    std::size_t most_connections = 512;
    std::chrono::seconds idle{3600};   // a connection that says nothing for so long is closed
    std::chrono::seconds stalled{60};  // or one that began a message and does not end it
  };

  // Listens from here on. Throws SourceError where an address can't be listened on.
  SyslogSource(const SourceDefinition& definition, LiveSourceOptions options);
  SyslogSource(const SourceDefinition& definition, LiveSourceOptions options, Limits limits);
  ~SyslogSource() override;

  void run(LiveSink& sink) override;
  void stop() override;
  SourceStatus status() const override { return counters_.status(); }

  // Where it listens, with the ports that the system chose.
  std::vector<std::string> addresses() const;

  // What is wrong with the addresses of a definition; empty: nothing.
  static std::string problem(const SourceDefinition& definition);

 private:
  using Clock = std::chrono::steady_clock;
  struct Peer;  // a UDP socket or a TCP connection: what lines come from
  struct Listener;

  void work();
  void listen(const ListenAddress& address);
  void drain();
  std::size_t receive(Peer& peer);
  void accept(Listener& listener);
  std::size_t read(Peer& peer);
  void take(Peer& peer, std::string_view message, bool cut, const std::string& sender);
  bool flush(Peer& peer);
  bool finish(Peer& peer);
  void check_idle(Clock::time_point now);
  bool make_room(Clock::time_point now);
  void tell(Level level, const std::string& message);

  SourceDefinition definition_;
  LiveSourceOptions options_;
  Limits limits_;
  Descriptor wake_;
  SourceCounters counters_;
  LiveSink* sink_ = nullptr;
  bool ended_ = false;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::uint64_t connections_made_ = 0;
  Clock::time_point refusal_told_{};
  std::uint64_t refused_ = 0;
  std::string buffer_;
};

}  // namespace tocsin
