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

// By caller, then callee, so that equal counts are equal bytes.
void CallCounts::save(StateWriter& out) const {
  std::vector<Call> calls = all();
  std::ranges::sort(calls, [](const Call& a, const Call& b) {
    return std::pair(a.caller, a.callee) < std::pair(b.caller, b.callee);
  });
  out.count(calls.size());
  for (const Call& call : calls) {
    out.number(call.caller);
    out.number(call.callee);
    out.number(call.count);
  }
}

void CallCounts::restore(StateReader& in, std::size_t services) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const auto caller = static_cast<std::uint32_t>(in.number_below(services));
    const auto callee = static_cast<std::uint32_t>(in.number_below(services));
    const std::uint64_t count = in.number();
    if (!in.ok() || count == 0) return in.fail();
    Call* call = table_.empty() ? nullptr : &place_of(caller, callee);
    if (call != nullptr && call->count != 0) return in.fail();  // it is there twice
    call = fresh(caller, callee);
    if (call == nullptr) return in.fail();
    call->count = count;
  }
}

}  // namespace tocsin
