#include "replay/stdin_source.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <exception>
#include <utility>

#include "replay/directory_watch.h"
#include "replay/stream_lines.h"

namespace tocsin {

StdinSource::StdinSource(const SourceDefinition& definition, LiveSourceOptions options, int descriptor)
    : definition_(definition),
      options_(std::move(options)),
      descriptor_(descriptor),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void StdinSource::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void StdinSource::run(LiveSink& sink) {
  try {
    if (close_leftovers(sink, options_.checkpoints)) read_all(sink);
  } catch (const std::exception& error) {
    counters_.error(error.what());
    sink.tell(Level::kError, definition_.name + ": " + error.what());
  }
  counters_.streams = 0;
}

void StdinSource::read_all(LiveSink& sink) {
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
  const std::uint32_t stream = sink.open(std::move(info));
  counters_.streams = 1;

  StreamLines lines(definition_.max_line);
  std::string buffer(options_.batch_bytes, '\0');
  bool told_more = false;
  const auto push = [&](StreamLines::Piece piece, bool more) {
    if (piece.cut) ++counters_.truncated_lines;
    piece.batch.file = stream;
    told_more = more;
    return sink.push({.batch = std::move(piece.batch), .identity = {}, .more = more, .skipping = piece.skipping});
  };
  while (true) {
    std::array<pollfd, 2> waiting{{{descriptor_, POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) break;
    if (waiting[1].revents != 0) return;
    if (waiting[0].revents == 0) continue;
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) {
      counters_.error("standard input: " + system_message(errno));
      sink.tell(Level::kError, "standard input: " + system_message(errno));
    }
    if (count <= 0) break;
    int waits = 0;
    const bool more = ::ioctl(descriptor_, FIONREAD, &waits) == 0 && waits > 0;
    counters_.lag_bytes = lines.held() + static_cast<std::uint64_t>(std::max(waits, 0));
    std::vector<StreamLines::Piece> pieces = lines.feed(std::string_view(buffer).substr(0, count));
    if (pieces.empty() && told_more && !more) pieces.emplace_back();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!push(std::move(pieces[i]), more || i + 1 < pieces.size())) return;
    }
  }
  counters_.lag_bytes = 0;
  if (push(lines.finish(), false)) sink.close(stream, false);
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
