#include "replay/stdin_source.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
#include <utility>

#include "replay/byte_source.h"
#include "replay/directory_watch.h"

namespace tocsin {
namespace {

// What a pipe holds at most. Who writes faster than it is read must not hold up the end.
constexpr std::uint64_t kMostDrained = 1 << 20;

}  // namespace

StdinSource::StdinSource(const SourceDefinition& definition, LiveSourceOptions options, int descriptor)
    : definition_(definition),
      options_(std::move(options)),
      descriptor_(descriptor),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      lines_(definition.max_line),
      buffer_(options_.batch_bytes, '\0') {}

void StdinSource::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void StdinSource::run(LiveSink& sink) {
  if (close_leftovers(sink, options_.checkpoints)) read_all(sink);
  counters_.streams = 0;
}

std::uint32_t StdinSource::open(LiveSink& sink) const {
  StreamInfo info;
  info.checkpoint.source = definition_.name;
  info.checkpoint.key = unique_stream_key("stdin:");
  info.checkpoint.identity = "{}";
  info.name = "standard input";
  info.service = definition_.service;
  info.format = definition_.format;
  info.zone_offset = definition_.zone_offset;
  info.max_line = definition_.max_line;
  if (definition_.from == SourceDefinition::From::kTime) info.from = definition_.from_time;
  return sink.open(std::move(info));
}

void StdinSource::read_all(LiveSink& sink) {
  const std::uint32_t stream = open(sink);
  counters_.streams = 1;
  std::optional<std::uint64_t> read_until;  // once it was asked to stop
  while (!read_until || read_bytes_ < *read_until) {
    std::array<pollfd, 2> waiting{{{descriptor_, POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), read_until ? 0 : -1) < 0) {
      if (errno == EINTR) continue;
      throw SourceError("standard input: " + system_message(errno));
    }
    if (waiting[1].revents != 0 && !read_until) {
      read_until = read_bytes_ + kMostDrained;
      continue;
    }
    if (waiting[0].revents == 0) break;  // asked to stop, and nothing waits
    const Step step = read_some(sink, stream);
    if (step == Step::kRefused) return;
    if (step == Step::kEnded) break;
  }
  counters_.lag_bytes = 0;
  if (push(sink, stream, lines_.finish(), false)) sink.close(stream, false);
}

StdinSource::Step StdinSource::read_some(LiveSink& sink, std::uint32_t stream) {
  const ssize_t count = ::read(descriptor_, buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Step::kRead;
  if (count < 0) {
    counters_.error("standard input: " + system_message(errno));
    sink.tell(Level::kError, "standard input: " + system_message(errno));
  }
  if (count <= 0) return Step::kEnded;
  read_bytes_ += static_cast<std::uint64_t>(count);
  int waits = 0;
  const bool more = ::ioctl(descriptor_, FIONREAD, &waits) == 0 && waits > 0;
  std::vector<StreamLines::Piece> pieces =
      lines_.feed(std::string_view(buffer_).substr(0, static_cast<std::size_t>(count)));
  counters_.lag_bytes = lines_.held() + static_cast<std::uint64_t>(std::max(waits, 0));
  if (pieces.empty() && told_more_ && !more) pieces.emplace_back();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!push(sink, stream, std::move(pieces[i]), more || i + 1 < pieces.size())) return Step::kRefused;
  }
  return Step::kRead;
}

bool StdinSource::push(LiveSink& sink, std::uint32_t stream, StreamLines::Piece piece, bool more) {
  if (piece.cut) ++counters_.truncated_lines;
  piece.batch.file = stream;
  told_more_ = more;
  return sink.push({.batch = std::move(piece.batch), .identity = {}, .more = more, .skipping = piece.skipping});
}

bool close_leftovers(LiveSink& sink, const std::vector<StreamCheckpoint>& checkpoints) {
  for (const StreamCheckpoint& checkpoint : checkpoints) {
    StreamInfo info;
    info.checkpoint = checkpoint;
    info.checkpoint.done = false;
    info.name = checkpoint.source;
    info.format = checkpoint.format;
    const std::uint32_t stream = sink.open(std::move(info));
    RawBatch last;
    last.file = stream;
    last.first_offset = checkpoint.offset;
    last.last = true;
    if (!sink.push({.batch = std::move(last)})) return false;
    sink.close(stream, false);
  }
  return true;
}

std::string unique_stream_key(const std::string& begin) {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return begin + std::to_string(now.tv_sec) + "." + std::to_string(now.tv_nsec);
}

}  // namespace tocsin
