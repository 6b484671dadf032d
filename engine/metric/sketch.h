// A summary of many numbers that answers percentiles with a relative error of at most 1/128 (0.8 %), and that can be
// merged with others. Bins are 64 equal parts of each power of two, so a number's bin is the upper bits of its double:
// no logarithm, the same on every machine. Chosen over bins of equal ratio, which need half as many but a logarithm for
// each sample. Memory is bounded: beyond 4,096 bins for one sign (a span of 2^64) the bins nearest to zero are merged.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/state_bytes.h"

namespace tocsin {

class Sketch {
 public:
  static constexpr std::size_t kMaxBins = 4096;

  void add(double value) {  // `value` is finite
    if (value > 0) {
      positive_.add(key_of(value), 1);
    } else if (value < 0) {
      negative_.add(key_of(-value), 1);
    } else {
      ++zeros_;
    }
  }
  void merge(const Sketch& other);
  void clear();  // as new, but keeps the memory

  std::uint64_t count() const { return zeros_ + negative_.total() + positive_.total(); }
  // The smallest number that at least `percentile` percent of all numbers do not exceed; 0 where there is none.
  double percentile(double percentile) const;
  std::size_t bins() const { return negative_.size() + positive_.size(); }

  void save(StateWriter& out) const;
  void restore(StateReader& in);  // into one that has seen nothing

 private:
  // Counts for a run of neighbouring keys, made as wide as the keys that came.
  class Bins {
   public:
    void add(std::int32_t key, std::uint64_t count) {
      const auto at = static_cast<std::uint32_t>(key - first_);  // keys below the run wrap to large numbers
      if (at < counts_.size()) {
        counts_[at] += static_cast<std::uint32_t>(count);
        total_ += count;
      } else {
        add_outside(key, count);
      }
    }
    void merge(const Bins& other);
    void clear();
    std::uint64_t total() const { return total_; }
    std::size_t size() const { return counts_.size(); }
    // The key whose bin holds the rank-th smallest key (from 1), or with `from_top` the rank-th largest.
    std::int32_t key_at(std::uint64_t rank, bool from_top) const;
    void save(StateWriter& out) const;
    void restore(StateReader& in);

   private:
    void add_outside(std::int32_t key, std::uint64_t count);
    void widen(std::int32_t key);

    std::int32_t first_ = 0;             // the key of counts_[0]
    std::vector<std::uint32_t> counts_;  // no period holds 4 billion samples
    std::uint64_t total_ = 0;
  };

  static std::int32_t key_of(double magnitude);
  static double value_of(std::int32_t key);  // the middle of the bin

  Bins negative_;  // by magnitude
  Bins positive_;
  std::uint64_t zeros_ = 0;
};

}  // namespace tocsin
