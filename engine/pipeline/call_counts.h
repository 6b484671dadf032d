// How often each service called each other one, by their small numbers. One look-up per event that names its caller:
// open addressing in one block of memory. Bounded: pairs behind the first `most` are not counted.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/state_bytes.h"

namespace tocsin {

class CallCounts {
 public:
  struct Call {
    std::uint32_t caller = 0;
    std::uint32_t callee = 0;
    std::uint64_t count = 0;  // 0: a free place of the table
  };

  explicit CallCounts(std::size_t most) : most_(most) {}

  void add(std::uint32_t caller, std::uint32_t callee) {
    Call* call = table_.empty() ? nullptr : &place_of(caller, callee);
    if (call == nullptr || call->count == 0) call = fresh(caller, callee);
    if (call != nullptr) ++call->count;
  }
  std::vector<Call> all() const;  // in no particular order

  void save(StateWriter& out) const;
  // Into empty counts. Callers and callees are below `services`.
  void restore(StateReader& in, std::size_t services);

 private:
  // The pair's own place, or the free one where it belongs.
  Call& place_of(std::uint32_t caller, std::uint32_t callee) {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = ((std::uint64_t{caller} << 32 | callee) * 0x9E37'79B9'7F4A'7C15U) >> shift_;
    while (table_[at].count != 0 && (table_[at].caller != caller || table_[at].callee != callee)) at = (at + 1) & mask;
    return table_[at];
  }
  Call* fresh(std::uint32_t caller, std::uint32_t callee);  // null where there are too many already

  std::size_t most_;
  std::size_t used_ = 0;
  unsigned shift_ = 64;      // 64 minus the bits of a place in the table
  std::vector<Call> table_;  // at most half full
};

}  // namespace tocsin
