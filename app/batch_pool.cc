#include "app/batch_pool.h"

#include <utility>

namespace tocsin {
namespace {

constexpr std::size_t kMostFree = 16;
constexpr std::size_t kMostEvents = 16'384;  // a batch of very short lines gives its memory back

}  // namespace

std::shared_ptr<ParsedBatch> BatchPool::take() {
  std::unique_ptr<ParsedBatch> batch;
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      batch = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!batch) batch = std::make_unique<ParsedBatch>();
  return {batch.release(), [this](ParsedBatch* done) { give_back(std::unique_ptr<ParsedBatch>(done)); }};
}

void BatchPool::give_back(std::unique_ptr<ParsedBatch> batch) {
  if (batch->events.capacity() > kMostEvents || batch->dead.capacity() > kMostEvents) return;
  const std::lock_guard lock(mutex_);
  if (free_.size() < kMostFree) free_.push_back(std::move(batch));
}

}  // namespace tocsin
