// A disk under SQLite that can lose its power and fail to read: a VFS over the default one, which is the default while
// it lives. What was written since a file was last synced is on the disk only perhaps: a power cut takes any part of it
// back, in pieces of a sector. From the cut on everything fails, until the disk goes; then the files are as the power
// cut left them, and the true default is back.
//
// For one thread. All connections must be closed before it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tocsin {

class UnreliableDisk {
 public:
  explicit UnreliableDisk(std::uint64_t seed);
  ~UnreliableDisk();
  UnreliableDisk(const UnreliableDisk&) = delete;
  UnreliableDisk& operator=(const UnreliableDisk&) = delete;

  // The power goes in the middle of the n-th write, sync, truncation or deletion from now; or at the first sync from
  // there on, when all has been written. 0: never.
  void cut_power_at(std::uint64_t call, bool only_at_sync = false);
  bool is_dead() const;
  std::uint64_t calls() const;  // so far, of the kinds that a power cut may come at

  // After `healthy` more reads, all fail until this is called with a negative number.
  void fail_reads_after(std::int64_t healthy);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
