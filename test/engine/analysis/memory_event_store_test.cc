#include "engine/analysis/memory_event_store.h"

#include "test/engine/analysis/event_store_contract.h"

namespace tocsin {
namespace {

struct MemoryUnderTest : StoreUnderTest {
  EventStore& store() override { return memory; }
  MemoryEventStore memory;
};

INSTANTIATE_TEST_SUITE_P(Memory, EventStoreContract,
                         ::testing::Values(StoreMaker{"vector", [] { return std::make_unique<MemoryUnderTest>(); }}),
                         name_of);

TEST(StoredText, CutsBeforeACharacterThatDoesNotFit) {
  const struct {
    std::string text;
    std::size_t max;
    std::string kept;
  } cases[] = {
      {"abc", 3, "abc"},
      {"abcd", 3, "abc"},
      {"", 0, ""},
      {"aé", 2, "a"},
      {"aé", 3, "aé"},
      {"€€", 5, "€"},
      {"\xf0\x9f\x94\x94x", 3, ""},
      {"\x80\x80\x80\x80\x80", 4, "\x80\x80\x80\x80"},
  };
  for (const auto& c : cases) EXPECT_EQ(stored_text(c.text, c.max), c.kept) << c.text << " " << c.max;
}

}  // namespace
}  // namespace tocsin
