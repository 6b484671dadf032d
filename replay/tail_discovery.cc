// The part of TailSource that finds files and tells which of them is which.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <set>
#include <utility>

#include "engine/base/text.h"
#include "replay/batch_reader.h"
#include "replay/tail_source.h"

namespace tocsin {
namespace {

// Where the system gives notice, looking is only a safety net.
constexpr int kNetFactor = 10;

// The time of birth in ns since 1970; 0 where the file system keeps none.
std::uint64_t birth_of(int descriptor) {
  struct statx status {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 || (status.stx_mask & STATX_BTIME) == 0)
    return 0;
  return static_cast<std::uint64_t>(status.stx_btime.tv_sec) * 1'000'000'000 + status.stx_btime.tv_nsec;
}

std::string head_of(int descriptor) {
  int error = 0;
  return read_at(descriptor, 0, Fingerprint::kBytes, error);
}

// The names in a folder with their inodes.
std::vector<std::pair<std::string, std::uint64_t>> list_folder(const std::string& folder) {
  std::vector<std::pair<std::string, std::uint64_t>> entries;
  DIR* directory = ::opendir(folder.c_str());
  if (directory == nullptr) return entries;
  while (const dirent* row = ::readdir(directory)) entries.emplace_back(row->d_name, row->d_ino);
  ::closedir(directory);
  std::ranges::sort(entries);
  return entries;
}

std::string below(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace

std::optional<TailSource::FileFacts> TailSource::facts_of(const std::string& path, int& error) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    error = errno;
    return std::nullopt;
  }
  return FileFacts{{status.st_dev, status.st_ino},
                   static_cast<std::uint64_t>(status.st_size),
                   status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                   status.st_nlink,
                   S_ISREG(status.st_mode),
                   S_ISDIR(status.st_mode)};
}

TailSource::FileFacts TailSource::facts_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return {};
  return {{status.st_dev, status.st_ino},
          static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
          status.st_nlink,
          S_ISREG(status.st_mode),
          S_ISDIR(status.st_mode)};
}

Descriptor TailSource::open_to_read(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

// Looks at everything the globs match.
void TailSource::scan(bool initial) {
  initial_ = initial;
  scan_due_ = false;
  std::set<std::string> seen;
  PathGlob::Visitor visitor;
  visitor.file = [&](const std::string& path) {
    if (seen.insert(path).second && !ended_) look_at(path);
  };
  bool all = true;
  visitor.folder = [&](const std::string& path, bool for_files) {
    const std::string reason = watch_.add(path, for_files);
    if (!reason.empty()) problem(path, reason + "; it is looked at every " + to_text(options_.poll));
    all = all && reason.empty() && !is_remote_file_system(path);
  };
  visitor.problem = [&](const std::string& path, int error) { problem(path, system_message(error)); };
  selection_.walk(visitor);
  watches_all_ = all;

  std::vector<std::string> unseen;
  for (const auto& [path, file] : by_path_) {
    if (!seen.contains(path)) unseen.push_back(path);
  }
  std::ranges::sort(unseen);
  for (const std::string& path : unseen) look_at(path);
  std::erase_if(settled_, [&seen](const auto& entry) { return !seen.contains(entry.first); });
  std::erase_if(problems_, [](const auto& entry) {
    int error = 0;
    return !facts_of(entry.first, error) && (error == ENOENT || error == ENOTDIR);
  });
  for (KnownStream* known : ledger_.waiting()) find_missing(*known);
  initial_ = false;
  const Clock::time_point now = Clock::now();
  forget_stale(now);
  next_scan_ = now + std::chrono::milliseconds(std::max<std::int64_t>(1, options_.poll.ms)) * (all ? kNetFactor : 1);
}

// A name in a watched folder, or one that was known: what does it stand for now?
void TailSource::look_at(const std::string& path) {
  if (ended_) return;
  int error = 0;
  const std::optional<FileFacts> facts = facts_of(path, error);
  if (!facts) {
    if (error == ENOENT || error == ENOTDIR) return vanished(path);
    if (selection_.matches(path)) problem(path, system_message(error));
    return;
  }
  const auto named = by_path_.find(path);
  Followed* here = named != by_path_.end() ? named->second : nullptr;
  const auto numbered = by_number_.find(facts->number);
  Followed* same = numbered != by_number_.end() ? numbered->second : nullptr;
  if (same != nullptr) {
    if (here != nullptr && here != same) vanished(path);
    if (same->path() != path) {
      const std::optional<FileFacts> other = facts_of(same->path(), error);
      if (other && other->number == facts->number) {
        name(*same, path);  // a second name: it is read once
      } else {
        renamed(*same, path);
      }
    } else if (same->displaced && same->first_path == path) {
      renamed(*same, path);
    }
    if (facts->size != same->cursor.scanned()) queue(*same);
    return;
  }
  if (here != nullptr) vanished(path);
  if (facts->is_folder || is_settled(path, *facts) || !selection_.matches(path)) return;
  if (!facts->is_regular) return leave_alone(path, *facts, "is no regular file");
  // Notices come late: what stands under this name may be newer than its original's. The original must be known first,
  // else neither is known as the other's copy, and both are read.
  if (const std::string original = family_of(path); original != path) look_at(original);
  adopt(path);
}

void TailSource::look_later(const std::string& path, Period delay) {
  later_[path] = Clock::now() + std::chrono::milliseconds(delay.ms);
  next_tick_ = std::min(next_tick_, later_[path]);
}

// The name stands for nothing, or for something else.
void TailSource::vanished(const std::string& path) {
  settled_.erase(path);
  unquiet_.erase(path);
  const auto named = by_path_.find(path);
  if (named == by_path_.end()) return;
  Followed& file = *named->second;
  by_path_.erase(named);
  std::erase(file.names, path);
  watch_.remove(path);  // a link's target
  if (file.path() != path) return;
  // A hard link may be left.
  for (const std::string& other : file.names) {
    int error = 0;
    const std::optional<FileFacts> facts = facts_of(other, error);
    if (facts && facts->number == file.known.identity.number) return renamed(file, other);
  }
  displace(file);
}

void TailSource::name(Followed& file, const std::string& path) {
  if (!by_path_.emplace(path, &file).second) return;
  file.names.push_back(path);
}

// Its name is lost to it: it must stay open now.
void TailSource::displace(Followed& file) {
  if (!file.displaced) {
    file.displaced = true;
    file.first_path = file.path();
    file.grew = Clock::now();
    displaced_.emplace(file.id, &file);
    if (file.is_closable) open_.erase(file.place);
    file.is_closable = false;
    next_tick_ = std::min(next_tick_, Clock::now());
    queue(file);
  }
  if (file.descriptor.is_open()) return;
  const std::string other = path_by_number(folder_of(file.first_path), file.known.identity.number);
  if (other.empty()) return lost(file);
  file.descriptor = open_to_read(other);
  if (!file.descriptor.is_open() || facts_of(file.descriptor.get()).number != file.known.identity.number) {
    file.descriptor.close();
    return lost(file);
  }
  renamed(file, other);
}

void TailSource::renamed(Followed& file, const std::string& path) {
  const bool came_back = file.displaced && path == file.first_path;
  if (!came_back && !file.displaced) displace(file);
  if (file.path() != path) {
    FileIdentity identity = file.known.identity;
    const auto named = by_path_.find(identity.path);
    if (named != by_path_.end() && named->second == &file) {
      by_path_.erase(named);
      std::erase(file.names, identity.path);
    }
    identity.path = path;
    ledger_.identify(file.known, std::move(identity));
    file.identity_changed = true;
  }
  name(file, path);
  if (came_back) {
    file.displaced = false;
    displaced_.erase(file.id);
    if (file.descriptor.is_open()) keep_open(file);
  }
  queue(file);
}

// It went away while it was closed.
void TailSource::lost(Followed& file) {
  const std::uint64_t unread = file.lag();
  KnownStream& known = file.known;
  const std::optional<std::uint32_t> stream = file.stream;
  const std::uint64_t offset = file.cursor.offset();
  drop(file);
  known.state = unread > 0 ? KnownStream::State::kLost : KnownStream::State::kDone;
  if (unread > 0) {
    counters_.lost_bytes += unread;
    sink_->tell(Level::kWarn, printable(known.identity.path) + " went away with " + std::to_string(unread) +
                                  " bytes that were not read");
    look_again(known);
  }
  end_stream(known, stream, {.first_offset = offset});
}

// A file that is not followed.
void TailSource::adopt(const std::string& path) {
  Descriptor descriptor = open_to_read(path);
  if (!descriptor.is_open() && (errno == EMFILE || errno == ENFILE)) {
    close_some(open_.size() / 2);
    descriptor = open_to_read(path);
  }
  if (!descriptor.is_open()) {
    if (errno == ENOENT) return;
    problem(path, system_message(errno));
    return look_later(path, options_.poll);
  }
  problems_.erase(path);
  const FileFacts facts = facts_of(descriptor.get());
  if (by_number_.contains(facts.number)) return look_later(path, {});  // it has just been given this name
  const std::string head = head_of(descriptor.get());
  if (begins_compressed(head)) return adopt_archive(path, facts);
  if (head.empty() && has_compressed_name(path)) return;
  KnownStream* known = ledger_.find(facts.number, head);
  // NUL bytes at the beginning are the hole that an emptied file has where the old content was.
  const std::string_view text = std::string_view(head).substr(std::min(head.find_first_not_of('\0'), head.size()));
  if (known == nullptr && looks_binary(text)) return leave_alone(path, facts, "is no text");
  if (known != nullptr && resume(*known, path, facts, descriptor)) return;
  bool copying = false;
  known = read_before(path, facts, descriptor.get(), head, copying);
  if (copying) return;
  if (known != nullptr && resume(*known, path, facts, descriptor)) return;
  adopt_new(path, facts, std::move(descriptor), head);
}

// Goes on with a stream where it ended. False: this file is another one.
bool TailSource::resume(KnownStream& known, const std::string& path, const FileFacts& facts, Descriptor& descriptor) {
  using State = KnownStream::State;
  known.seen = Clock::now();
  const bool is_over = known.state == State::kDone || known.state == State::kLost;
  if (is_over && facts.size <= known.checkpoint.offset) {
    settle(path, facts);
    return true;
  }
  if (facts.size < known.checkpoint.offset) {
    // It was emptied while nobody looked; a copy may have the rest of the old content.
    FileIdentity identity = known.identity;
    identity.number = {};
    ledger_.identify(known, std::move(identity));
    return false;
  }
  FileIdentity identity = known.identity;
  const std::string before = std::exchange(identity.path, path);
  identity.number = facts.number;
  KnownStream* stream = &known;
  if (known.state == State::kLost) {
    sink_->tell(Level::kInfo, "the rest of " + printable(before) + " is read from " + printable(path));
  }
  if (known.closed_here) {
    // Only the sink knows the rest of its checkpoint; what came later is a stream of its own.
    stream = &ledger_.add(std::move(identity), birth_of(descriptor.get()));
    stream->checkpoint.offset = known.checkpoint.offset;
    stream->checkpoint.skipping = known.checkpoint.skipping;
  } else {
    ledger_.identify(known, std::move(identity));
  }
  Followed& file = follow(*stream, facts, std::move(descriptor));
  open_stream(file);
  queue(file);
  if (before != path) {
    file.identity_changed = true;
    displace(file);
    file.first_path = before;
  }
  return true;
}

void TailSource::adopt_new(const std::string& path, const FileFacts& facts, Descriptor descriptor,
                           const std::string& head) {
  const std::uint64_t start = start_of(path, descriptor.get(), facts.size);
  KnownStream& known = ledger_.add({facts.number, fingerprint_of(head), path}, birth_of(descriptor.get()));
  known.checkpoint.offset = start;
  Followed& file = follow(known, facts, std::move(descriptor));
  // Where the end was that reading begins at must be known to a restart, also where nothing stood before it.
  if (definition_.from == SourceDefinition::From::kEnd) open_stream(file);
  file.began_empty = head.empty();
  if (facts.size <= start) return;
  queue(file);
  if (!initial_) return;
  // The lines of all files that were there at the start are taken in the order of their times.
  open_stream(file);
  file.told_more = push({.batch = {.file = *file.stream}, .more = true});
}

// Where the reading of a file without a checkpoint begins. At the end: of what was there before the program, as far as
// it has whole lines. Where there are checkpoints, a new file in a known folder has come while nobody looked.
std::uint64_t TailSource::start_of(const std::string& path, int descriptor, std::uint64_t size) const {
  if (definition_.from != SourceDefinition::From::kEnd || !initial_) return 0;
  if (had_checkpoints_ && ledger_.knows_folder(folder_of(path))) return 0;
  int error = 0;
  const std::uint64_t window = std::min<std::uint64_t>(size, 64 << 10);
  const std::string tail = read_at(descriptor, size - window, window, error);
  const std::size_t newline = tail.rfind('\n');
  if (newline != std::string::npos) return size - window + newline + 1;
  return window == size ? 0 : size;
}

TailSource::Followed& TailSource::follow(KnownStream& known, const FileFacts& facts, Descriptor descriptor) {
  const std::uint64_t id = ++files_made_;
  auto made = std::make_unique<Followed>(Followed{.id = id, .known = known, .descriptor = std::move(descriptor)});
  Followed& file = *made;
  file.cursor = FileCursor(known.checkpoint.offset, definition_.max_line, known.checkpoint.skipping);
  file.changed_ns = facts.changed_ns;
  known.state = KnownStream::State::kFollowed;
  known.seen = Clock::now();
  files_.emplace(id, std::move(made));
  by_number_[facts.number] = &file;
  name(file, known.identity.path);
  ++counters_.streams;
  note_size(file, facts.size);
  close_some(options_.max_open_files > 0 ? options_.max_open_files - 1 : 0);
  keep_open(file);
  // Who writes through another name than this one is not noticed by watching the folder.
  struct stat status {};
  const bool is_link = ::lstat(known.identity.path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (is_link || facts.links > 1) watch_.add(known.identity.path, true);
  return file;
}

// A short print says little: then a copy is at most as long.
bool TailSource::is_copy_of_followed(const Followed& file, const FileFacts& facts, int descriptor,
                                     const std::string& head) const {
  const FileIdentity& identity = file.known.identity;
  const Fingerprint& print = identity.print;
  // Whatever it is called by now.
  Descriptor opened;
  if (!file.descriptor.is_open()) {
    opened = open_to_read(path_by_number(folder_of(identity.path), identity.number));
    if (!opened.is_open() || facts_of(opened.get()).number != identity.number) {
      return print.is_full() && print.fits(head);
    }
  }
  const int original = file.descriptor.is_open() ? file.descriptor.get() : opened.get();
  const std::string original_head = head_of(original);
  if (!print.fits(original_head)) return head.size() < print.length || print.fits(head);  // it has just been emptied
  const std::uint64_t size = facts_of(original).size;
  if (original_head.starts_with(head) && facts.size <= size) {
    // The same beginning, perhaps only the same banner: what stands before the copy's end tells.
    const std::uint64_t window = std::min<std::uint64_t>(facts.size, 4096);
    int error = 0;
    if (read_at(original, facts.size - window, window, error) ==
        read_at(descriptor, facts.size - window, window, error)) {
      return true;
    }
  }
  // The two differ; or the original has been emptied while they were compared.
  const std::uint64_t size_now = facts_of(original).size;
  const bool was_emptied = size_now < std::max(size, file.cursor.scanned()) || !print.fits(head_of(original));
  return was_emptied && print.fits(head);
}

KnownStream* TailSource::read_before(const std::string& path, const FileFacts& facts, int descriptor,
                                     const std::string& head, bool& copying) {
  for (KnownStream* known : ledger_.family(path)) {
    const std::string& other = known->identity.path;
    const bool is_rotated = is_rotated_form(path, other) || are_rotated_siblings(path, other);
    if (known->state == KnownStream::State::kFollowed) {
      const auto followed = by_number_.find(known->identity.number);
      if (!is_rotated || followed == by_number_.end() || &followed->second->known != known) continue;
      copying = copying || is_copy_of_followed(*followed->second, facts, descriptor, head);
    } else if (is_rotated || (path == other && !known->closed_here)) {
      if (known->holds(head)) return known;
    }
  }
  return nullptr;
}

// A checkpoint whose file is not where it was: renamed out of the globs, copied, or compressed, while nobody looked.
void TailSource::find_missing(KnownStream& known) {
  const std::string folder = folder_of(known.identity.path);
  const std::string moved = path_by_number(folder, known.identity.number);
  Descriptor descriptor;
  FileFacts facts;
  const std::string first_path = known.identity.path;
  if (!moved.empty()) {
    descriptor = open_to_read(moved);
    if (descriptor.is_open()) facts = facts_of(descriptor.get());
    const bool is_it = facts.number == known.identity.number && known.identity.print.fits(head_of(descriptor.get())) &&
                       facts.size >= known.checkpoint.offset;
    if (!is_it || by_number_.contains(facts.number)) descriptor.close();
  }
  std::string path = moved;
  if (!descriptor.is_open()) path = copy_of(known, descriptor, facts);
  if (descriptor.is_open()) {
    resume(known, path, facts, descriptor);
    return;
  }
  for (const auto& [entry, inode] : list_folder(folder)) {
    const std::string other = below(folder, entry);
    if (!has_compressed_name(entry) || family_of(other) != family_of(known.identity.path)) continue;
    int error = 0;
    const std::optional<FileFacts> archive = facts_of(other, error);
    if (archive && archive->is_regular && !is_settled(other, *archive)) adopt_archive(other, *archive);
    if (known.state != KnownStream::State::kWaiting) return;
  }
  if (!told_missing_.insert(known.checkpoint.key).second) return;
  const std::string text = printable(first_path) + " went away before its end was read (from byte " +
                           std::to_string(known.checkpoint.offset) + " of inode " +
                           std::to_string(known.identity.number.inode) + ")";
  counters_.error(text);
  sink_->tell(Level::kWarn, text);
}

// A plain copy of the stream's content that reaches further than was read.
std::string TailSource::copy_of(const KnownStream& known, Descriptor& descriptor, FileFacts& facts) const {
  const std::string folder = folder_of(known.identity.path);
  if (known.identity.print.length == 0) return {};
  for (const auto& [entry, inode] : list_folder(folder)) {
    const std::string path = below(folder, entry);
    if (!is_rotated_form(path, known.identity.path) && !are_rotated_siblings(path, known.identity.path)) continue;
    Descriptor candidate = open_to_read(path);
    if (!candidate.is_open()) continue;
    facts = facts_of(candidate.get());
    if (!facts.is_regular || facts.size < known.checkpoint.offset || by_number_.contains(facts.number)) continue;
    if (!known.identity.print.fits(head_of(candidate.get()))) continue;
    descriptor = std::move(candidate);
    return path;
  }
  return {};
}

std::string TailSource::path_by_number(const std::string& folder, FileNumber number) const {
  for (const auto& [entry, inode] : list_folder(folder)) {
    if (inode != number.inode) continue;
    std::string path = below(folder, entry);
    int error = 0;
    const std::optional<FileFacts> facts = facts_of(path, error);
    if (facts && facts->number == number && facts->is_regular) return path;
  }
  return {};
}

// Told once, as long as there is something of that name.
void TailSource::leave_alone(const std::string& path, const FileFacts& facts, const std::string& reason) {
  std::string& told = problems_[path];
  if (told != reason) sink_->tell(Level::kWarn, printable(path) + " " + reason + " and is left alone");
  told = reason;
  settle(path, facts);
}

void TailSource::settle(const std::string& path, const FileFacts& facts) {
  settled_[path] = {facts.number, facts.size, facts.changed_ns};
}

bool TailSource::is_settled(const std::string& path, const FileFacts& facts) const {
  const auto found = settled_.find(path);
  return found != settled_.end() && found->second.number == facts.number && found->second.size == facts.size &&
         found->second.changed_ns == facts.changed_ns;
}

// A copy or an archive of it may have been left alone because it was read itself.
void TailSource::look_again(const KnownStream& known) {
  const std::string family = family_of(known.identity.path);
  std::erase_if(settled_, [&family](const auto& entry) { return family_of(entry.first) == family; });
  scan_due_ = true;
}

// Has the sink forget what no file refers to any more.
void TailSource::forget_stale(Clock::time_point now) {
  for (const auto& [path, settled] : settled_) {
    for (KnownStream* known : ledger_.family(path)) known->seen = now;
  }
  for (KnownStream* known : ledger_.stale(now)) {
    const std::uint32_t stream = open_known(*known, std::nullopt);
    if (!push({.batch = {.file = stream, .first_offset = known->checkpoint.offset, .last = true}})) return;
    sink_->close(stream, false);
    ledger_.remove(*known);
  }
}

}  // namespace tocsin
