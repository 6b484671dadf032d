#include "replay/syslog_source.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "replay/byte_source.h"
#include "replay/directory_watch.h"
#include "replay/stdin_source.h"

namespace tocsin {
namespace {

constexpr std::size_t kLargestDatagram = 64 << 10;
constexpr int kReceiveBuffer = 8 << 20;
// At the end, of each socket: more than the system keeps for it. Who sends on must not hold up the end.
constexpr std::uint64_t kMostDrained = 2 * std::uint64_t{kReceiveBuffer};
constexpr std::size_t kDialects = 3;

EventTime wall_time() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return {now.tv_sec * 1000 + now.tv_nsec / 1'000'000};
}

std::string host_text(const sockaddr_storage& address, socklen_t size, bool with_port) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), port.data(),
                    port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "unknown";
  }
  if (!with_port) return host.data();
  const bool is_v6 = address.ss_family == AF_INET6;
  return (is_v6 ? "[" + std::string(host.data()) + "]" : std::string(host.data())) + ":" + port.data();
}

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

struct SyslogSource::Listener {
  Descriptor socket;
  std::string name;
};

struct SyslogSource::Peer {
  Descriptor socket;
  bool is_udp = false;
  std::string name;    // "syslog udp 127.0.0.1:5514", "syslog tcp 127.0.0.1:41234"
  std::string sender;  // of a connection: its address
  std::string key;
  SyslogFramer framer;
  Clock::time_point last_heard{};
  std::uint64_t dropped = 0;  // as the system counted so far
  bool ended = false;

  struct Dialect {
    std::optional<std::uint32_t> stream;
    std::uint64_t offset = 0, lines = 0;
    std::string waiting;        // lines that have not been pushed
    std::uint64_t dropped = 0;  // of the last one
  };
  std::array<Dialect, kDialects> dialects{};
};

std::string SyslogSource::problem(const SourceDefinition& definition) {
  std::string problem;
  if (definition.listen.empty()) return "a syslog source needs an address in `listen`";
  for (const std::string& text : definition.listen) {
    if (!parse_listen_address(text, problem)) return problem;
  }
  return {};
}

SyslogSource::SyslogSource(const SourceDefinition& definition, LiveSourceOptions options)
    : SyslogSource(definition, std::move(options), Limits()) {}

SyslogSource::SyslogSource(const SourceDefinition& definition, LiveSourceOptions options, Limits limits)
    : definition_(definition),
      options_(std::move(options)),
      limits_(limits),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      buffer_(std::max(kLargestDatagram, options_.batch_bytes), '\0') {
  std::string problem = SyslogSource::problem(definition_);
  if (!problem.empty()) throw SourceError(problem);
  for (const std::string& text : definition_.listen) listen(*parse_listen_address(text, problem));
}

SyslogSource::~SyslogSource() = default;

void SyslogSource::listen(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = address.is_udp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (failure != 0) throw SourceError(address.to_text() + ": " + ::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  Descriptor socket(::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, found->ai_protocol));
  if (!socket.is_open()) throw SourceError(address.to_text() + ": " + system_message(errno));
  if (found->ai_family == AF_INET6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (address.is_udp) {
    set_option(socket.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
    set_option(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer);  // where we may
    set_option(socket.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);
  } else {
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  }
  const bool bound = ::bind(socket.get(), found->ai_addr, found->ai_addrlen) == 0 &&
                     (address.is_udp || ::listen(socket.get(), 128) == 0);
  if (!bound) throw SourceError(address.to_text() + ": " + system_message(errno));
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
  const std::string place = host_text(own, size, true);
  if (!address.is_udp) {
    listeners_.push_back(std::make_unique<Listener>(Listener{std::move(socket), "tcp://" + place}));
    return;
  }
  auto peer = std::make_unique<Peer>(Peer{.socket = std::move(socket),
                                          .is_udp = true,
                                          .name = "syslog udp " + place,
                                          .key = "udp://" + place,
                                          .framer = SyslogFramer(definition_.max_line)});
  peers_.push_back(std::move(peer));
}

std::vector<std::string> SyslogSource::addresses() const {
  std::vector<std::string> all;
  for (const auto& peer : peers_) {
    if (peer->is_udp) all.push_back(peer->key);
  }
  for (const auto& listener : listeners_) all.push_back(listener->name);
  return all;
}

void SyslogSource::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void SyslogSource::tell(Level level, const std::string& message) {
  if (level >= Level::kWarn) counters_.error(message);
  sink_->tell(level, message);
}

void SyslogSource::run(LiveSink& sink) {
  sink_ = &sink;
  if (close_leftovers(sink, options_.checkpoints)) work();
  counters_.streams = 0;
}

void SyslogSource::work() {
  constexpr int kLookMs = 1000;
  counters_.streams = peers_.size();
  std::vector<pollfd> waiting;
  while (!ended_) {
    waiting.clear();
    waiting.push_back({wake_.get(), POLLIN, 0});
    for (const auto& listener : listeners_) waiting.push_back({listener->socket.get(), POLLIN, 0});
    for (const auto& peer : peers_) waiting.push_back({peer->socket.get(), POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), kLookMs) < 0 && errno != EINTR) {
      throw SourceError("the sockets can't be watched: " + system_message(errno));
    }
    if (waiting[0].revents != 0) return drain();
    const std::size_t first_peer = 1 + listeners_.size();
    for (std::size_t i = first_peer; i < waiting.size() && !ended_; ++i) {
      if (waiting[i].revents == 0) continue;
      Peer& peer = *peers_[i - first_peer];
      peer.is_udp ? receive(peer) : read(peer);
      if (!flush(peer)) return;
      if (peer.ended && !finish(peer)) return;
    }
    std::erase_if(peers_, [](const auto& peer) { return peer->ended; });
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      if (waiting[1 + i].revents != 0) accept(*listeners_[i]);
    }
    check_idle(Clock::now());
    counters_.streams = peers_.size();
  }
}

// It was asked to stop: what has arrived already nobody sends again. The beginning of a message counts as one.
void SyslogSource::drain() {
  for (const auto& listener : listeners_) accept(*listener);
  for (const auto& peer : peers_) {
    for (std::uint64_t taken = 0; taken < kMostDrained && !peer->ended && !ended_;) {
      const std::size_t some = peer->is_udp ? receive(*peer) : read(*peer);
      flush(*peer);
      if (some == 0) break;
      taken += some;
    }
    if (ended_) return;
    finish(*peer);
  }
}

// All datagrams that wait, up to a batch; so many bytes.
std::size_t SyslogSource::receive(Peer& peer) {
  std::size_t taken = 0;
  while (taken < options_.batch_bytes) {
    sockaddr_storage from{};
    iovec part{buffer_.data(), kLargestDatagram};
    alignas(cmsghdr) std::array<char, 128> control{};
    msghdr head{};
    head.msg_name = &from;
    head.msg_namelen = sizeof from;
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    head.msg_control = control.data();
    head.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(peer.socket.get(), &head, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return taken;
    for (cmsghdr* at = CMSG_FIRSTHDR(&head); at != nullptr; at = CMSG_NXTHDR(&head, at)) {
      if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t dropped = 0;
      std::memcpy(&dropped, CMSG_DATA(at), sizeof dropped);
      counters_.dropped_packets += static_cast<std::uint32_t>(dropped - static_cast<std::uint32_t>(peer.dropped));
      peer.dropped = dropped;
    }
    taken += static_cast<std::size_t>(count) + 1;
    std::string_view message = std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
    const bool cut = message.size() > definition_.max_line;
    take(peer, message.substr(0, definition_.max_line), cut, host_text(from, head.msg_namelen, false));
  }
  return taken;
}

void SyslogSource::accept(Listener& listener) {
  while (true) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    Descriptor socket(
        ::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.is_open()) {
      if (errno == EMFILE || errno == ENFILE) make_room(Clock::now() + limits_.idle);
      return;
    }
    const Clock::time_point now = Clock::now();
    const std::string place = host_text(from, size, true);
    if (peers_.size() >= limits_.most_connections && !make_room(now)) {
      ++refused_;
      if (now - refusal_told_ > std::chrono::seconds(60)) {
        tell(Level::kWarn, "a connection of " + place + " is refused: there are " + std::to_string(peers_.size()) +
                               " already (" + std::to_string(refused_) + " refused so far)");
        refusal_told_ = now;
      }
      continue;
    }
    set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
    auto peer = std::make_unique<Peer>(
        Peer{.socket = std::move(socket),
             .name = "syslog tcp " + place,
             .sender = host_text(from, size, false),
             .key = unique_stream_key("tcp://" + place + "/") + "." + std::to_string(++connections_made_),
             .framer = SyslogFramer(definition_.max_line),
             .last_heard = now});
    peers_.push_back(std::move(peer));
  }
}

std::size_t SyslogSource::read(Peer& peer) {
  const ssize_t count = ::recv(peer.socket.get(), buffer_.data(), options_.batch_bytes, MSG_DONTWAIT);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
  peer.last_heard = Clock::now();
  if (count <= 0) {
    if (count < 0) tell(Level::kWarn, peer.name + ": " + system_message(errno));
    peer.ended = true;
    return 0;
  }
  const std::string_view bytes = std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
  for (const SyslogFramer::Message& message : peer.framer.feed(bytes)) {
    take(peer, message.text, message.cut, peer.sender);
  }
  return bytes.size();
}

void SyslogSource::take(Peer& peer, std::string_view message, bool cut, const std::string& sender) {
  const SyslogDialect dialect = dialect_of(message);
  std::string line = syslog_line(message, dialect, wall_time(), sender);
  if (line.empty()) return;
  // Escapes make it longer.
  cut = cut || line.size() > definition_.max_line;
  if (line.size() > definition_.max_line) line.resize(definition_.max_line);
  Peer::Dialect& lines = peer.dialects[definition_.format ? 0 : static_cast<std::size_t>(dialect)];
  lines.waiting += line;
  ++lines.lines;
  if (!cut) {
    lines.waiting += '\n';
    return;
  }
  // Its mark as a cut line is that it is the last of its batch.
  ++counters_.truncated_lines;
  lines.dropped = 1;
  flush(peer);
}

bool SyslogSource::flush(Peer& peer) {
  for (std::size_t i = 0; i < kDialects && !ended_; ++i) {
    Peer::Dialect& lines = peer.dialects[i];
    if (lines.waiting.empty()) continue;
    if (!lines.stream) {
      StreamInfo info;
      info.checkpoint.source = definition_.name;
      info.format = definition_.format ? *definition_.format : format_of(static_cast<SyslogDialect>(i));
      info.checkpoint.key = peer.key + (definition_.format ? "" : "/" + std::string(to_text(*info.format)));
      if (peer.is_udp) info.checkpoint.key = unique_stream_key(info.checkpoint.key + "/");
      info.checkpoint.identity = "{\"peer\":" + json_string(peer.name) + "}";
      info.name = peer.name;
      info.service = definition_.service;
      info.zone_offset = definition_.zone_offset;
      info.max_line = definition_.max_line;
      info.modified = wall_time();
      if (definition_.from == SourceDefinition::From::kTime) info.from = definition_.from_time;
      lines.stream = sink_->open(std::move(info));
    }
    RawBatch batch;
    batch.file = *lines.stream;
    batch.first_offset = lines.offset;
    batch.dropped_bytes = std::exchange(lines.dropped, 0);
    lines.offset += lines.waiting.size() + batch.dropped_bytes;
    batch.bytes = std::exchange(lines.waiting, std::string());
    batch.bytes.reserve(batch.bytes.size() + kBatchPadding);
    if (!sink_->push({.batch = std::move(batch)})) ended_ = true;
  }
  return !ended_;
}

// Nothing more comes from it: a message that has not ended ends here.
bool SyslogSource::finish(Peer& peer) {
  peer.ended = true;
  for (const SyslogFramer::Message& message : peer.framer.finish()) take(peer, message.text, message.cut, peer.sender);
  flush(peer);
  for (Peer::Dialect& lines : peer.dialects) {
    if (!lines.stream || ended_) continue;
    RawBatch last;
    last.file = *lines.stream;
    last.first_offset = lines.offset;
    last.last = true;
    if (!sink_->push({.batch = std::move(last)})) {
      ended_ = true;
      break;
    }
    sink_->close(*lines.stream, false);
    lines.stream.reset();
  }
  return !ended_;
}

// Closes what says nothing, and what does not end what it began.
void SyslogSource::check_idle(Clock::time_point now) {
  for (const auto& peer : peers_) {
    if (peer->is_udp || ended_) continue;
    const auto silent = now - peer->last_heard;
    const bool is_stalled = peer->framer.is_within() && silent > limits_.stalled;
    if (!is_stalled && silent <= limits_.idle) continue;
    tell(is_stalled ? Level::kWarn : Level::kInfo,
         peer->name + (is_stalled ? " began a message and did not end it; it is closed" : " was idle and is closed"));
    finish(*peer);
  }
  std::erase_if(peers_, [](const auto& peer) { return peer->ended; });
}

// Closes the connection that has been idle for longest, where it was for a minute.
bool SyslogSource::make_room(Clock::time_point now) {
  Peer* oldest = nullptr;
  for (const auto& peer : peers_) {
    if (peer->is_udp || peer->ended) continue;
    if (oldest == nullptr || peer->last_heard < oldest->last_heard) oldest = peer.get();
  }
  if (oldest == nullptr || now - oldest->last_heard < std::chrono::minutes(1)) return false;
  tell(Level::kInfo, oldest->name + " was idle and is closed for a new connection");
  finish(*oldest);
  std::erase_if(peers_, [](const auto& peer) { return peer->ended; });
  return true;
}

}  // namespace tocsin
