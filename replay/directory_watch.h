// Tells what happens in folders, by inotify, and lets its thread wait for that, for a time and for stop(). Where a
// folder can't be watched (no inotify, its limit reached, a file system of another machine) add() says so, and the
// caller looks there from time to time. One thread; stop() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tocsin {

class DirectoryWatch {
 public:
  enum class Kind {
    kWritten,   // a file's bytes or permissions changed
    kAppeared,  // created, or moved here
    kGone,      // deleted, or moved away
    kFolder,    // a folder appeared or went away, or the watched one did: look at everything again
    kOverflow,  // the system gave up counting: look at everything again
  };
  struct Event {
    std::string_view folder;
    std::string_view name;  // empty: the watched file itself
    Kind kind = Kind::kWritten;
  };

  DirectoryWatch();
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Why the folder (or file: then what `folder` says in its events is the path) is not watched; empty: it is. Adding it
  // again does nothing. `for_files`: writing to files in it is told, too.
  std::string add(const std::string& path, bool for_files);
  void remove(const std::string& path);

  // What has happened since; waits for nothing.
  void drain(const std::function<void(const Event&)>& take);
  // Until something happens, the time is over, or stop() was called.
  void wait(std::chrono::milliseconds at_most);

  void stop();
  bool stopped() const { return stopped_; }

 private:
  struct Watched {
    std::string path;
    bool for_files = false;
  };
  int notify_ = -1;
  int wake_ = -1;
  std::string problem_;
  std::map<int, Watched> watched_;  // by the system's number
  std::map<std::string, int, std::less<>> numbers_;
  std::atomic<bool> stopped_ = false;
};

// Writing on another machine, or past the kernel, is not told of here: NFS, SMB, FUSE and the like.
bool is_remote_file_system(const std::string& path);

// The system's words for an errno, in the style of our messages: "no such file or directory".
std::string system_message(int error);

}  // namespace tocsin
