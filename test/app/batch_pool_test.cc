#include "app/batch_pool.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(BatchPool, LendsAgainWhatTheLastOwnerLetGo) {
  BatchPool pool;
  std::shared_ptr<ParsedBatch> first = pool.take();
  const ParsedBatch* const address = first.get();
  const std::shared_ptr<ParsedBatch> other_owner = first;
  first.reset();
  const std::shared_ptr<ParsedBatch> second = pool.take();
  EXPECT_NE(second.get(), address);  // still owned
}

TEST(BatchPool, KeepsTheMemoryOfWhatItLends) {
  BatchPool pool;
  const char* bytes = nullptr;
  {
    const std::shared_ptr<ParsedBatch> batch = pool.take();
    batch->raw.bytes.reserve(100'000);
    bytes = batch->raw.bytes.data();
  }
  EXPECT_EQ(pool.take()->raw.bytes.data(), bytes);
}

TEST(BatchPool, KeepsNoBatchOfVeryManyEvents) {
  BatchPool pool;
  pool.take()->events.reserve(1'000'000);
  EXPECT_EQ(pool.take()->events.capacity(), 0U);
}

}  // namespace
}  // namespace tocsin
