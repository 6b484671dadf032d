// A data directory has one owner at a time: a process that writes into it holds this lock until it ends, however it
// ends. Readers (`alarms history`, `deliveries ls`) don't need it.
#pragma once

#include <string>
#include <utility>

namespace tocsin {

class OwnerLock {
 public:
  // Makes the directory where needed. Throws StoreError, naming the owner's process id, where another process has it.
  explicit OwnerLock(const std::string& data_dir);
  ~OwnerLock();
  OwnerLock(OwnerLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  OwnerLock& operator=(OwnerLock&&) = delete;

  // The process that owns the directory now; 0: none, -1: one that can't be told (of another user, say).
  static int owner_of(const std::string& data_dir);

 private:
  int descriptor_ = -1;
};

}  // namespace tocsin
