// Every file that a tail source has a stream for, or had: what the checkpoints say, and what has been opened since. It
// answers whether a file that is found was read before, under whatever name. One thread.
//
// How long is remembered: a file that is finished stays as long as a file of its number or content is seen, and a day
// longer; of those that are gone at most kMostGone are kept, the latest. stale() names the others, and the source has
// the sink forget them.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "replay/file_identity.h"
#include "replay/live_source.h"

namespace tocsin {

// The stream of one file with one content.
struct KnownStream {
  enum class State {
    kWaiting,   // of a checkpoint; its file has not been found
    kFollowed,  // it is read now
    kDone,      // it was read to its end
    kLost,      // it went away, and perhaps was not read to its end; its offset says how far
  };

  StreamCheckpoint checkpoint;  // offset and identity are kept up to date here, the sink has the rest
  FileIdentity identity;
  State state = State::kWaiting;
  bool closed_here = false;  // the sink has had it in this run: only it knows the rest of the checkpoint
  std::chrono::steady_clock::time_point seen;

  // Whether a file that begins with `head` holds what this stream read. A short print says little: then the whole
  // content must be as long, unless the file may have grown unseen.
  bool holds(std::string_view head) const;
};

class StreamLedger {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMostGone = 10'000;
  static constexpr std::chrono::hours kKeepGone{24};

  StreamLedger(std::string source, const std::vector<StreamCheckpoint>& checkpoints, Clock::time_point now);

  // A stream for a file that was never read. `birth` (0: unknown) is of the file; its key is never that of another one.
  KnownStream& add(FileIdentity identity, std::uint64_t birth);
  // The stream of this file, or null. Unfinished ones first, then the one that went furthest.
  KnownStream* find(FileNumber number, std::string_view head);
  std::vector<KnownStream*> family(const std::string& path);
  // Those of checkpoints whose files have not been found.
  std::vector<KnownStream*> waiting();
  // Sets the identity, and its text in the checkpoint.
  void identify(KnownStream& stream, FileIdentity identity);
  void remove(KnownStream& stream);
  // Finished streams that need not be remembered any more.
  std::vector<KnownStream*> stale(Clock::time_point now);

  bool knows_folder(std::string_view folder) const;
  std::size_t size() const { return streams_.size(); }

 private:
  void index(KnownStream& stream);
  void unindex(KnownStream& stream);

  std::string source_;
  std::map<std::string, KnownStream, std::less<>> streams_;  // by key
  std::multimap<FileNumber, KnownStream*> by_number_;
  std::multimap<std::string, KnownStream*, std::less<>> by_family_;
};

}  // namespace tocsin
