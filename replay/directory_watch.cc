#include "replay/directory_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace tocsin {
namespace {

constexpr std::uint32_t kFolderMask =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kFileMask = IN_MODIFY | IN_ATTRIB;

DirectoryWatch::Kind kind_of(std::uint32_t mask) {
  using Kind = DirectoryWatch::Kind;
  if ((mask & IN_Q_OVERFLOW) != 0) return Kind::kOverflow;
  if ((mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) return Kind::kFolder;
  if ((mask & IN_ISDIR) != 0 && (mask & IN_ATTRIB) == 0) return Kind::kFolder;
  if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) return Kind::kAppeared;
  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) return Kind::kGone;
  return Kind::kWritten;
}

}  // namespace

DirectoryWatch::DirectoryWatch() {
  notify_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (notify_ < 0) problem_ = "the system gives no notices of files (inotify): " + system_message(errno);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

DirectoryWatch::~DirectoryWatch() {
  if (notify_ >= 0) ::close(notify_);
  if (wake_ >= 0) ::close(wake_);
}

std::string DirectoryWatch::add(const std::string& path, bool for_files) {
  if (notify_ < 0) return problem_;
  const auto known = numbers_.find(path);
  if (known != numbers_.end() && (watched_[known->second].for_files || !for_files)) return {};
  // A folder under a second name has one number in the system; the name that came last counts.
  int number = ::inotify_add_watch(notify_, path.c_str(), kFolderMask | (for_files ? kFileMask : IN_MASK_ADD));
  if (number < 0 && errno == ENOTDIR) number = ::inotify_add_watch(notify_, path.c_str(), kFileMask);
  if (number < 0) {
    if (errno == ENOSPC) return "the system watches no more folders (fs.inotify.max_user_watches)";
    return system_message(errno);
  }
  Watched& watched = watched_[number];
  watched.path = path;
  watched.for_files = watched.for_files || for_files;
  numbers_[path] = number;
  return {};
}

void DirectoryWatch::remove(const std::string& path) {
  const auto known = numbers_.find(path);
  if (known == numbers_.end()) return;
  const int number = known->second;
  numbers_.erase(known);
  watched_.erase(number);
  ::inotify_rm_watch(notify_, number);
}

void DirectoryWatch::drain(const std::function<void(const Event&)>& take) {
  if (notify_ < 0) return;
  alignas(inotify_event) std::array<char, 32 << 10> buffer;
  while (true) {
    const ssize_t count = ::read(notify_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event head{};
      std::memcpy(&head, buffer.data() + at, sizeof head);
      const char* name = buffer.data() + at + sizeof head;
      at += sizeof head + head.len;
      const auto watched = watched_.find(head.wd);
      const bool is_known = watched != watched_.end();
      if (!is_known && (head.mask & IN_Q_OVERFLOW) == 0) continue;
      const std::string folder = is_known ? watched->second.path : std::string();
      if ((head.mask & IN_IGNORED) != 0 && is_known) {
        const auto named = numbers_.find(folder);
        if (named != numbers_.end() && named->second == head.wd) numbers_.erase(named);
        watched_.erase(watched);
      } else if ((head.mask & IN_MOVE_SELF) != 0) {
        remove(folder);  // its name is another's now
      }
      take({folder, head.len > 0 ? std::string_view(name) : std::string_view(), kind_of(head.mask)});
    }
    // Less than the buffer holds: there is no more for now.
    if (static_cast<std::size_t>(count) < buffer.size() / 2) return;
  }
}

void DirectoryWatch::wait(std::chrono::milliseconds at_most) {
  if (stopped_) return;
  std::array<pollfd, 2> waiting{{{wake_, POLLIN, 0}, {notify_, POLLIN, 0}}};
  const auto limit = std::clamp<std::int64_t>(at_most.count(), 0, 3'600'000);
  ::poll(waiting.data(), notify_ < 0 ? 1 : 2, static_cast<int>(limit));
}

void DirectoryWatch::stop() {
  stopped_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

bool is_remote_file_system(const std::string& path) {
  struct statfs status {};
  if (::statfs(path.c_str(), &status) != 0) return false;
  // NFS, SMB, CIFS, SMB2, FUSE, 9P, AFS, Ceph, Coda, Lustre, GPFS, VirtualBox
  constexpr std::array<std::uint32_t, 12> kRemote{0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                                  0x65735546, 0x01021997, 0x5346414F, 0x00C36400,
                                                  0x73757245, 0x0BD00BD0, 0x47504653, 0x786F4256};
  return std::ranges::find(kRemote, static_cast<std::uint32_t>(status.f_type)) != kRemote.end();
}

std::string system_message(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace tocsin
