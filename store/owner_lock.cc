#include "store/owner_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "store/database.h"

namespace tocsin {
namespace {

std::string lock_path(const std::string& data_dir) {
  return (std::filesystem::path(data_dir) / "owner.lock").string();
}

// The lock belongs to the open file, not to the process: another open() in the same process neither gets nor drops it.
// The kernel releases it when the last descriptor is closed, however the process ends.
struct flock whole_file(short type) {
  struct flock lock;
  std::memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

// The text in the file counts only while somebody holds the lock; it is trusted no further than that such a process
// exists, because a new owner takes the lock before it writes its own.
int process_in(int descriptor) {
  char text[32] = {};
  const ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
  int process = 0;
  if (size <= 0 || std::from_chars(text, text + size, process).ec != std::errc{} || process <= 0) return -1;
  return kill(process, 0) == 0 || errno == EPERM ? process : -1;
}

std::string system_words() {
  return std::generic_category().message(errno);
}

}  // namespace

OwnerLock::OwnerLock(const std::string& data_dir) {
  std::error_code error;
  if (std::filesystem::create_directories(data_dir, error)) {
    std::filesystem::permissions(data_dir, std::filesystem::perms::owner_all, error);
  }
  if (error) throw StoreError("cannot make data directory " + data_dir + ": " + error.message());
  const std::string path = lock_path(data_dir);
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
  if (descriptor < 0) throw StoreError("cannot open " + path + ": " + system_words(), StoreError::Kind::kIo);
  struct flock lock = whole_file(F_WRLCK);
  if (fcntl(descriptor, F_OFD_SETLK, &lock) != 0) {
    const bool taken = errno == EAGAIN || errno == EACCES;
    const std::string words = system_words();
    const int process = taken ? process_in(descriptor) : -1;
    close(descriptor);
    if (!taken) throw StoreError("cannot lock " + path + ": " + words, StoreError::Kind::kIo);
    throw StoreError(data_dir + " is in use by tocsin (" +
                         (process > 0 ? "process " + std::to_string(process) : "another process") +
                         "); stop it or name another data directory",
                     StoreError::Kind::kBusy);
  }
  // A full disk must not keep anybody from starting: without the text the lock still holds.
  const std::string text = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text.data(), text.size(), 0) < 0) errno = 0;
  descriptor_ = descriptor;
}

OwnerLock::~OwnerLock() {
  if (descriptor_ < 0) return;
  if (ftruncate(descriptor_, 0) != 0) errno = 0;  // only for tidiness
  close(descriptor_);
}

int OwnerLock::owner_of(const std::string& data_dir) {
  const int descriptor = open(lock_path(data_dir).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
  // Asks only: taking the lock, be it for an instant, could turn away somebody who starts just now.
  struct flock lock = whole_file(F_WRLCK);
  const bool asked = fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  const int process = asked && lock.l_type == F_UNLCK ? 0 : process_in(descriptor);
  close(descriptor);
  return process;
}

}  // namespace tocsin
