#include "store/checksum.h"

#include <bit>
#include <cstddef>

namespace tocsin {
namespace {

// Odd numbers without pattern: multiplying by them spreads each bit over the higher ones.
constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
constexpr std::uint64_t kStir = 0xd6e8feb86659fd93;

std::uint64_t load(const char* at, std::size_t size) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  }
  return word;
}

// Compilers make one load of it.
std::uint64_t load8(const char* at) {
  const auto byte = [at](int i) { return std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i); };
  return byte(0) | byte(1) | byte(2) | byte(3) | byte(4) | byte(5) | byte(6) | byte(7);
}

std::uint64_t stir(std::uint64_t sum, std::uint64_t word) {
  return std::rotl(sum ^ (word * kSpread), 29) * kStir;
}

}  // namespace

// Four sums side by side, because each step waits for the one before it.
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t sums[4] = {seed + kSpread, seed ^ kStir, seed + 1, ~seed};
  const char* at = bytes.data();
  std::size_t rest = bytes.size();
  for (; rest >= 32; at += 32, rest -= 32) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] = stir(sums[lane], load8(at + 8 * lane));
  }
  std::uint64_t sum = stir(sums[0], bytes.size());
  for (std::size_t lane = 1; lane < 4; ++lane) sum = stir(sum, sums[lane]);
  for (; rest >= 8; at += 8, rest -= 8) sum = stir(sum, load8(at));
  sum = stir(sum, load(at, rest));
  sum ^= sum >> 32;
  sum *= kSpread;
  return sum ^ (sum >> 29);
}

}  // namespace tocsin
