#include "bench/corpus.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {
namespace {

constexpr std::size_t kServices = 20;
constexpr std::array<std::string_view, kServices> kNames{
    "auth",    "cart",    "catalog",   "checkout",       "coupon",  "delivery", "email",
    "fraud",   "gateway", "inventory", "invoice",        "loyalty", "media",    "orders",
    "payment", "pricing", "profile",   "recommendation", "reviews", "search"};
constexpr std::array<std::string_view, 4> kRegions{"eu-central-1a", "eu-central-1b", "eu-west-1a", "eu-west-1c"};
constexpr std::array<std::string_view, 4> kRoutes{"GET /api/v2/items", "POST /api/v2/orders", "GET /api/v2/users",
                                                  "PUT /api/v2/carts"};
constexpr std::array<std::string_view, 4> kWork{"request handled for user ", "cache entry refreshed for key ",
                                                "response sent to client ", "record stored under id "};
constexpr std::array<std::string_view, 4> kTrouble{
    "upstream closed the connection while handling user ", "database answered with a conflict for key ",
    "request refused by the rate limit of client ", "record is locked by another writer, id "};

// xorshift64*: small, and the same everywhere, unlike the standard library's distributions.
class Random {
 public:
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Dull;
  }
  std::uint64_t below(std::uint64_t bound) { return (next() >> 32) % bound; }

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15ull;
};

void append_hex(std::string& out, std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(value >> shift) & 15];
}

void append_line(std::string& out, EventTime time, Random& random) {
  const std::size_t service = random.below(kServices);
  const bool error = random.below(100) == 0;
  const std::uint64_t kind = random.below(4);
  out += R"({"timestamp":")";
  out += to_iso8601(time);
  out += error ? R"(","level":"ERROR","service":")" : R"(","level":"INFO","service":")";
  out += kNames[service];
  out += R"(","host":")";
  out += kNames[service];
  out += '-';
  out += std::to_string(1 + random.below(6));
  out += R"(","region":")";
  out += kRegions[random.below(kRegions.size())];
  out += R"(","caller":")";
  out += kNames[random.below(kServices)];
  out += R"(","route":")";
  out += kRoutes[kind];
  out += R"(","status":)";
  out += error ? "503" : "200";
  out += R"(,"latency_ms":)";
  out += std::to_string(3 + random.below(error ? 2500 : 180));
  out += '.';
  out += std::to_string(random.below(10));
  out += R"(,"trace_id":")";
  append_hex(out, random.next());
  append_hex(out, random.next());
  out += R"(","message":")";
  out += (error ? kTrouble : kWork)[kind];
  out += std::to_string(100'000 + random.below(900'000));
  out += "\"}\n";
}

void write_corpus(const std::filesystem::path& path, std::size_t lines) {
  std::ofstream file(path, std::ios::binary);
  Random random;
  EventTime time = from_civil({.year = 2026, .month = 11, .day = 20, .hour = 6});
  std::string out;
  constexpr std::size_t kPortion = 1 << 20;
  out.reserve(kPortion + 1024);
  for (std::size_t line = 0; line < lines; ++line) {
    append_line(out, time, random);
    time = time + Period{static_cast<std::int64_t>(random.below(7))};
    if (out.size() >= kPortion || line + 1 == lines) {
      file.write(out.data(), static_cast<std::streamsize>(out.size()));
      out.clear();
    }
  }
  file.close();
  if (!file) throw std::runtime_error("cannot write the benchmark's corpus to " + path.string());
}

}  // namespace

std::string corpus_path(std::size_t lines) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const std::filesystem::path path = folder / ("tocsin-corpus-1-" + std::to_string(lines) + ".ndjson");
  if (!std::filesystem::exists(path)) {
    // Moved to its name when complete, so that an interrupted run leaves no half of it.
    const std::filesystem::path unfinished = path.string() + "." + std::to_string(::getpid());
    write_corpus(unfinished, lines);
    std::filesystem::rename(unfinished, path);
  }
  return path.string();
}

}  // namespace tocsin
