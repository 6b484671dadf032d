#include "engine/metric/sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace tocsin {
namespace {

constexpr int kBinBits = 6;  // 64 bins for each power of two
constexpr int kDroppedBits = 52 - kBinBits;
constexpr std::int32_t kBlock = 1 << kBinBits;  // runs of bins grow by whole powers of two
constexpr std::uint64_t kAllBlocks = 1 << 11;   // one for each exponent of a double

// Of eight bins. Most are.
bool all_empty(const std::uint32_t* counts) {
  std::uint32_t any = 0;
  for (int i = 0; i < 8; ++i) any |= counts[i];
  return any == 0;
}

std::int32_t block_start(std::int32_t key) {
  return key - key % kBlock;
}

}  // namespace

// Denormal numbers fall into the lowest bins, where the bins are no longer narrow; nobody measures 1e-308.
std::int32_t Sketch::key_of(double magnitude) {
  return static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(magnitude) >> kDroppedBits);
}

double Sketch::value_of(std::int32_t key) {
  const std::uint64_t low = static_cast<std::uint64_t>(key) << kDroppedBits;
  return std::bit_cast<double>(low | std::uint64_t{1} << (kDroppedBits - 1));
}

void Sketch::Bins::add_outside(std::int32_t key, std::uint64_t count) {
  widen(key);
  const std::int32_t at = std::max(key - first_, 0);  // a key below a full run counts in its lowest bin
  counts_[static_cast<std::size_t>(at)] += static_cast<std::uint32_t>(count);
  total_ += count;
}

void Sketch::Bins::widen(std::int32_t key) {
  const std::int32_t low = block_start(key);
  if (counts_.empty()) {
    first_ = low;
    counts_.resize(kBlock);
    return;
  }
  const auto size = static_cast<std::int32_t>(counts_.size());
  constexpr auto kMost = static_cast<std::int32_t>(kMaxBins);
  if (key < first_) {
    const std::int32_t end = first_ + size;
    const std::int32_t first = std::max(low, end - kMost);
    counts_.insert(counts_.begin(), static_cast<std::size_t>(first_ - first), 0);
    first_ = first;
    return;
  }
  const std::int32_t end = low + kBlock;
  const std::int32_t first = std::max(first_, end - kMost);
  const std::int32_t dropped = std::min(first - first_, size);
  std::uint32_t merged = 0;
  for (std::int32_t i = 0; i < dropped; ++i) merged += counts_[static_cast<std::size_t>(i)];
  counts_.erase(counts_.begin(), counts_.begin() + dropped);
  counts_.resize(static_cast<std::size_t>(end - first));
  counts_[0] += merged;
  first_ = first;
}

void Sketch::Bins::merge(const Bins& other) {
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    if (other.counts_[i] != 0) add(other.first_ + static_cast<std::int32_t>(i), other.counts_[i]);
  }
}

// The run of bins goes too: how numbers that lie very far apart are merged must not depend on what was here before.
void Sketch::Bins::clear() {
  counts_.clear();
  total_ = 0;
}

// The run, in blocks, and its bins that are not empty. A bin is one number, how many empty ones stand before it and its
// count, as long as that is below 4; most are. A larger count follows, and a count of 0 ends the run.
void Sketch::Bins::save(StateWriter& out) const {
  out.number(counts_.size() / kBlock);
  if (counts_.empty()) return;
  out.number(static_cast<std::uint64_t>(first_ / kBlock));
  std::uint64_t gap = 0;
  for (std::size_t at = 0; at < counts_.size(); ++at) {
    if (at % 8 == 0 && at + 8 <= counts_.size() && all_empty(&counts_[at])) {
      gap += 8;
      at += 7;
      continue;
    }
    const std::uint32_t count = counts_[at];
    if (count == 0) {
      ++gap;
      continue;
    }
    out.number(gap << 2 | (count < 4 ? count : 0));
    if (count >= 4) out.number(count);
    gap = 0;
  }
  out.number(0);
  out.number(0);
}

void Sketch::Bins::restore(StateReader& in) {
  constexpr std::uint64_t kMostBlocks = kMaxBins / kBlock;
  const std::uint64_t blocks = in.number_below(kMostBlocks + 1);
  if (blocks == 0) return;
  first_ = static_cast<std::int32_t>(in.number_below(kAllBlocks - blocks + 1)) * kBlock;
  counts_.resize(blocks * kBlock);
  for (std::size_t at = 0; in.ok(); ++at) {
    const std::uint64_t word = in.number();
    const std::uint64_t count = (word & 3) != 0 ? word & 3 : in.number_below(std::uint64_t{1} << 32);
    if (count == 0) return;
    at += word >> 2;
    if ((word >> 2) >= counts_.size() || at >= counts_.size()) return in.fail();
    counts_[at] = static_cast<std::uint32_t>(count);
    total_ += count;
  }
}

std::int32_t Sketch::Bins::key_at(std::uint64_t rank, bool from_top) const {
  if (from_top) rank = total_ - rank + 1;
  std::size_t at = 0;
  while (at + 1 < counts_.size() && rank > counts_[at]) rank -= counts_[at++];
  return first_ + static_cast<std::int32_t>(at);
}

void Sketch::merge(const Sketch& other) {
  negative_.merge(other.negative_);
  positive_.merge(other.positive_);
  zeros_ += other.zeros_;
}

void Sketch::clear() {
  negative_.clear();
  positive_.clear();
  zeros_ = 0;
}

void Sketch::save(StateWriter& out) const {
  negative_.save(out);
  positive_.save(out);
  out.number(zeros_);
}

void Sketch::restore(StateReader& in) {
  negative_.restore(in);
  positive_.restore(in);
  zeros_ = in.number();
}

double Sketch::percentile(double percentile) const {
  const std::uint64_t all = count();
  if (all == 0) return 0;
  // The tiny subtraction keeps 99.9 % of 1,000 at rank 999, although the product is a little more than 999.
  const double wanted = std::ceil(percentile * static_cast<double>(all) / 100 - 1e-9);
  std::uint64_t rank = wanted < 1 ? 1 : std::min(all, static_cast<std::uint64_t>(wanted));
  if (rank <= negative_.total()) return -value_of(negative_.key_at(rank, true));
  rank -= negative_.total();
  if (rank <= zeros_) return 0;
  return value_of(positive_.key_at(rank - zeros_, false));
}

}  // namespace tocsin
