#include "engine/event/batch_arena.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace tocsin {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;
static_assert(std::is_trivially_copyable_v<FieldValue> && std::is_trivially_destructible_v<FieldValue>);
static_assert(alignof(FieldValue) <= 8);

}  // namespace

BatchArena& BatchArena::prepare(ParsedBatch& batch) {
  if (!batch.arena || batch.arena.use_count() != 1) batch.arena = std::make_shared<BatchArena>();
  auto& arena = *static_cast<BatchArena*>(batch.arena.get());
  arena.next_chunk_ = 0;
  arena.at_ = nullptr;
  arena.end_ = nullptr;
  return arena;
}

void BatchArena::grow(std::size_t size) {
  while (next_chunk_ < chunks_.size() && chunks_[next_chunk_].size < size) ++next_chunk_;
  if (next_chunk_ == chunks_.size()) {
    const std::size_t room = std::max(size, kChunk);
    chunks_.push_back({std::unique_ptr<std::byte[]>(new std::byte[room]), room});
  }
  at_ = chunks_[next_chunk_].bytes.get();
  end_ = at_ + chunks_[next_chunk_].size;
  ++next_chunk_;
}

void* BatchArena::reserve(std::size_t size) {
  if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
  return at_;
}

std::string_view BatchArena::keep(const char* begin, std::size_t size) {
  const std::size_t rounded = std::min((size + 7) & ~std::size_t{7}, static_cast<std::size_t>(end_ - at_));
  at_ += rounded;
  return {begin, size};
}

std::span<FieldValue> BatchArena::copy(std::span<const FieldValue> values) {
  if (values.empty()) return {};
  void* place = reserve(values.size_bytes());
  at_ += values.size_bytes();
  std::memcpy(place, values.data(), values.size_bytes());
  return {static_cast<FieldValue*>(place), values.size()};
}

std::string_view BatchArena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* place = room(text.size());
  std::memcpy(place, text.data(), text.size());
  return keep(place, text.size());
}

}  // namespace tocsin
