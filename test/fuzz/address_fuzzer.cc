// A range to allow and an address to call, a line each. An address prints as it reads, and link-local ones are never
// reached by a range.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/ensure.h"
#include "engine/delivery/address_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto range = tocsin::parse_cidr(text.substr(0, end));
  const auto address = tocsin::parse_address(text.substr(std::min(end + 1, text.size())));
  if (!address) return 0;
  ENSURE(tocsin::parse_address(tocsin::to_text(*address)) == address);
  if (!range) return 0;
  const std::string_view problem = tocsin::address_problem(*address, {&*range, 1});
  if (tocsin::address_problem(*address, {}).empty()) ENSURE(problem.empty());
  if (range->prefix < 128 && tocsin::parse_cidr("169.254.0.0/16")->holds(*address)) ENSURE(!problem.empty());
  return 0;
}
