#include "test/store/unreliable_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

constexpr std::size_t kSector = 512;

// A file's bytes as the disk is sure to have them, and what has been done since.
struct Change {
  std::size_t at = 0;
  std::string bytes;  // empty: the file is cut at `at`
  bool deletes = false;
};

struct DiskFile {
  std::string synced;
  std::vector<Change> changes;
};

void apply(std::string& content, const Change& change) {
  if (change.bytes.empty()) {
    content.resize(std::min(content.size(), change.at));
    return;
  }
  content.resize(std::max(content.size(), change.at + change.bytes.size()));
  content.replace(change.at, change.bytes.size(), change.bytes);
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// What SQLite sees of an open file; the default VFS's own file lies behind it in the same memory.
struct OpenFile {
  sqlite3_file base;
  UnreliableDisk::State* disk;
  DiskFile* content;  // null: a file that nobody cares for after a restart
  sqlite3_file* real;
  bool syncs_names;  // its next sync is one of its directory as well, as SQLite's own VFS does with new logs
};

}  // namespace

struct UnreliableDisk::State {
  explicit State(std::uint64_t seed) : random(seed) {}

  // False: the power is gone. The call at which it goes happens in part, or not.
  bool lives(bool is_sync = false) {
    if (dead) return false;
    ++calls;
    if (cut_at == 0 || calls < cut_at || (only_at_sync && !is_sync)) return true;
    dead = true;
    return false;
  }
  bool may_read() {
    if (dead) return false;
    if (reads_left < 0) return true;
    if (reads_left == 0) return false;
    --reads_left;
    return true;
  }

  // Files that were deleted stay so.
  void sync_names() {
    for (auto& [path, file] : files) {
      const auto last =
          std::find_if(file.changes.rbegin(), file.changes.rend(), [](const Change& c) { return c.deletes; });
      if (last == file.changes.rend()) continue;
      file.synced.clear();
      file.changes.erase(file.changes.begin(), last.base());
    }
  }

  // All, none, the first few or any of what was not synced may have come to the disk.
  std::string after_cut(const DiskFile& file) {
    std::string content = file.synced;
    const std::uint64_t kind = random() % 4;
    std::size_t first = file.changes.size();
    if (kind == 0) first = 0;
    if (kind == 1) first = random() % (file.changes.size() + 1);
    for (std::size_t i = 0; i < file.changes.size(); ++i) {
      const Change& change = file.changes[i];
      const bool any = kind == 2;
      if (!any && i >= first) break;
      if (!any || change.bytes.empty()) {
        if (!any || random() % 2 == 0) apply(content, change);
        continue;
      }
      for (std::size_t at = 0; at < change.bytes.size(); at += kSector) {
        if (random() % 2 == 0) apply(content, {change.at + at, change.bytes.substr(at, kSector)});
      }
    }
    return content;
  }

  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};
  std::mt19937_64 random;
  std::map<std::string, DiskFile> files;
  std::uint64_t calls = 0, cut_at = 0;
  std::int64_t reads_left = -1;
  bool dead = false, only_at_sync = false;
};

namespace {

OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

int close_file(sqlite3_file* file) {
  return of(file).real->pMethods->xClose(of(file).real);
}
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  if (!of(file).disk->may_read()) return SQLITE_IOERR_READ;
  return of(file).real->pMethods->xRead(of(file).real, to, size, at);
}
int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  OpenFile& open = of(file);
  const bool was_dead = open.disk->dead;
  const bool lives = open.disk->lives();
  if (open.content != nullptr && !was_dead) {
    open.content->changes.push_back(
        {static_cast<std::size_t>(at), std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))});
  }
  return lives ? open.real->pMethods->xWrite(open.real, bytes, size, at) : SQLITE_IOERR_WRITE;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& open = of(file);
  if (!open.disk->lives()) return SQLITE_IOERR_TRUNCATE;
  if (open.content != nullptr) open.content->changes.push_back({static_cast<std::size_t>(size), {}});
  return open.real->pMethods->xTruncate(open.real, size);
}
int sync_file(sqlite3_file* file, int) {
  OpenFile& open = of(file);
  if (!open.disk->lives(true)) return SQLITE_IOERR_FSYNC;
  if (open.content == nullptr) return SQLITE_OK;
  for (const Change& change : open.content->changes) apply(open.content->synced, change);
  open.content->changes.clear();
  if (std::exchange(open.syncs_names, false)) open.disk->sync_names();
  return SQLITE_OK;  // what the machine's own disk does with it is of no interest
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return of(file).real->pMethods->xFileSize(of(file).real, size);
}
int lock_file(sqlite3_file* file, int lock) {
  return of(file).real->pMethods->xLock(of(file).real, lock);
}
int unlock_file(sqlite3_file* file, int lock) {
  return of(file).real->pMethods->xUnlock(of(file).real, lock);
}
int is_reserved(sqlite3_file* file, int* out) {
  return of(file).real->pMethods->xCheckReservedLock(of(file).real, out);
}
int control(sqlite3_file* file, int what, void* argument) {
  return of(file).real->pMethods->xFileControl(of(file).real, what, argument);
}
int sector_size(sqlite3_file* file) {
  return of(file).real->pMethods->xSectorSize(of(file).real);
}
int characteristics(sqlite3_file* file) {
  return of(file).real->pMethods->xDeviceCharacteristics(of(file).real);
}
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return of(file).real->pMethods->xShmMap(of(file).real, page, size, extend, to);
}
int lock_shared(sqlite3_file* file, int offset, int n, int flags) {
  return of(file).real->pMethods->xShmLock(of(file).real, offset, n, flags);
}
void shared_barrier(sqlite3_file* file) {
  of(file).real->pMethods->xShmBarrier(of(file).real);
}
int unmap_shared(sqlite3_file* file, int remove) {
  return of(file).real->pMethods->xShmUnmap(of(file).real, remove);
}

// Version 2: with shared memory for the log's index, without mapped pages.
const sqlite3_io_methods kMethods = {
    2,           close_file,     read_file,    write_file, truncate_file, sync_file,       file_size,
    lock_file,   unlock_file,    is_reserved,  control,    sector_size,   characteristics, map_shared,
    lock_shared, shared_barrier, unmap_shared, nullptr,    nullptr};

UnreliableDisk::State& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<UnreliableDisk::State*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  UnreliableDisk::State& disk = disk_of(vfs);
  file->pMethods = nullptr;
  if (disk.dead) return SQLITE_CANTOPEN;
  OpenFile& open = of(file);
  open.disk = &disk;
  open.content = nullptr;
  open.syncs_names = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  open.real = reinterpret_cast<sqlite3_file*>(&open + 1);
  const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
  if (name != nullptr && (flags & kept) != 0) {
    const auto [entry, is_new] = disk.files.try_emplace(name);
    if (is_new) entry->second.synced = bytes_of(name);
    open.content = &entry->second;
  }
  const int code = disk.real->xOpen(disk.real, name, open.real, flags, out_flags);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}

// A file that was deleted may be there again, until the directory is synced.
int delete_file(sqlite3_vfs* vfs, const char* name, int sync) {
  UnreliableDisk::State& disk = disk_of(vfs);
  if (!disk.lives()) return SQLITE_IOERR_DELETE;
  const auto entry = disk.files.find(name);
  if (entry != disk.files.end()) {
    entry->second.changes.push_back({0, {}, true});
    if (sync != 0) disk.sync_names();
  }
  return disk.real->xDelete(disk.real, name, 0);
}

int exists(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  return disk_of(vfs).real->xAccess(disk_of(vfs).real, name, flags, out);
}
int full_name(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return disk_of(vfs).real->xFullPathname(disk_of(vfs).real, name, size, out);
}
int random_bytes(sqlite3_vfs* vfs, int size, char* out) {
  return disk_of(vfs).real->xRandomness(disk_of(vfs).real, size, out);
}
int pause(sqlite3_vfs* vfs, int microseconds) {
  return disk_of(vfs).real->xSleep(disk_of(vfs).real, microseconds);
}
int current_time(sqlite3_vfs* vfs, double* out) {
  return disk_of(vfs).real->xCurrentTime(disk_of(vfs).real, out);
}
int last_error(sqlite3_vfs* vfs, int size, char* out) {
  return disk_of(vfs).real->xGetLastError(disk_of(vfs).real, size, out);
}
int current_milliseconds(sqlite3_vfs* vfs, sqlite3_int64* out) {
  return disk_of(vfs).real->xCurrentTimeInt64(disk_of(vfs).real, out);
}

}  // namespace

UnreliableDisk::UnreliableDisk(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {
  State& s = *state_;
  s.real = sqlite3_vfs_find(nullptr);
  s.vfs.iVersion = 2;
  s.vfs.szOsFile = static_cast<int>(sizeof(OpenFile)) + s.real->szOsFile;
  s.vfs.mxPathname = s.real->mxPathname;
  s.vfs.zName = "unreliable";
  s.vfs.pAppData = &s;
  s.vfs.xOpen = open_file;
  s.vfs.xDelete = delete_file;
  s.vfs.xAccess = exists;
  s.vfs.xFullPathname = full_name;
  s.vfs.xRandomness = random_bytes;
  s.vfs.xSleep = pause;
  s.vfs.xCurrentTime = current_time;
  s.vfs.xGetLastError = last_error;
  s.vfs.xCurrentTimeInt64 = current_milliseconds;
  sqlite3_vfs_register(&s.vfs, 1);
}

// The index of the log is memory: it is gone, or is a file full of the past.
UnreliableDisk::~UnreliableDisk() {
  State& s = *state_;
  sqlite3_vfs_unregister(&s.vfs);
  sqlite3_vfs_register(s.real, 1);
  if (!s.dead) return;
  for (const auto& [path, file] : s.files) {
    const std::string content = s.after_cut(file);
    // A log that was never synced has no name yet, and a deleted one none any more.
    if (content.empty() && !path.ends_with(".db")) {
      std::filesystem::remove(path);
    } else {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    }
    if (s.random() % 2 == 0) std::filesystem::remove(path + "-shm");
  }
}

void UnreliableDisk::cut_power_at(std::uint64_t call, bool only_at_sync) {
  state_->only_at_sync = only_at_sync;
  state_->cut_at = call == 0 ? 0 : state_->calls + call;
}
bool UnreliableDisk::is_dead() const {
  return state_->dead;
}
std::uint64_t UnreliableDisk::calls() const {
  return state_->calls;
}
void UnreliableDisk::fail_reads_after(std::int64_t healthy) {
  state_->reads_left = healthy;
}

}  // namespace tocsin
