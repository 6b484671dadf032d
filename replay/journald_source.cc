#include "replay/journald_source.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tocsin {
namespace {

constexpr std::string_view kBegin = "{\"anchors\":\"";
constexpr std::string_view kEnd = "\"}";

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::string to_text(const std::deque<JournalAnchor>& anchors) {
  std::string text(kBegin);
  for (const JournalAnchor& anchor : anchors) {
    if (text.size() > kBegin.size()) text += ' ';
    text += std::to_string(anchor.offset) + " " + (anchor.cursor.empty() ? "-" : anchor.cursor);
  }
  return text.append(kEnd);
}

std::deque<JournalAnchor> parse_journal_anchors(std::string_view identity) {
  std::deque<JournalAnchor> anchors;
  if (!identity.starts_with(kBegin) || !identity.ends_with(kEnd) || identity.size() < kBegin.size() + kEnd.size()) {
    return anchors;
  }
  identity = identity.substr(kBegin.size(), identity.size() - kBegin.size() - kEnd.size());
  while (!identity.empty()) {
    JournalAnchor anchor;
    const std::string_view number = take_word(identity);
    const std::string_view cursor = take_word(identity);
    const char* end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, anchor.offset);
    const bool is_later = anchors.empty() || anchor.offset > anchors.back().offset;
    if (error != std::errc() || rest != end || cursor.empty() || !is_later) return {};
    if (cursor != "-") anchor.cursor = cursor;
    anchors.push_back(std::move(anchor));
  }
  return anchors;
}

}  // namespace tocsin

#ifdef TOCSIN_JOURNALD

#include <poll.h>
#include <sys/eventfd.h>
#include <systemd/sd-journal.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "replay/byte_source.h"
#include "replay/directory_watch.h"
#include "replay/journal_line.h"

namespace tocsin {
namespace {

constexpr std::uint64_t kAnchorEvery = 4 << 20;
constexpr std::size_t kMostAnchors = 32;  // far more than what can be read and not committed

void check(int result, std::string_view what) {
  if (result < 0) throw SourceError("journal: " + std::string(what) + ": " + system_message(-result));
}

}  // namespace

struct JournaldSource::Journal {
  sd_journal* handle = nullptr;

  ~Journal() {
    if (handle != nullptr) ::sd_journal_close(handle);
  }
  // The value of a field of the current entry, valid until the next one is read.
  std::string_view field(const char* name) const {
    const void* data = nullptr;
    std::size_t size = 0;
    if (::sd_journal_get_data(handle, name, &data, &size) < 0) return {};
    const std::string_view text(static_cast<const char*>(data), size);
    return text.substr(std::min(text.find('='), text.size() - 1) + 1);
  }
  std::string line() const {
    JournalEntry entry;
    ::sd_journal_get_realtime_usec(handle, &entry.received_us);
    // What a field's view points to may be unpacked into one buffer, which the next field uses again.
    const std::string sent(field("_SOURCE_REALTIME_TIMESTAMP")), priority(field("PRIORITY")),
        unit(field("_SYSTEMD_UNIT")), identifier(field("SYSLOG_IDENTIFIER")), command(field("_COMM")),
        host(field("_HOSTNAME")), pid(field("_PID"));
    entry.sent_us = sent;
    entry.priority = priority;
    entry.unit = unit;
    entry.identifier = identifier;
    entry.command = command;
    entry.host = host;
    entry.pid = pid;
    entry.message = field("MESSAGE");
    return journal_line(entry);
  }
  std::string cursor() const {
    char* text = nullptr;
    if (::sd_journal_get_cursor(handle, &text) < 0) return {};
    const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
    return text;
  }
};

JournaldSource::JournaldSource(const SourceDefinition& definition, LiveSourceOptions options, const std::string& folder)
    : definition_(definition),
      options_(std::move(options)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      journal_(std::make_unique<Journal>()) {
  check(folder.empty() ? ::sd_journal_open(&journal_->handle, SD_JOURNAL_LOCAL_ONLY)
                       : ::sd_journal_open_directory(&journal_->handle, folder.c_str(), 0),
        "can't be opened");
  ::sd_journal_set_data_threshold(journal_->handle, definition_.max_line);
  for (const std::string& unit : definition_.units) {
    const std::string match = "_SYSTEMD_UNIT=" + unit + (unit.find('.') == std::string::npos ? ".service" : "");
    check(::sd_journal_add_match(journal_->handle, match.data(), match.size()), unit);
  }
  checkpoint_.source = definition_.name;
  checkpoint_.key = "journal";
  for (const StreamCheckpoint& one : options_.checkpoints) {
    if (one.key == checkpoint_.key) checkpoint_ = one;
  }
  checkpoint_.done = false;
}

JournaldSource::~JournaldSource() = default;

std::string JournaldSource::problem(const SourceDefinition&) {
  return {};
}

void JournaldSource::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void JournaldSource::run(LiveSink& sink) {
  work(sink);
  counters_.streams = 0;
}

// To the entry behind the last committed line.
void JournaldSource::seek() {
  anchors_ = parse_journal_anchors(checkpoint_.identity);
  while (anchors_.size() > 1 && anchors_.back().offset > checkpoint_.offset) anchors_.pop_back();
  sd_journal* journal = journal_->handle;
  if (anchors_.empty()) {
    std::string cursor;
    if (definition_.from == SourceDefinition::From::kEnd) {
      check(::sd_journal_seek_tail(journal), "can't go to its end");
      if (::sd_journal_previous(journal) > 0) cursor = journal_->cursor();
    } else if (definition_.from == SourceDefinition::From::kTime) {
      // Behind the last entry before it.
      const std::int64_t us = std::max<std::int64_t>(definition_.from_time.ms, 1) * 1000 - 1;
      check(::sd_journal_seek_realtime_usec(journal, static_cast<std::uint64_t>(us)), "can't go to a time");
      if (::sd_journal_previous(journal) > 0) cursor = journal_->cursor();
    }
    anchors_.push_back({checkpoint_.offset, cursor});
  }
  const JournalAnchor& anchor = anchors_.back();
  offset_ = anchor.offset;
  if (anchor.cursor.empty()) {
    check(::sd_journal_seek_head(journal), "can't go to its beginning");
    return;
  }
  check(::sd_journal_seek_cursor(journal, anchor.cursor.c_str()), "can't go to a cursor");
  if (::sd_journal_next(journal) > 0 && ::sd_journal_test_cursor(journal, anchor.cursor.c_str()) <= 0) {
    // The entry has been vacuumed away: what is left begins behind it, and how much of it was read is unknown.
    ::sd_journal_previous(journal);
    offset_ = checkpoint_.offset;
    counters_.error("journal: entries that were not read have been removed");
  }
}

// As many lines as there are, up to a batch; true: there are more.
bool JournaldSource::read_batch(std::string& lines, std::string& cursor) {
  while (lines.size() < options_.batch_bytes) {
    const int found = ::sd_journal_next(journal_->handle);
    check(found, "can't be read");
    if (found == 0) return false;
    std::string line = journal_->line();
    const std::uint64_t end = offset_ + line.size();
    // Committed before the restart.
    if (end <= checkpoint_.offset) {
      offset_ = end;
      continue;
    }
    offset_ = end;
    lines += line;
    cursor = journal_->cursor();
  }
  return true;
}

void JournaldSource::work(LiveSink& sink) {
  const int descriptor = ::sd_journal_get_fd(journal_->handle);
  check(descriptor, "gives no notice");
  seek();
  if (counters_.errors > 0) sink.tell(Level::kWarn, counters_.status().last_error);
  StreamInfo info;
  checkpoint_.identity = to_text(anchors_);
  info.checkpoint = checkpoint_;
  info.name = "journal";
  info.service = definition_.service;
  info.format = LineFormat::kNdjson;
  info.max_line = definition_.max_line;
  if (definition_.from == SourceDefinition::From::kTime) info.from = definition_.from_time;
  const std::uint32_t stream = sink.open(std::move(info));
  counters_.streams = 1;
  bool told_more = false;
  while (true) {
    std::array<pollfd, 2> waiting{{{wake_.get(), POLLIN, 0}, {descriptor, POLLIN, 0}}};
    if (::poll(waiting.data(), 1, 0) > 0) return;
    std::string lines, cursor, identity;
    const bool more = read_batch(lines, cursor);
    if (!lines.empty() || told_more != more) {
      RawBatch batch;
      batch.file = stream;
      batch.first_offset = offset_ - lines.size();
      lines.reserve(lines.size() + kBatchPadding);
      batch.bytes = std::move(lines);
      if (offset_ - anchors_.back().offset >= kAnchorEvery && !cursor.empty()) {
        anchors_.push_back({offset_, cursor});
        if (anchors_.size() > kMostAnchors) anchors_.pop_front();
        identity = to_text(anchors_);
      }
      if (!sink.push({.batch = std::move(batch), .identity = std::move(identity), .more = more})) return;
      told_more = more;
    }
    if (more) continue;
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(std::max<std::int64_t>(options_.poll.ms, 1))) < 0 &&
        errno != EINTR) {
      throw SourceError("the journal can't be watched: " + system_message(errno));
    }
    check(::sd_journal_process(journal_->handle), "can't be followed");
  }
}

}  // namespace tocsin

#else

#include "replay/byte_source.h"

namespace tocsin {

struct JournaldSource::Journal {};

JournaldSource::JournaldSource(const SourceDefinition& definition, LiveSourceOptions, const std::string&) {
  throw SourceError(problem(definition));
}

JournaldSource::~JournaldSource() = default;

std::string JournaldSource::problem(const SourceDefinition&) {
  return "this build can't read the systemd journal: it was made without libsystemd";
}

void JournaldSource::stop() {}

void JournaldSource::run(LiveSink&) {}

}  // namespace tocsin

#endif
