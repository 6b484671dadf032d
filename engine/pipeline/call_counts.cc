#include "engine/pipeline/call_counts.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

namespace tocsin {

CallCounts::Call* CallCounts::fresh(std::uint32_t caller, std::uint32_t callee) {
  if (used_ >= most_) return nullptr;
  ++used_;
  if (table_.size() < 2 * used_) {
    const std::vector<Call> old = std::exchange(table_, std::vector<Call>(table_.empty() ? 64 : 2 * table_.size()));
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(table_.size()));
    for (const Call& call : old) {
      if (call.count != 0) place_of(call.caller, call.callee) = call;
    }
  }
  Call& call = place_of(caller, callee);
  call = {.caller = caller, .callee = callee};
  return &call;
}

std::vector<CallCounts::Call> CallCounts::all() const {
  std::vector<Call> calls;
  std::ranges::copy_if(table_, std::back_inserter(calls), [](const Call& call) { return call.count != 0; });
  return calls;
}

}  // namespace tocsin
