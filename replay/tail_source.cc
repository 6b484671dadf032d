#include "replay/tail_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "replay/batch_reader.h"

namespace tocsin {
namespace {

// How often files without a name are looked at, and what is to be looked at again.
constexpr std::chrono::milliseconds kTick{250};
// A file that was moved away, and that no other has followed.
constexpr std::chrono::hours kAbandoned{1};

std::string working_folder() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::current_path(error);
  return error ? std::string("/") : path.string();
}

std::chrono::milliseconds milliseconds(Period period) {
  return std::chrono::milliseconds(std::max<std::int64_t>(1, period.ms));
}

}  // namespace

TailSource::TailSource(const SourceDefinition& definition, LiveSourceOptions options)
    : definition_(definition),
      options_(std::move(options)),
      selection_(definition.paths, definition.exclude, working_folder()),
      ledger_(definition.name, options_.checkpoints, Clock::now()),
      archives_(options_.batch_bytes, definition.max_line),
      had_checkpoints_(!options_.checkpoints.empty()) {
  options_.checkpoints.clear();
}

TailSource::~TailSource() = default;

void TailSource::stop() {
  watch_.stop();
}

void TailSource::run(LiveSink& sink) {
  sink_ = &sink;
  work();
  files_.clear();
}

void TailSource::work() {
  scan(true);
  while (!watch_.stopped() && !ended_) {
    watch_.drain([this](const DirectoryWatch::Event& event) { handle(event); });
    const Clock::time_point now = Clock::now();
    if (now >= next_scan_ || scan_due_) scan(false);
    if (now >= next_tick_) tick(now);
    if (take_turn()) continue;
    const Clock::time_point until =
        displaced_.empty() && later_.empty() ? next_scan_ : std::min(next_scan_, next_tick_);
    watch_.wait(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()));
  }
}

void TailSource::handle(const DirectoryWatch::Event& event) {
  using Kind = DirectoryWatch::Kind;
  if (event.kind == Kind::kFolder || event.kind == Kind::kOverflow) {
    scan_due_ = true;
    return;
  }
  std::string path(event.folder);
  if (!event.name.empty()) {
    if (!path.ends_with('/')) path += '/';
    path += event.name;
  }
  const auto known = by_path_.find(path);
  if (event.kind == Kind::kWritten && known != by_path_.end()) {
    queue(*known->second);
  } else {
    look_at(path);
  }
}

// What happens by time.
void TailSource::tick(Clock::time_point now) {
  next_tick_ = now + std::min(kTick, milliseconds(options_.quiet) / 4 + std::chrono::milliseconds(1));
  std::vector<std::string> due;
  for (const auto& [path, when] : later_) {
    if (when <= now) due.push_back(path);
  }
  for (const std::string& path : due) {
    later_.erase(path);
    look_at(path);
  }
  std::vector<std::uint64_t> displaced;
  for (const auto& [id, file] : displaced_) displaced.push_back(id);
  for (const std::uint64_t id : displaced) {
    const auto found = displaced_.find(id);
    if (found != displaced_.end() && !ended_) check_displaced(*found->second, now);
  }
}

// Reads from one file, or one archive; false: nothing is to be read.
bool TailSource::take_turn() {
  archive_turn_ = !archive_turn_;
  if (!archives_.is_empty() && (archive_turn_ || ready_.empty())) {
    read_archive();
    return true;
  }
  if (ready_.empty()) return false;
  const auto found = files_.find(ready_.front());
  ready_.pop_front();
  if (found == files_.end()) return true;
  Followed& file = *found->second;
  file.queued = false;
  read_some(file);
  return true;
}

// Sets ended_ where the sink takes no more.
bool TailSource::push(LiveSink::Push push) {
  if (!ended_ && !sink_->push(std::move(push))) ended_ = true;
  return !ended_;
}

// It can't be read now: nobody shall wait for its lines.
void TailSource::tell_no_more(Followed& file) {
  if (!file.stream || !file.told_more) return;
  file.told_more = false;
  push({.batch = {.file = *file.stream}, .more = false});
}

std::uint32_t TailSource::open_known(KnownStream& known, std::optional<EventTime> modified) {
  known.checkpoint.done = false;
  StreamInfo info;
  info.checkpoint = known.checkpoint;
  info.name = printable(known.identity.path);
  info.service = definition_.service;
  info.format = definition_.format ? definition_.format : known.checkpoint.format;
  info.zone_offset = definition_.zone_offset;
  info.max_line = definition_.max_line;
  info.modified = modified;
  if (definition_.from == SourceDefinition::From::kTime) info.from = definition_.from_time;
  return sink_->open(std::move(info));
}

void TailSource::open_stream(Followed& file) {
  if (file.stream) return;
  file.stream = open_known(file.known, EventTime{file.changed_ns / 1'000'000});
  file.identity_changed = false;
}

void TailSource::queue(Followed& file) {
  if (file.queued) return;
  file.queued = true;
  ready_.push_back(file.id);
}

void TailSource::note_size(Followed& file, std::uint64_t size) {
  if (size != file.size) file.grew = Clock::now();
  file.size = size;
  count_lag(file);
}

void TailSource::count_lag(Followed& file) {
  counters_.lag_bytes += file.lag() - file.counted_lag;
  file.counted_lag = file.lag();
}

// What begins a file that was empty when it was found: compressed, or no text at all.
bool TailSource::is_no_log(const Followed& file, const FileCursor::Look& look) {
  constexpr std::size_t kEnough = 4096;
  if (!look.batch.bytes.empty()) return begins_compressed(look.batch.bytes) || looks_binary(look.batch.bytes);
  int error = 0;
  const std::string beginning = read_at(file.descriptor.get(), file.cursor.offset(), kEnough, error);
  // Of a file with a hole at its beginning nothing else may be there yet.
  if (beginning.starts_with('\0')) return false;
  return begins_compressed(beginning) || looks_binary(beginning);
}

// One turn: what is there, up to batch_bytes. False where the sink takes no more.
bool TailSource::read_some(Followed& file) {
  if (!ensure_open(file)) {
    tell_no_more(file);
    return !ended_;
  }
  const FileFacts facts = facts_of(file.descriptor.get());
  file.changed_ns = facts.changed_ns;
  if (facts.size < file.cursor.scanned()) {
    emptied(file);
    return !ended_;
  }
  const FileCursor before = file.cursor;
  FileCursor::Look look;
  // What is given must be in the print, else its copy would not be known: the print comes first, and must fit behind
  // the reading as well. Where it has nothing the file is empty, or has just been emptied.
  bool is_same = grow_print(file, look.error);
  if (is_same && look.error == 0 && file.known.identity.print.length > 0) {
    look = file.cursor.look(file.descriptor.get(), facts.size, options_.batch_bytes);
    is_same = verify(file, before, look);
  }
  if (look.error != 0) {
    file.cursor = before;
    problem(file.path(), system_message(look.error));
    look_later(file.path(), options_.poll);
    tell_no_more(file);
    return !ended_;
  }
  if ((!file.stream || file.began_empty) && is_no_log(file, look)) {
    const std::string path = file.path();
    forget(file);
    look_at(path);
    return !ended_;
  }
  // What is of the new content says nothing about how much there was of the old one.
  if (is_same) note_size(file, facts.size);
  if (!give(file, std::move(look))) return false;
  if (!is_same) emptied(file);
  return !ended_;
}

// Whether the file still begins as it did. Where it does not, what was read may be of the new content, and is thrown
// away; but not where the new content does not reach so far.
bool TailSource::verify(Followed& file, FileCursor before, FileCursor::Look& look) {
  if (look.error != 0 || grow_print(file, look.error)) return true;
  if (facts_of(file.descriptor.get()).size >= file.cursor.scanned()) {
    file.cursor = before;
    look = {};
  }
  return false;
}

// Brings the fingerprint up to date; false where the file begins otherwise now.
bool TailSource::grow_print(Followed& file, int& error) {
  const std::string head = read_at(file.descriptor.get(), 0, Fingerprint::kBytes, error);
  if (error != 0) return true;
  FileIdentity identity = file.known.identity;
  if (!identity.print.fits(head)) return false;
  if (identity.print.is_full() || head.size() <= identity.print.length) return true;
  identity.print = fingerprint_of(head);
  ledger_.identify(file.known, std::move(identity));
  file.identity_changed = true;
  return true;
}

// It has given nothing, and is to be looked at anew.
void TailSource::forget(Followed& file) {
  KnownStream& known = file.known;
  const std::optional<std::uint32_t> stream = file.stream;
  drop(file);
  ledger_.remove(known);
  if (stream && push({.batch = {.file = *stream, .last = true}})) sink_->close(*stream, false);
}

// Hands over what was read.
bool TailSource::give(Followed& file, FileCursor::Look look) {
  const bool has_lines = !look.batch.bytes.empty() || look.batch.last;
  if (look.cut) ++counters_.truncated_lines;
  if (has_lines) open_stream(file);
  if (has_lines || (file.stream && (file.identity_changed || file.told_more != look.more))) {
    look.batch.file = *file.stream;
    std::string identity;
    if (std::exchange(file.identity_changed, false)) identity = file.known.checkpoint.identity;
    if (!push({.batch = std::move(look.batch),
               .identity = std::move(identity),
               .more = look.more,
               .skipping = look.skipping})) {
      return false;
    }
    file.told_more = look.more;
    file.began_empty = file.began_empty && !has_lines;
  }
  count_lag(file);
  file.known.checkpoint.offset = file.cursor.offset();
  file.known.checkpoint.skipping = file.cursor.skipping();
  if (look.more) queue(file);
  return true;
}

// The file is shorter than it was, or begins anew: what was not read of it is lost, but for what a copy has.
void TailSource::emptied(Followed& file) {
  ++counters_.truncations;
  const std::string path = file.path();
  const std::uint64_t unread = file.lag();
  KnownStream& known = file.known;
  const std::optional<std::uint32_t> stream = file.stream;
  const FileCursor cursor = file.cursor;
  const std::uint64_t size = file.size;
  drop(file);
  // Its content is not to be found under this number any more.
  FileIdentity identity = known.identity;
  identity.number = {};
  Descriptor copy;
  FileFacts facts;
  const std::string copy_path = copy_of(known, copy, facts);
  if (!copy_path.empty()) {
    sink_->tell(Level::kInfo, printable(path) + " was emptied; its rest is read from " + printable(copy_path) +
                                  "; what was written between the copying and the emptying may be lost");
    identity.number = facts.number;
    identity.path = copy_path;
    ledger_.identify(known, std::move(identity));
    Followed& rest = follow(known, facts, std::move(copy));
    rest.stream = stream;
    rest.identity_changed = true;
    displace(rest);
    rest.first_path = path;
    rest.owed = size;
    queue(rest);
  } else {
    std::string message = printable(path) + " was emptied and is read from its beginning; ";
    message += unread > 0 ? std::to_string(unread) + " bytes of what it held were not read and are lost"
                          : "what was written at that moment may be lost";
    sink_->tell(Level::kWarn, message);
    counters_.lost_bytes += unread;
    // What it held may turn up, compressed already.
    known.state = KnownStream::State::kLost;
    ledger_.identify(known, std::move(identity));
    look_again(known);
    end_stream(known, stream, {.first_offset = cursor.offset()});
  }
  look_at(path);
}

// `rest`: the last bytes.
void TailSource::end_stream(KnownStream& known, std::optional<std::uint32_t> stream, RawBatch rest) {
  if (!stream) return ledger_.remove(known);
  FileIdentity identity = known.identity;
  identity.finished = known.state == KnownStream::State::kDone ? std::time(nullptr) : 0;
  ledger_.identify(known, std::move(identity));
  known.closed_here = true;
  rest.file = *stream;
  rest.last = true;
  if (push({.batch = std::move(rest), .identity = known.checkpoint.identity})) sink_->close(*stream, true);
}

// Its end has been reached for good.
void TailSource::finish(Followed& file) {
  const FileFacts facts = facts_of(file.descriptor.get());
  FileCursor::Look rest;
  if (file.stream || file.cursor.scanned() > file.cursor.offset()) {
    if (facts.size != file.cursor.scanned()) return queue(file);
    rest = file.cursor.rest(file.descriptor.get(), facts.size);
    if (rest.cut) ++counters_.truncated_lines;
    open_stream(file);
  }
  KnownStream& known = file.known;
  if (facts.size < file.owed) {
    counters_.lost_bytes += file.owed - facts.size;
    sink_->tell(Level::kWarn, printable(known.identity.path) + " lacks " + std::to_string(file.owed - facts.size) +
                                  " bytes of what it was copied from; they were not read and are lost");
  }
  known.checkpoint.offset = file.cursor.offset();
  known.checkpoint.skipping = false;
  const std::optional<std::uint32_t> stream = file.stream;
  drop(file);
  known.state = KnownStream::State::kDone;
  int error = 0;
  const std::string path = known.identity.path;
  const std::optional<FileFacts> named = facts_of(path, error);
  if (stream && named && named->number == facts.number && named->size == facts.size) settle(path, *named);
  end_stream(known, stream, std::move(rest.batch));
}

void TailSource::check_displaced(Followed& file, Clock::time_point now) {
  if (!ensure_open(file)) return;
  const FileFacts facts = facts_of(file.descriptor.get());
  if (facts.size != file.size || facts.size != file.cursor.scanned()) {
    note_size(file, facts.size);
    queue(file);
  }
  if (file.queued || now - file.grew < milliseconds(options_.quiet)) return;
  int error = 0;
  const std::optional<FileFacts> successor = facts_of(file.first_path, error);
  const bool has_successor = successor && successor->number != facts.number;
  const bool is_abandoned = now - file.grew > kAbandoned && !selection_.matches(file.path());
  if (facts.links == 0 || has_successor || is_abandoned) finish(file);
}

// --- descriptors ---

bool TailSource::ensure_open(Followed& file) {
  if (file.descriptor.is_open()) {
    if (file.is_closable) open_.splice(open_.end(), open_, file.place);
    return true;
  }
  close_some(options_.max_open_files > 0 ? options_.max_open_files - 1 : 0);
  Descriptor descriptor = open_to_read(file.path());
  if (!descriptor.is_open() && (errno == EMFILE || errno == ENFILE)) {
    close_some(open_.size() / 2);
    descriptor = open_to_read(file.path());
  }
  const int error = errno;
  if (descriptor.is_open() && facts_of(descriptor.get()).number == file.known.identity.number) {
    problems_.erase(file.path());
    file.descriptor = std::move(descriptor);
    keep_open(file);
    return true;
  }
  if (!descriptor.is_open() && error != ENOENT) {
    problem(file.path(), system_message(error));
    look_later(file.path(), options_.poll);
    return false;
  }
  const std::string path = file.path();
  const std::uint64_t id = file.id;
  displace(file);
  if (descriptor.is_open()) look_at(path);
  return files_.contains(id) && file.descriptor.is_open();
}

// What has been opened counts; it may be closed again while it has a name.
void TailSource::keep_open(Followed& file) {
  if (!file.is_closable && !file.displaced) {
    file.place = open_.insert(open_.end(), &file);
    file.is_closable = true;
  }
}

void TailSource::close_some(std::size_t most_open) {
  while (open_.size() > most_open) {
    Followed& file = *open_.front();
    open_.pop_front();
    file.is_closable = false;
    file.descriptor.close();
  }
}

void TailSource::drop(Followed& file) {
  counters_.lag_bytes -= file.counted_lag;
  --counters_.streams;
  if (file.is_closable) open_.erase(file.place);
  for (const std::string& one : file.names) {
    const auto named = by_path_.find(one);
    if (named != by_path_.end() && named->second == &file) by_path_.erase(named);
  }
  const auto numbered = by_number_.find(file.known.identity.number);
  if (numbered != by_number_.end() && numbered->second == &file) by_number_.erase(numbered);
  displaced_.erase(file.id);
  if (file.known.state == KnownStream::State::kFollowed) file.known.state = KnownStream::State::kWaiting;
  files_.erase(file.id);
}

// Told once, until it is over.
void TailSource::problem(const std::string& path, const std::string& message) {
  std::string& told = problems_[path];
  if (told == message) return;
  told = message;
  const std::string text = message.starts_with(path) ? message : printable(path) + ": " + message;
  counters_.error(text);
  sink_->tell(Level::kWarn, text);
}

}  // namespace tocsin
